/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_TESTS_CONFIG_TEXT_H
#define PO_TESTS_CONFIG_TEXT_H

#include <string.h>

#include "io/config.h"

/* A provider that has all it must have, in three lines. */
#define CORP                                                                   \
	"[provider corp]\n"                                                    \
	"issuer = https://sso.example.com/realms/staff\n"                      \
	"client_id = linux-login\n"

/* Parses a text that is known to be good. */
static inline struct po_config *
good_config(const char *text)
{
	struct po_config *config = NULL;
	struct po_err err = { 0 };

	if (po_config_parse("f", text, strlen(text), &config, &err) != PO_OK)
		fail_msg("%s\n%s", err.text, text);
	return config;
}

/* Parses a text that must be refused with exactly this message. */
static inline void
bad_config(const char *text, const char *message)
{
	AUTO(po_config_free) struct po_config *config = NULL;
	struct po_err err = { 0 };

	if (po_config_parse("f", text, strlen(text), &config, &err) !=
		PO_E_CONFIG ||
	    err.status != PO_E_CONFIG || strcmp(err.text, message) != 0)
		fail_msg("\"%s\", expected \"%s\" of\n%s", err.text, message,
		    text);
	assert_null(config);
}

#endif
