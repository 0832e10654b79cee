/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a provider offers against what the configuration wants: endpoints,
 * grants, scopes, client authentication, algorithms, keys.  See check_offer.h.
 */

#include "cli/check_offer.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "oauth/token.h"

#define NAMES_MAX 400 /* bytes of a list in a line */

void
po_offer_clear(struct po_offer *offer)
{
	po_json_free(&offer->metadata);
	po_json_free(&offer->jwks);
}

enum po_status
po_offer_keep(struct po_offer *offer, bool jwks, const struct po_buf *body,
    struct po_err *err)
{
	struct po_json **document = jwks ? &offer->jwks : &offer->metadata;

	po_json_free(document);
	return po_json_parse(body->data, body->len, document, NULL) ==
		       PO_E_NOMEM
		   ? po_err_set(err, PO_E_NOMEM, "out of memory")
		   : PO_OK;
}

/* One comparison, with what every line of it needs. */
struct judge {
	struct po_check *check;
	const struct po_settings *settings;
	const struct po_offer *offer;
};

static void PO_PRINTF(4, 5) tell(const struct judge *j,
    enum po_check_level level, const char *fix, const char *fmt, ...)
{
	char what[PO_ERR_TEXT_MAX];

	PO_FORMAT(what, fmt);
	po_check_add(j->check, level, j->settings->issuer, fix,
	    "provider %s: %s", j->settings->provider, what);
}

/* --- lists ---------------------------------------------------------------- */

/* The list of this name, or NULL: then nothing is known. */
static const struct po_json *
list_of(const struct judge *j, const char *name)
{
	const struct po_json *list =
	    j->offer->metadata == NULL
		? NULL
		: po_json_member(j->offer->metadata, name);

	return list != NULL && po_json_array_len(list) > 0 ? list : NULL;
}

static bool
has(const struct po_json *list, const char *word, size_t len)
{
	for (size_t i = 0; i < po_json_array_len(list); i++) {
		size_t other_len = 0;
		const char *other =
		    po_json_string(po_json_array_at(list, i), &other_len);

		if (other != NULL && other_len == len &&
		    memcmp(other, word, len) == 0)
			return true;
	}
	return false;
}

static void
append_name(struct po_buf *out, const char *name)
{
	po_buf_appendf(out, "%s%s", out->len > 0 ? " " : "", name);
}

/* --- endpoints, grants, scopes -------------------------------------------- */

/* Is `grant` (NULL: not to be looked for) there, with its endpoint? */
static void
check_grant(const struct judge *j, const char *endpoint, const char *name,
    const char *grant)
{
	const struct po_json *grants = list_of(j, "grant_types_supported");

	if (endpoint == NULL)
		tell(j, PO_CHECK_ERROR,
		    "turn that grant on there (docs/providers), choose another "
		    "`flow`, or name the endpoint",
		    "unsupported: no %s", name);
	else if (grant != NULL && grants != NULL &&
		 !has(grants, grant, strlen(grant)))
		tell(j, PO_CHECK_WARNING,
		    "turn that grant on there (docs/providers)",
		    "grant_types_supported has no %s", grant);
}

static void
check_grants(const struct judge *j, const struct po_metadata *metadata)
{
	const char *backchannel = metadata->backchannel_authentication_endpoint;
	unsigned flows = j->offer->flows;
	bool code = flows >= 1U << PO_FLOW_KIND_CODE;
	bool either = (flows & 1U << PO_FLOW_KIND_CIBA_DEVICE) != 0;

	if ((flows & 1U << PO_FLOW_KIND_DEVICE) != 0 ||
	    (either && backchannel == NULL))
		check_grant(j, metadata->device_authorization_endpoint,
		    "device_authorization_endpoint (RFC 8628)",
		    PO_GRANT_DEVICE);
	if ((flows & 1U << PO_FLOW_KIND_CIBA) != 0 ||
	    (either && backchannel != NULL))
		check_grant(j, backchannel,
		    "backchannel_authentication_endpoint that can be polled "
		    "(CIBA)",
		    NULL); /* po_metadata_parse has asked for it */
	if (code)
		check_grant(j, metadata->authorization_endpoint,
		    "authorization_endpoint", NULL);
	if (code && (metadata->no_pkce || metadata->wants_par))
		tell(j, PO_CHECK_ERROR, "another `flow`, or another provider",
		    "unsupported: flow = code, and it %s",
		    metadata->no_pkce ? "has no PKCE with S256"
				      : "wants pushed authorization requests");
	if (j->settings->userinfo == PO_USERINFO_ALWAYS &&
	    metadata->userinfo_endpoint == NULL)
		tell(j, PO_CHECK_ERROR,
		    "userinfo = auto, or name userinfo_endpoint",
		    "userinfo = always, and there is no userinfo_endpoint");
}

static void
check_scopes(const struct judge *j)
{
	const struct po_json *scopes = list_of(j, "scopes_supported");
	const char *p = j->settings->scopes;
	AUTO(po_buf_clear) struct po_buf missing = PO_BUF_INIT(NAMES_MAX);

	while (scopes != NULL && p != NULL && *p != '\0') {
		size_t len = strcspn(p, " ");

		if (!has(scopes, p, len))
			po_buf_appendf(&missing, "%s%.*s",
			    missing.len > 0 ? " " : "", (int)len, p);
		p += len + strspn(p + len, " ");
	}
	if (missing.len > 0)
		tell(j, PO_CHECK_WARNING,
		    "take them out of scopes, or add them to the client there",
		    "scopes_supported does not have: %s", po_buf_str(&missing));
}

/* --- client authentication ------------------------------------------------ */

/* As a login chooses; that there is a file is all that has to be known. */
static enum po_client_auth
our_method(const struct po_settings *s, unsigned listed)
{
	const struct po_client client = {
		.client_secret = s->client_secret_file,
		.auth = (enum po_client_auth)s->client_auth,
		/* never looked into: there is a key, that is all */
		.key = (const struct po_sign_key *)(const void *)
			   s->client_key_file,
		.certified = s->client_certificate_file != NULL,
		.listed = listed,
	};

	return po_client_auth_choose(&client);
}

static void
check_client(const struct judge *j, const struct po_metadata *metadata)
{
	unsigned listed = metadata->auth_methods;
	enum po_client_auth auth = our_method(j->settings, listed);
	AUTO(po_buf_clear) struct po_buf names = PO_BUF_INIT(NAMES_MAX);

	/* nobody lists "none", and to a client the two of TLS are one */
	if (listed == 0 || auth == PO_CLIENT_AUTH_NONE ||
	    (listed & PO_CLIENT_AUTH_BIT(auth)) != 0 ||
	    (auth >= PO_CLIENT_AUTH_TLS &&
		listed >= PO_CLIENT_AUTH_BIT(PO_CLIENT_AUTH_TLS)))
		return;
	for (unsigned i = PO_CLIENT_AUTH_NONE; i < PO_CLIENT_AUTH_COUNT; i++)
		if ((listed & PO_CLIENT_AUTH_BIT(i)) != 0)
			append_name(&names,
			    po_client_auth_name((enum po_client_auth)i));
	tell(j, PO_CHECK_WARNING, "client_auth, and what it needs",
	    "client_auth: we use %s, and it lists: %s",
	    po_client_auth_name(auth), po_buf_str(&names));
}

/* --- algorithms and keys -------------------------------------------------- */

static po_alg_set
allowed_algs(const struct po_settings *s)
{
	po_alg_set algs = PO_ALG_ASYMMETRIC;

	if (s->id_token_algs != NULL &&
	    po_alg_set_parse(s->id_token_algs, &algs, NULL) != PO_OK)
		algs = 0;
	return algs;
}

/* Those of a list that are ours, or (`known` NULL) none of them. */
static po_alg_set
listed_algs(const struct po_json *list, struct po_buf *names)
{
	po_alg_set set = 0;

	for (size_t i = 0; i < po_json_array_len(list); i++) {
		const char *name =
		    po_json_string(po_json_array_at(list, i), NULL);
		enum po_alg alg;

		if (name == NULL)
			continue;
		append_name(names, name);
		if (po_alg_find(name, &alg))
			set |= PO_ALG_BIT(alg);
	}
	return set;
}

static void
check_algs(const struct judge *j)
{
	const struct po_json *list =
	    list_of(j, "id_token_signing_alg_values_supported");
	po_alg_set allowed = allowed_algs(j->settings), listed;
	AUTO(po_buf_clear) struct po_buf names = PO_BUF_INIT(NAMES_MAX);
	AUTO(po_buf_clear) struct po_buf idle = PO_BUF_INIT(NAMES_MAX);

	if (list == NULL)
		return;
	listed = listed_algs(list, &names);
	if ((listed & allowed) == 0) {
		tell(j, PO_CHECK_ERROR,
		    "id_token_algs, or another algorithm for the client there",
		    "alg: it signs ID tokens with %s, of which id_token_algs "
		    "allows none",
		    po_buf_str(&names));
		return;
	}
	for (unsigned i = 0; i < PO_ALG_COUNT; i++)
		if ((allowed & ~listed & PO_ALG_BIT(i)) != 0)
			append_name(&idle, po_alg_info((enum po_alg)i)->name);
	if (j->settings->id_token_algs != NULL && idle.len > 0)
		tell(j, PO_CHECK_WARNING, "take them out of id_token_algs",
		    "alg: id_token_algs allows %s, which it does not list (%s)",
		    po_buf_str(&idle), po_buf_str(&names));
	/* the client's setting there decides, which only a login shows */
	else if ((listed & ~allowed & PO_ALG_ASYMMETRIC) != 0)
		tell(j, PO_CHECK_NOTE, NULL,
		    "alg: it can sign with more (%s) than id_token_algs allows",
		    po_buf_str(&names));
}

static bool
is_string(const struct po_json *object, const char *member, const char *wanted)
{
	const struct po_json *value = po_json_member(object, member);
	const char *text = value == NULL ? NULL : po_json_string(value, NULL);

	return text != NULL && strcmp(text, wanted) == 0;
}

/* Could this key have made a signature of an allowed algorithm? */
static bool
key_suits(const struct po_json *key, po_alg_set allowed)
{
	static const char *const types[] = { [PO_KTY_RSA] = "RSA",
		[PO_KTY_EC] = "EC",
		[PO_KTY_OKP] = "OKP",
		[PO_KTY_OCT] = "oct" };

	for (unsigned i = 0; i < PO_ALG_COUNT; i++) {
		const struct po_alg_info *info = po_alg_info((enum po_alg)i);

		if ((allowed & PO_ALG_ASYMMETRIC & PO_ALG_BIT(i)) != 0 &&
		    is_string(key, "kty", types[info->kty]) &&
		    (info->curve == NULL ||
			is_string(key, "crv", info->curve)) &&
		    (po_json_member(key, "alg") == NULL ||
			is_string(key, "alg", info->name)))
			return true;
	}
	return false;
}

static void
check_keys(const struct judge *j, const struct po_jwks *jwks)
{
	const struct po_json *keys =
	    j->offer->jwks == NULL ? NULL
				   : po_json_member(j->offer->jwks, "keys");
	po_alg_set allowed = allowed_algs(j->settings);
	const char *why = "";
	size_t skipped = po_jwks_skipped(jwks, &why), suitable = 0;

	if ((allowed & PO_ALG_ASYMMETRIC) == 0)
		return; /* the client secret is the key */
	for (size_t i = 0; keys != NULL && i < po_json_array_len(keys); i++)
		if (key_suits(po_json_array_at(keys, i), allowed))
			suitable++;
	if (po_jwks_count(jwks) == 0)
		tell(j, PO_CHECK_ERROR, "jwks_uri; the provider's keys",
		    "key-unknown: no usable key among %zu%s%s", skipped,
		    skipped > 0 ? ", the last one: " : "",
		    skipped > 0 ? why : "");
	else if (suitable == 0)
		tell(j, PO_CHECK_ERROR, "id_token_algs",
		    "alg: none of %zu keys is for an algorithm that "
		    "id_token_algs allows",
		    po_jwks_count(jwks));
	else if (skipped > 0)
		tell(j, PO_CHECK_NOTE, NULL,
		    "%zu usable keys; %zu left out, the last one: %s",
		    po_jwks_count(jwks), skipped, why);
}

void
po_offer_check(struct po_check *check, const struct po_settings *settings,
    const struct po_metadata *metadata, const struct po_jwks *jwks,
    const struct po_offer *offer)
{
	const struct judge j = { check, settings, offer };

	check_grants(&j, metadata);
	check_scopes(&j);
	check_client(&j, metadata);
	if (jwks != NULL) {
		check_algs(&j);
		check_keys(&j, jwks);
	}
	if (check->errors == offer->errors_before)
		tell(&j, PO_CHECK_OK, NULL, "answers, with %zu usable key%s",
		    jwks == NULL ? 0 : po_jwks_count(jwks),
		    jwks != NULL && po_jwks_count(jwks) == 1 ? "" : "s");
}
