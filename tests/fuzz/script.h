/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_TESTS_FUZZ_SCRIPT_H
#define PO_TESTS_FUZZ_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/message.h"

/*
 * A fuzz input as steps for two ends of a socket: one step a line, a letter
 * and its text, in which \n, \0 and \\ stand for a line feed, a NUL and a
 * backslash.  Any bytes are a script.
 *
 *   S version       START; 0: the version is ours
 *   H version timeout_s min_uid account
 *   L level text
 *   Mn text         member n of the PROMPTs to come: 0 label, 1 message,
 *                   2 and 3 URLs, 4 code, 5 QR code, 6 user, 7 service
 *   P style renewed expires_in_s
 *   N               PENDING
 *   C               CHECK
 *   D text          detail of the RESULTs to come
 *   F text          fields of the RESULTs to come
 *   G text          GRANT: sub, and the person's name
 *   B text          GRANT that binds, the same
 *   R status account   (a number, or a reason of base/err.h)
 *   K version token: REVOKE
 *   E version       LIVENESS
 *   W token: RENEWED
 *   Q kind count text: QUESTION
 *   I choice text: ANSWER
 *   Y questions confirm: of the HELLOs to come
 *   V text          approver of the GRANTs to come
 *   X bytes         a packet as it is
 *
 * All other letters are the target's own.
 */
struct script {
	const char *at;
	const char *end;
};

struct step {
	char op; /* '\0': no more */
	struct po_buf text;
};

void script_begin(struct script *script, const void *data, size_t size);
/* False at the end. */
bool script_next(struct script *script, struct step *step);
void step_clear(struct step *step);
/* The integer that *text begins with, 0 if none; moved behind its blank. */
int64_t script_int(const char **text);

#define SPEAKER_TEXTS 11

/* What one end says: the texts that steps have set. */
struct speaker {
	char *texts[SPEAKER_TEXTS];
	int64_t questions;
	bool confirm;
};

void speaker_init(struct speaker *speaker);
void speaker_clear(struct speaker *speaker);
/*
 * The packet of a step, in an empty buffer; false when the step is none: of
 * another letter, or with a text longer than any message has.
 */
bool speaker_say(
    struct speaker *speaker, const struct step *step, struct po_buf *packet);

#endif
