/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_TESTS_FAULT_PROVIDER_H
#define PO_TESTS_FAULT_PROVIDER_H

#include "base/err.h"
#include "forge.h"

/* The provider of login_helper: what it answers, and what comes of it. */

#define PROVIDER_ACCESS_TOKEN "at-3f1c9a52be7740d1"
#define PROVIDER_REFRESH_TOKEN "rt-90c1be52fd7a4e63"
#define PROVIDER_CLIENT_SECRET "correct-horse-battery-staple-0123456789"
#define STORIES_MAX 69

struct story {
	const char *name;
	enum po_status status; /* of the login, when nothing fails */
	/* more lines of [provider corp] and of [service sudo]; NULL: none */
	const char *config;
	const char *service;
	bool public_client;
	/* the ID token: an alg and a key of forge.h, and the claims */
	const char *alg;
	const char *key;
	const char *kid;
	const char *claim; /* replaced, "" = none */
	const char *value; /* as JSON; "" = left out */
	const char *userinfo;
	const char *userinfo_key; /* it is signed with this; NULL: JSON */
	const char *scope;        /* granted, and no ID token; NULL: with one */
	bool cached;              /* its documents are, from an earlier login */
	bool rotated;   /* the key is in the key set later than early */
	bool corrupted; /* the signature is of something else */
	/* encryption around it: alg, enc, our key; NULL: none */
	const char *jwe_alg;
	const char *jwe_enc;
	const char *jwe_key;
	bool altered; /* the tag is of something else */
	/* what the client proves itself with; NULL: the secret, if any */
	const char *client_key;
	bool client_jwk; /* not as PEM */
	bool certified;  /* and has a certificate for it */
	bool revokes;    /* no login, but the end of a session */
	bool lives;      /* no login either: a record that is asked about */
	bool bare;       /* to which no ID token comes */
	bool dismissed;  /* or a no */
	bool asks;       /* a question, and this is the answer */
	int64_t choice;
	const char *typed; /* NULL: nothing */
	bool crowded;      /* another login waits already, one too many */
	/* before the token is verified, it is like "forged-signature" */
	bool late;
};

const struct story *provider_stories(size_t *count);
/* Makes keys and tokens, which takes a while. */
void provider_start(void);
/* Our private key as text, or NULL where nothing is encrypted. */
const char *provider_key(const struct story *story);
/* Our client's private key and certificate (PEM), or NULL. */
const char *provider_client_key(const struct story *story);
const char *provider_client_certificate(const struct story *story);
/* Before each login. */
void provider_begin(const struct story *story);
/* What the module has of an earlier sign-in. */
const char *provider_record(void);
/* After the last one. */
void provider_end(void);
/* The one of its secrets that stands in `text`, or NULL. */
const char *provider_secret_in(const char *text);

#endif
