/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of algorithms and lists of their names. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/evp.h>

#include "jose/alg.h"

static void
names_are_found_exactly(void **state)
{
	static const char *const others[] = { "", "none", "NONE", "rs256",
		"RS256 ", " RS256", "RS25", "RS2560", "HS1", "hs256", "ES256K",
		"Ed448", "RSA1_5", "RSA-OAEP", "ED25519", "eddsa" };

	(void)state;
	for (unsigned i = 0; i < PO_ALG_COUNT; i++) {
		enum po_alg alg = PO_ALG_COUNT;

		assert_true(
		    po_alg_find(po_alg_info((enum po_alg)i)->name, &alg));
		assert_int_equal(alg, i);
	}
	for (size_t i = 0; i < PO_ARRAY_LEN(others); i++) {
		enum po_alg alg = PO_ALG_COUNT;

		assert_false(po_alg_find(others[i], &alg));
		assert_int_equal(alg, PO_ALG_COUNT);
	}
}

static void
rows_agree_with_themselves(void **state)
{
	(void)state;
	for (unsigned i = 0; i < PO_ALG_COUNT; i++) {
		const struct po_alg_info *info = po_alg_info((enum po_alg)i);
		EVP_MD *md = EVP_MD_fetch(NULL, info->digest, NULL);

		assert_non_null(md);
		EVP_MD_free(md);
		assert_int_equal(
		    info->kty == PO_KTY_RSA || info->kty == PO_KTY_OCT,
		    info->curve == NULL);
		assert_int_equal(
		    info->kty == PO_KTY_RSA, info->signature_len == 0);
		assert_int_equal(info->pss, info->name[0] == 'P');
		if (info->name[1] == 'S')
			assert_string_equal(info->name + 2, info->digest + 3);
		/* a shared key must be asked for by name */
		assert_int_equal(info->kty == PO_KTY_OCT,
		    (PO_ALG_ASYMMETRIC & PO_ALG_BIT(i)) == 0);
		assert_int_equal(info->kty == PO_KTY_OCT,
		    (PO_ALG_HMAC & PO_ALG_BIT(i)) != 0);
	}
}

static void
lists_become_sets(void **state)
{
	static const struct {
		const char *names;
		po_alg_set set;
	} cases[] = {
		{ "RS256", PO_ALG_BIT(PO_ALG_RS256) },
		{ "  ES512\t", PO_ALG_BIT(PO_ALG_ES512) },
		{ "RS256 EdDSA\tEd25519", PO_ALG_BIT(PO_ALG_RS256) |
					      PO_ALG_BIT(PO_ALG_EDDSA) |
					      PO_ALG_BIT(PO_ALG_ED25519) },
		{ "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 "
		  "EdDSA Ed25519",
		    PO_ALG_ASYMMETRIC },
		{ "HS256 HS384 HS512", PO_ALG_HMAC },
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		po_alg_set set = 0;

		assert_int_equal(
		    po_alg_set_parse(cases[i].names, &set, NULL), PO_OK);
		assert_int_equal(set, cases[i].set);
	}
}

static void
bad_lists_are_refused_and_say_why(void **state)
{
	static const struct {
		const char *names;
		const char *says;
	} cases[] = {
		{ "", "empty" },
		{ " \t ", "empty" },
		{ "none", "never" },
		{ "RS256 NoNe", "never" },
		{ "RS256 RS256", "\"RS256\" is named twice" },
		{ "RS256,ES256", "unknown" },
		{ "HS128", "unknown signature algorithm \"HS128\"" },
		{ "RS256\nES256", "unknown" },
		{ "RS256 a-name-that-is-longer-than-any-algorithm-has",
		    "unknown" },
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		struct po_err err = { .status = PO_OK };
		po_alg_set set = 77;

		assert_int_equal(
		    po_alg_set_parse(cases[i].names, &set, &err), PO_E_CONFIG);
		assert_int_equal(err.status, PO_E_CONFIG);
		assert_non_null(strstr(err.text, cases[i].says));
		assert_int_equal(set, 77);
	}
}

static void
secrets_must_be_as_long_as_the_hash(void **state)
{
	static const struct {
		po_alg_set algs;
		size_t len;
		const char *says; /* NULL: long enough */
	} cases[] = {
		{ PO_ALG_ASYMMETRIC, 0, NULL },
		{ PO_ALG_BIT(PO_ALG_HS256), 32, NULL },
		{ PO_ALG_BIT(PO_ALG_HS256), 31,
		    "HS256 needs a client secret of 32 bytes, this one has "
		    "31" },
		{ PO_ALG_BIT(PO_ALG_HS256), 0, "there is none" },
		{ PO_ALG_BIT(PO_ALG_HS384), 48, NULL },
		{ PO_ALG_BIT(PO_ALG_HS384), 47, "HS384 needs" },
		{ PO_ALG_BIT(PO_ALG_HS512), 64, NULL },
		{ PO_ALG_BIT(PO_ALG_HS512), 63, "HS512 needs" },
		{ PO_ALG_HMAC | PO_ALG_ASYMMETRIC, 64, NULL },
		{ PO_ALG_HMAC, 40, "HS384 needs" },
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		struct po_err err = { .status = PO_OK };
		enum po_status st =
		    po_alg_check_secret(cases[i].algs, cases[i].len, &err);

		assert_int_equal(
		    st, cases[i].says == NULL ? PO_OK : PO_E_CONFIG);
		if (cases[i].says != NULL)
			assert_non_null(strstr(err.text, cases[i].says));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_found_exactly),
		cmocka_unit_test(rows_agree_with_themselves),
		cmocka_unit_test(lists_become_sets),
		cmocka_unit_test(secrets_must_be_as_long_as_the_hash),
		cmocka_unit_test(bad_lists_are_refused_and_say_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
