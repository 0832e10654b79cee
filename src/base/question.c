/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What people are asked, and what they type.  The process that reads it may
 * be root, so it is compared with a handful of words and no more.  See
 * question.h.
 */

#include "base/question.h"

#include <stdio.h>
#include <string.h>

#include "base/phrase.h"
#include "base/text.h"

#define LABEL_CHARS 64     /* one terminal line */
#define APPROVER_CHARS 256 /* a name and its level */

/* ASCII whatever the locale is: in Turkish, I is no capital i. */
static bool
is_word(const char *typed, const char *word)
{
	for (; *word != '\0'; word++, typed++)
		if (*typed != *word &&
		    (*word < 'a' || *word > 'z' || *typed != *word - 'a' + 'A'))
			return false;
	return *typed == '\0';
}

/* No comes first: n is no everywhere, whatever a catalogue calls yes. */
static bool
read_yes_or_no(const char *typed, int64_t *choice)
{
	*choice = 0;
	if (is_word(typed, "n") || is_word(typed, "no") ||
	    /* translators: "n", "no" and what stands here are a no */
	    is_word(typed, _("no")))
		return true;
	*choice = is_word(typed, "y") || is_word(typed, "yes") ||
		  /* translators: "y", "yes" and these two are a yes */
		  is_word(typed, _("y")) || is_word(typed, _("yes"));
	return *choice == 1;
}

bool
po_question_has(const struct po_msg_question *question, int64_t choice)
{
	int64_t most =
	    question->kind == PO_QUESTION_NUMBER ? question->count : 1;

	return choice >= 0 && choice <= most;
}

bool
po_question_valid(const struct po_msg_question *question)
{
	bool number = question->kind == PO_QUESTION_NUMBER;
	bool text = question->kind == PO_QUESTION_TEXT;

	return question->kind >= 0 && question->kind < PO_QUESTION_KINDS &&
	       question->count >= (number ? 1 : 0) &&
	       question->count <= (number    ? PO_QUESTION_CHOICES_MAX
				      : text ? PO_ADVICE_COUNT - 1
					     : 0);
}

bool
po_question_read(
    const struct po_msg_question *question, const char *typed, int64_t *choice)
{
	if (strlen(typed) > PO_ANSWER_MAX)
		return false;
	*choice = 0;
	if (typed[0] == '\0') {
		*choice = question->kind == PO_QUESTION_YES;
		return true;
	}
	if (is_word(typed, "q"))
		return true;
	switch ((enum po_question_kind)question->kind) {
	case PO_QUESTION_YES:
	case PO_QUESTION_NO:
		return read_yes_or_no(typed, choice);
	case PO_QUESTION_NUMBER:
		return po_text_parse_int(typed, 1, question->count, choice);
	case PO_QUESTION_TEXT:
	case PO_QUESTION_SECRET:
		*choice = 1;
		return true;
	case PO_QUESTION_KINDS:
		break;
	}
	return false;
}

/* --- what is asked -------------------------------------------------------- */

static void
append_menu(struct po_buf *out, const struct po_msg_question *question)
{
	const char *label = question->text;
	char number[24]; /* of an int64_t: 20 */

	po_buf_append_str(out, _("Sign in with:"));
	for (int64_t i = 1; i <= question->count; i++) {
		size_t len = strcspn(label, "\n");

		po_buf_appendf(out, "\n  %lld) ", (long long)i);
		po_text_printable(out, label, len, LABEL_CHARS);
		label += len + (label[len] == '\n');
	}
	po_buf_append_char(out, '\n');
	(void)snprintf(
	    number, sizeof(number), "%lld", (long long)question->count);
	/* translators: q is the letter that is to be typed */
	PO_PHRASE(out, sizeof(number), _("Number (1-{last}, or q for none):"),
	    "last", number);
}

static const char *
advice(int64_t which)
{
	switch ((enum po_advice)which) {
	case PO_ADVICE_WHOLE:
		return _(
		    "Paste the whole address of the page that you came to.");
	case PO_ADVICE_OTHER:
		return _("That is from another sign-in: use the link above.");
	case PO_ADVICE_SHORTER:
		/* translators: "code=" is part of an address */
		return _("That is too long to arrive here whole: paste less of "
			 "it,\nfrom \"code=\" on, or the code alone.");
	case PO_ADVICE_PAGE:
		return _("That is not the address of the page at the end of "
			 "the sign-in.");
	case PO_ADVICE_NO_CODE:
		return _("That is not a code.");
	case PO_ADVICE_REFUSED:
		return _("The provider does not take that code.");
	case PO_ADVICE_NONE:
	case PO_ADVICE_COUNT:
		break;
	}
	return "";
}

/* What is wrong with an answer to anything but `paste`. */
static void
append_objection(struct po_buf *out, const char *typed)
{
	char most[24]; /* of an int: 11 */

	(void)snprintf(most, sizeof(most), "%d", PO_ANSWER_MAX);
	PO_PHRASE(out, sizeof(most),
	    strlen(typed) > PO_ANSWER_MAX
		? _("That is longer than the {most} characters that fit here.")
		: _("That is not an answer."),
	    "most", most);
	po_buf_append_char(out, '\n');
}

/* The one text that is not read is too long, by whatever limit. */
static void
append_paste(struct po_buf *out, const struct po_msg_question *question,
    const char *typed)
{
	const char *wrong =
	    advice(typed != NULL ? PO_ADVICE_SHORTER : question->count);
	char most[24]; /* of an int: 11 */

	po_buf_appendf(out, "%s%s", wrong, *wrong == '\0' ? "" : "\n");
	/* above that, sudo ends the conversation before anybody can explain */
	(void)snprintf(most, sizeof(most), "%d", PO_CODE_PASTE_MAX);
	PO_PHRASE(out, sizeof(most),
	    _("Open it in a browser, sign in, and paste the code that you are "
	      "shown, or\nthe whole address of that page (at most {most} "
	      "characters):"),
	    "most", most);
}

void
po_question_append(struct po_buf *out, const struct po_msg_question *question,
    const char *user, const char *typed)
{
	if (typed != NULL && question->kind != PO_QUESTION_TEXT)
		append_objection(out, typed);
	switch ((enum po_question_kind)question->kind) {
	case PO_QUESTION_YES:
		PO_PHRASE(out, LABEL_CHARS, _("Sign in with {provider}? [Y/n]"),
		    "provider", question->text);
		break;
	case PO_QUESTION_NO:
		PO_PHRASE(out, APPROVER_CHARS,
		    _("Approved by {person}. Continue? [y/N]"), "person",
		    question->text);
		break;
	case PO_QUESTION_NUMBER:
		append_menu(out, question);
		break;
	case PO_QUESTION_TEXT:
		append_paste(out, question, typed);
		break;
	case PO_QUESTION_SECRET:
		PO_PHRASE(out, LABEL_CHARS,
		    _("User code of {user} at {provider}:"), "user", user,
		    "provider", question->text);
		break;
	case PO_QUESTION_KINDS:
		break;
	}
	po_buf_append_char(out, ' ');
}
