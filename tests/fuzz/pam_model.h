/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_TESTS_FUZZ_PAM_MODEL_H
#define PO_TESTS_FUZZ_PAM_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"

/*
 * What pam_sm_authenticate must answer, told from outside: from what the
 * helper sent, when the module took it, and what the person said.  Success
 * has one way: HELLO, a PROMPT that was shown, a GRANT, and a RESULT that says
 * ok and names PAM_USER, with nothing out of turn among them, and an account
 * that is bound to nobody else.  Without a PAM_USER the RESULT's account, which
 * must bear all checks, becomes PAM_USER.  Aborts as soon as the
 * module does what it must not.
 */
struct pam_model_login {
	const char *user; /* PAM_USER, now */
	const char *service;
	const char *rhost;   /* may be NULL */
	const char *account; /* whom NSS finds */
	uid_t uid;           /* of that one */
	const char *const *args;
	size_t arg_count;
	bool has_conversation;
	bool silent;
	bool spawn_fails;
	bool store_fails;
};

#define PAM_MODEL_QUEUE 1024 /* more than a socket's buffer takes */

struct pam_model {
	struct pam_model_login login;
	char *user;     /* PAM_USER when the login began, "": none */
	char *owner;    /* the sub that a login of this handle was bound to */
	char *declined; /* of whom a no is remembered on this handle */
	char *becomes;  /* what PAM_USER is to be set to; NULL: nothing */
	bool wants;     /* the helper wants a name: no kiosk */
	int64_t begun_ms;
	int64_t deadline_ms;
	/* the helper */
	bool expects_helper, spawned, left, ended;
	int helper; /* its end: what the module sends is read there */
	bool started;
	unsigned heard; /* CHECK */
	/* packets sent; from `queue_first` on not taken yet */
	struct po_buf queue[PAM_MODEL_QUEUE];
	size_t queue_first, queue_len;
	/* what was taken and said */
	bool hello, grant, binds;
	char *sub;       /* of the grant */
	int64_t min_uid; /* of HELLO, and: */
	char *only;      /* the account that it may be; "": any */
	unsigned prompts, logs, checks, pendings;
	char *uri;  /* of a prompt that is to be shown; NULL: none */
	char *lead; /* the same, with the next question */
	/* the question that is to be asked; tries 0: none */
	unsigned tries;
	int64_t kind, count;
	bool confirms;     /* HELLO: this is the question, at the end... */
	bool has_approver; /* ...if somebody was named */
	char *account;     /* of the RESULT then */
	unsigned questions;
	bool thinks;    /* before HELLO: the person, and not the helper */
	char *response; /* what the ANSWER must have; NULL: no ANSWER due */
	int64_t choice;
	bool again; /* a PENDING that is to be shown, unless CHECKs are left */
	/* what came of it */
	int verdict;  /* PAM code; -1: not known yet */
	char showing; /* prompt, again, reminder, error */
	unsigned reminders, errors, decisions;
	bool says_granted;
};

/* A login begins, and ends with `code`. */
void pam_model_begin(struct pam_model *model,
    const struct pam_model_login *login, int64_t now_ms);
void pam_model_end(struct pam_model *model, int code, int64_t now_ms);
/* Whether the module has let go of its helper, if it had one. */
bool pam_model_is_over(const struct pam_model *model);
void pam_model_clear(struct pam_model *model);

/* The helper: started (its end is `fd`), what it sends, and that it leaves,
 * which it may do without reading; and that the module is done with it. */
void pam_model_spawned(struct pam_model *model, int fd, int64_t now_ms);
void pam_model_sent(struct pam_model *model, const void *data, size_t len);
void pam_model_left(struct pam_model *model, bool reads_first);
void pam_model_ended(struct pam_model *model);

/* The module waits, and takes the first packet there is (or the hang-up). */
void pam_model_waits(struct pam_model *model, int64_t now_ms, int64_t until_ms);
void pam_model_received(struct pam_model *model, int64_t now_ms);

/* The application: what was shown, what came back, who PAM_USER is now. */
void pam_model_shown(struct pam_model *model, int style, const char *text);
void pam_model_answered(struct pam_model *model, int style, int code,
    const char *response, int64_t now_ms);
void pam_model_user(struct pam_model *model, const char *user);
/* The module wants the name, and has it in PAM_USER, whoever set it, or not. */
void pam_model_asked(struct pam_model *model);
void pam_model_set(struct pam_model *model, const char *user);
void pam_model_logged(struct pam_model *model, const char *line);

#endif
