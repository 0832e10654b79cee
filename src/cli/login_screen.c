/* SPDX-License-Identifier: BSD-2-Clause */
/* A person at the terminal of `pam-oauth login`.  See login_screen.h. */

#include "cli/login_screen.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/phrase.h"
#include "base/prompt.h"
#include "base/question.h"
#include "base/text.h"

#define LINE_CHARS 1024
#define TRIES 3 /* as in a login (module/question.c) */

static void
show(const struct po_buf *text)
{
	(void)fputs(po_buf_str(text), stdout);
	(void)fflush(stdout);
}

void
po_screen_line(const char *fmt, ...)
{
	AUTO(po_buf_clear) struct po_buf line = PO_BUF_INIT(PO_PROMPT_TEXT_MAX);
	char text[4 * LINE_CHARS];

	PO_FORMAT(text, fmt);
	po_text_printable(&line, text, strlen(text), LINE_CHARS);
	po_buf_append_char(&line, '\n');
	show(&line);
}

enum po_status
po_screen_prompt(const struct po_screen *screen,
    const struct po_msg_prompt *prompt, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(PO_PROMPT_TEXT_MAX);
	enum po_status st;

	if (prompt->kind != PO_PROMPT_CIBA &&
	    !po_text_is_https_url(prompt->verification_uri))
		return po_err_set(
		    err, PO_E_HELPER, "prompt whose URL is not an https URL");
	po_prompt_append(&text, prompt, screen->service, screen->user);
	/* else a QUESTION follows */
	if (prompt->kind != PO_PROMPT_PASTE) {
		po_prompt_append_left(
		    &text, PO_PROMPT_WAITING, prompt->expires_in_s);
		po_buf_append_char(&text, '\n');
	}
	if ((st = po_buf_check(&text, err)) == PO_OK)
		show(&text);
	return st;
}

void
po_screen_remind(int64_t left_s)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(PO_PROMPT_TEXT_MAX);

	po_prompt_append_left(&text, PO_PROMPT_STILL, left_s);
	po_buf_append_char(&text, '\n');
	show(&text);
}

static struct termios visibly; /* the terminal, as it was */

static void
echo_and_end(int signo)
{
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &visibly);
	(void)raise(signo);
}

/* Of what is typed only the line feed is shown; false: nothing to undo. */
static bool
hide(void)
{
	static const int ends[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	const struct sigaction action = {
		.sa_handler = echo_and_end,
		.sa_flags = (int)SA_RESETHAND,
	};
	struct termios hidden;

	if (tcgetattr(STDIN_FILENO, &visibly) != 0)
		return false;
	for (size_t i = 0; i < PO_ARRAY_LEN(ends); i++)
		(void)sigaction(ends[i], &action, NULL);
	hidden = visibly;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	hidden.c_lflag |= ECHONL;
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &hidden);
	return true;
}

/* A line without its line feed; what is longer than an answer is none, and
 * its end no answer to what is asked next. */
static enum po_status
read_line(bool visible, char **typed, struct po_err *err)
{
	char line[PO_ANSWER_MAX + 2];
	const char *got;
	bool hidden = !visible && hide();
	size_t len;
	int c;

	po_str_free(typed);
	got = fgets(line, sizeof(line), stdin);
	len = got == NULL ? 0 : strcspn(line, "\n");
	for (c = line[len]; got != NULL && c != '\n' && c != EOF;)
		c = getchar();
	if (hidden)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &visibly);
	if (got == NULL) {
		(void)putchar('\n'); /* Ctrl-D left none */
		return po_err_set(err, PO_E_CONVERSATION, "no answer");
	}
	*typed = po_mem_dup(line, len);
	explicit_bzero(line, sizeof(line));
	return *typed == NULL ? po_err_set(err, PO_E_NOMEM, "out of memory")
			      : PO_OK;
}

enum po_status
po_screen_ask(const struct po_screen *screen,
    const struct po_msg_question *question, struct po_message *answer,
    char **typed, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(PO_PROMPT_TEXT_MAX);
	bool is_text = question->kind == PO_QUESTION_TEXT ||
		       question->kind == PO_QUESTION_SECRET;
	int64_t choice = 0;
	enum po_status st;

	if (!po_question_valid(question))
		return po_err_set(
		    err, PO_E_HELPER, "question of no known kind");
	for (int i = 0; i < TRIES; i++) {
		po_buf_clear(&text);
		po_question_append(&text, question, screen->user, *typed);
		if ((st = po_buf_check(&text, err)) != PO_OK)
			return st;
		show(&text);
		st =
		    read_line(question->kind != PO_QUESTION_SECRET, typed, err);
		if (st != PO_OK)
			return st;
		if (po_question_read(question, *typed, &choice))
			break;
		choice = 0;
	}
	*answer = (struct po_message){
		.type = PO_MSG_ANSWER,
		.answer = { .choice = choice,
		    .text = is_text && choice != 0 ? *typed : "" },
	};
	return PO_OK;
}
