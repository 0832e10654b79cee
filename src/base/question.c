/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What people type when they are asked.  The process that reads it may be
 * root, so it is compared with a handful of words and no more.  See
 * question.h.
 */

#include "base/question.h"

#include <string.h>

#include "base/text.h"

/* ASCII whatever the locale is: in Turkish, I is no capital i. */
static bool
is_word(const char *typed, const char *word)
{
	for (; *word != '\0'; word++, typed++)
		if (*typed != *word && *typed != *word - 'a' + 'A')
			return false;
	return *typed == '\0';
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

	return question->kind >= 0 && question->kind < PO_QUESTION_KINDS &&
	       question->count >= (number ? 1 : 0) &&
	       question->count <= (number ? PO_QUESTION_CHOICES_MAX : 0);
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
		*choice = is_word(typed, "y") || is_word(typed, "yes");
		return *choice == 1 || is_word(typed, "n") ||
		       is_word(typed, "no");
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
