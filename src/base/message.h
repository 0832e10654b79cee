/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_BASE_MESSAGE_H
#define PO_BASE_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * What the module and its helper say to each other.
 *
 *   module                         helper
 *   START      ------------------>           once, first
 *              <------------------ QUESTION  once, if there is a choice
 *   ANSWER     ------------------>           one for each QUESTION
 *              <------------------ HELLO     once
 *              <------------------ LOG       a line for syslog
 *              <------------------ PROMPT    once, and once more renewed
 *   CHECK      ------------------>           the person pressed Enter
 *              <------------------ PENDING   one for each CHECK
 *              <------------------ GRANT     before a RESULT of PO_OK
 *              <------------------ RESULT    once, last
 *
 *   REVOKE     ------------------>           instead of START: at the end of
 *              <------------------ RESULT    a session that kept a token
 *
 *   LIVENESS   ------------------>           instead of START: is an account
 *              <------------------ HELLO     that came in another way still
 *   CHECK      ------------------>           in order?  The refresh token is
 *              <------------------ RENEWED   used between CHECK and RENEWED
 *              <------------------ RESULT
 *
 * Closing the socket cancels.  A change that an older peer would misread
 * raises PO_MESSAGE_VERSION; both come from one build, so versions never mix
 * except while a package is being upgraded, and then the login fails.
 */
#define PO_MESSAGE_VERSION 6

/* Longest message: a PROMPT with its QR code has under 20 KiB, a GRANT with a
 * token, exports and a record under 62 KiB. */
#define PO_MESSAGE_MAX (64 * 1024)

enum po_message_type {
	PO_MSG_START = 1,
	PO_MSG_HELLO,
	PO_MSG_LOG,
	PO_MSG_PROMPT,
	PO_MSG_CHECK,
	PO_MSG_PENDING,
	PO_MSG_RESULT,
	PO_MSG_GRANT,
	PO_MSG_REVOKE,
	PO_MSG_QUESTION,
	PO_MSG_ANSWER,
	PO_MSG_LIVENESS,
	PO_MSG_RENEWED,
	PO_MSG_TYPE_COUNT
};

/* module -> helper.  Strings are never NULL; "" = not known. */
struct po_msg_start {
	int64_t version;
	const char *service; /* PAM_SERVICE */
	const char *user;    /* PAM_USER; "": nobody is named yet (kiosk) */
	int64_t uid;         /* of that account; -1 with no user */
	const char *rhost;   /* PAM_RHOST */
	const char *config_file;
	const char *provider; /* provider= argument */
	const char *command;  /* sudo's arguments, as typed; else "" */
	bool debug;
};

/* helper -> module */
struct po_msg_hello {
	int64_t version;
	int64_t timeout_s; /* of the whole login, from now */
	/* For an account that the helper is to choose (kiosk); said here, since
	 * no byte has come from the network yet. */
	int64_t min_uid;     /* its lowest uid; 0: it has none to choose */
	const char *account; /* the only one it may be, or "" */
	int64_t questions;   /* that may still come; PO_QUESTIONS_MAX */
	bool confirm;        /* the person is to confirm who has approved */
};

struct po_msg_log {
	int64_t level;    /* enum po_log_level */
	const char *text; /* printable */
};

/* How the approval is asked for. */
enum po_prompt_kind {
	PO_PROMPT_DEVICE, /* link and code */
	PO_PROMPT_CIBA,   /* on the person's phone: no link */
	PO_PROMPT_PASTE,  /* a link; a QUESTION for what is found there follows
			   */
	PO_PROMPT_LINK,   /* a link and nothing else */
	PO_PROMPT_KIND_COUNT
};

struct po_msg_prompt {
	const char *label;   /* "Example SSO" */
	const char *message; /* a line of the administrator's, or "" */
	const char *verification_uri;
	const char *verification_uri_complete; /* or "" */
	const char *user_code; /* CIBA: what the phone shows, or "" */
	const char *qr;        /* lines of text, or "" */
	int64_t expires_in_s;  /* of the code or the login, what ends first */
	int64_t style;         /* 0 auto, 1 info, 2 Enter */
	bool renewed;          /* replaces a code that lapsed */
	int64_t kind;          /* enum po_prompt_kind */
};

struct po_msg_result {
	int64_t status;      /* enum po_status */
	const char *account; /* that the person owns; "" unless PO_OK */
	const char *detail;  /* for the log: why */
	const char *fields;  /* for the log: key=value ... */
};

/* Which token a GRANT brings or a REVOKE takes; the words of keep_token. */
enum po_keep {
	PO_KEEP_NONE,
	PO_KEEP_ACCESS_TOKEN,
	PO_KEEP_ID_TOKEN,
	PO_KEEP_REFRESH_TOKEN,
	PO_KEEP_COUNT
};

/* Longest token kept: the whole answer it came in has 64 KiB. */
#define PO_MESSAGE_TOKEN_MAX (32 * 1024)
#define PO_MESSAGE_EXPORTS_MAX (8 * 1024)
/* Longest record (base/liveness.h): its token and 4 KiB. */
#define PO_MESSAGE_REFRESH_MAX (12 * 1024)
#define PO_MESSAGE_RECORD_MAX (PO_MESSAGE_REFRESH_MAX + 4 * 1024)

/* helper -> module: what comes with a login besides the yes */
struct po_msg_grant {
	const char *provider; /* its name in the configuration */
	const char *issuer;   /* issuer and sub: who the person is */
	const char *sub;
	const char *person;   /* what they are called, where the account is
			       * everybody's (`account`); else "" */
	bool bind;            /* the account is theirs alone (bind) */
	const char *exports;  /* "NAME=value\n"... for the environment, or "" */
	int64_t keep;         /* enum po_keep: which token... */
	const char *token;    /* ...this is; secret, "" with PO_KEEP_NONE */
	const char *approver; /* who has approved, to be confirmed, or "" */
	const char *record;   /* for liveness, secret, or "" */
};

/* module -> helper: end the life of a token that was kept (RFC 7009) */
struct po_msg_revoke {
	int64_t version;
	const char *service;
	const char *config_file;
	const char *provider;
	const char *issuer; /* whose the token is: nobody else is told */
	int64_t keep;       /* enum po_keep: which token... */
	const char *token;  /* ...this is; secret */
	bool debug;
};

/* module -> helper: may somebody who came in another way use the account? */
struct po_msg_liveness {
	struct po_msg_start start;
	const char *record; /* base/liveness.h; secret; "": there is none */
	bool busy;          /* another login has it: no request */
};

/* helper -> module: the refresh token was used, and this is the next one */
struct po_msg_renewed {
	const char *token; /* secret; "": the old one goes on */
};

/* The words are the module's, which has the person's language. */
enum po_question_kind {
	PO_QUESTION_YES,    /* sign in?  Enter is yes */
	PO_QUESTION_NO,     /* was it them?  Enter is no */
	PO_QUESTION_NUMBER, /* with whom?  1 to `count`; Enter is nobody */
	PO_QUESTION_TEXT,   /* what the link led to; Enter is nothing */
	PO_QUESTION_SECRET, /* the user code, not shown while it is typed */
	PO_QUESTION_KINDS
};

/* What was wrong with the last TEXT. */
enum po_advice {
	PO_ADVICE_NONE,
	PO_ADVICE_WHOLE,   /* the whole address is needed */
	PO_ADVICE_OTHER,   /* from another sign-in */
	PO_ADVICE_SHORTER, /* cut, or about to be */
	PO_ADVICE_PAGE,    /* of another page */
	PO_ADVICE_NO_CODE,
	PO_ADVICE_REFUSED, /* by the provider */
	PO_ADVICE_COUNT
};

#define PO_QUESTION_CHOICES_MAX 9 /* one digit each */
#define PO_QUESTIONS_MAX 10       /* of one login; nobody answers more */
/* Longest answer, PAM_MAX_RESP_SIZE: some applications cut it there. */
#define PO_ANSWER_MAX 512
/* A TEXT as long as this may lack its end: login and su take 511 bytes. */
#define PO_CODE_PASTE_MAX 510

/* helper -> module */
struct po_msg_question {
	int64_t kind;     /* enum po_question_kind */
	int64_t count;    /* NUMBER: of choices; TEXT: enum po_advice; else 0 */
	const char *text; /* YES, SECRET: the provider's label; NUMBER: a line
			   * for each; NO: who has approved; TEXT: "" */
};

/* module -> helper */
struct po_msg_answer {
	int64_t choice;   /* 0: no, none, nothing; else 1, or the number */
	const char *text; /* what was typed, with TEXT and SECRET */
};

/* A message of any type; CHECK and PENDING have no body. */
struct po_message {
	enum po_message_type type;
	union {
		struct po_msg_start start;
		struct po_msg_hello hello;
		struct po_msg_log log;
		struct po_msg_prompt prompt;
		struct po_msg_result result;
		struct po_msg_grant grant;
		struct po_msg_revoke revoke;
		struct po_msg_question question;
		struct po_msg_answer answer;
		struct po_msg_liveness liveness;
		struct po_msg_renewed renewed;
	};
	struct po_buf bytes; /* decoded strings point into it */
};

void po_message_clear(struct po_message *message);

/*
 * Wire form: type (1 byte), then the fields in the order of the struct:
 * integers as 8 bytes big-endian, booleans as 1 byte, strings as 4 bytes of
 * length, the bytes, and a NUL.
 */
PO_MUST_USE
enum po_status po_message_encode(
    const struct po_message *message, struct po_buf *out, struct po_err *err);

/*
 * Takes over the contents of *bytes (also on failure, when *message is left
 * empty).  The sender counts as hostile: PO_E_HELPER for an unknown type, a
 * field cut short, a string that is too long or has a NUL inside, and for any
 * byte left over.
 */
PO_MUST_USE
enum po_status po_message_decode(
    struct po_buf *bytes, struct po_message *message, struct po_err *err);

#endif
