/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_CLI_CHECK_H
#define PO_CLI_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "io/config.h"

/*
 * pam-oauth check: what is wrong with this host, one line a finding.  Each
 * part is one function, which adds findings and goes on.
 */
enum po_check_level {
	PO_CHECK_OK,      /* looked at, and in order */
	PO_CHECK_NOTE,    /* good to know */
	PO_CHECK_WARNING, /* works, and may not be what was meant */
	PO_CHECK_ERROR    /* nobody gets in, or somebody who should not */
};

struct po_check {
	const char *provider; /* this one alone; NULL: all */
	const char *service;  /* the same */
	const char *config_file;
	const char *root; /* of PAM's files; "" = this host's */
	bool json;
	bool colour;
	unsigned errors;
	struct po_buf findings;   /* JSON; a text is written at once */
	struct po_buf settings;   /* JSON: of `service` */
	struct po_config *config; /* NULL: it has mistakes */
	bool sshd;                /* its PAM stack asks us */
};

/*
 * Adds "LEVEL: what: where (fix: ...)".  `where` and `fix` may be NULL.  All
 * of it is made printable: providers and files have a say in it.
 */
void po_check_add(struct po_check *check, enum po_check_level level,
    const char *where, const char *fix, const char *fmt, ...) PO_PRINTF(5, 6);

/* The configuration, its files and every rule in it; fills check->config. */
void po_check_config(struct po_check *check);
/* The effective values of check->service. */
void po_check_settings(struct po_check *check);
/* The helper, its user, and the directories of cache and state. */
void po_check_host(struct po_check *check);
/* PAM stacks below check->root; fills check->sshd. */
void po_check_pam(struct po_check *check);
/* sshd's version and settings. */
void po_check_sshd(struct po_check *check);
/* Providers, over the network; last, for root is given up for it. */
void po_check_providers(struct po_check *check);

#endif
