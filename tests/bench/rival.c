/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Somebody else's library behind the two functions that `verify` loads.  Built
 * by tests/bench/run with one of RIVAL_CJOSE, RIVAL_RHONABWY, RIVAL_LIBJWT, for
 * those that are installed.  As each documents it, the key parsed beforehand
 * where it has a type for that.
 */

#include <stdlib.h>
#include <string.h>

/* What it needs to verify `token`, or NULL if it cannot do this algorithm. */
void *rival_new(const char *jwk, const char *pem, const char *token);
int rival_verify(void *rival);

#ifdef RIVAL_CJOSE
#include <cjose/cjose.h>

struct rival {
	cjose_jwk_t *key;
	const char *token;
};

void *
rival_new(const char *jwk, const char *pem, const char *token)
{
	struct rival *r = calloc(1, sizeof(*r));

	(void)pem;
	r->key = cjose_jwk_import(jwk, strlen(jwk), NULL);
	r->token = token;
	return rival_verify(r) ? r : NULL;
}

int
rival_verify(void *rival)
{
	const struct rival *r = rival;
	cjose_jws_t *jws =
	    r->key == NULL ? NULL
			   : cjose_jws_import(r->token, strlen(r->token), NULL);
	int ok = jws != NULL && cjose_jws_verify(jws, r->key, NULL);

	cjose_jws_release(jws);
	return ok;
}
#endif

#ifdef RIVAL_RHONABWY
#include <rhonabwy.h>

struct rival {
	jwk_t *key;
	const char *token;
};

void *
rival_new(const char *jwk, const char *pem, const char *token)
{
	struct rival *r = calloc(1, sizeof(*r));

	(void)pem;
	r->token = token;
	return r_global_init() == RHN_OK && r_jwk_init(&r->key) == RHN_OK &&
		       r_jwk_import_from_json_str(r->key, jwk) == RHN_OK &&
		       rival_verify(r)
		   ? r
		   : NULL;
}

int
rival_verify(void *rival)
{
	const struct rival *r = rival;
	jws_t *jws = NULL;
	int ok = r_jws_init(&jws) == RHN_OK &&
		 r_jws_compact_parse(jws, r->token, 0) == RHN_OK &&
		 r_jws_verify_signature(jws, r->key, 0) == RHN_OK;

	r_jws_free(jws);
	return ok;
}
#endif

#ifdef RIVAL_LIBJWT
#include <jwt.h>

/* 1.x has no type for a key: it parses the PEM each time. */
struct rival {
	const unsigned char *pem;
	const char *token;
};

void *
rival_new(const char *jwk, const char *pem, const char *token)
{
	struct rival *r = calloc(1, sizeof(*r));

	(void)jwk;
	r->pem = (const unsigned char *)pem;
	r->token = token;
	return rival_verify(r) ? r : NULL;
}

int
rival_verify(void *rival)
{
	const struct rival *r = rival;
	jwt_t *jwt = NULL;
	int ok = jwt_decode(&jwt, r->token, r->pem,
		     (int)strlen((const char *)r->pem)) == 0;

	jwt_free(jwt);
	return ok;
}
#endif
