/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the administrator says: all of a login that needs root, and nothing
 * from the network.  See po_session_prepare in session.h.
 */

#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "helper/session.h"
#include "io/file.h"
#include "policy/map.h"

static enum po_status
compile_policy(
    struct po_session *session, const struct po_buf *map, struct po_err *err)
{
	const struct po_settings *s = &session->settings;
	const struct po_policy_options options = {
		.limits = { .min_uid = (uid_t)s->min_uid,
		    .allow_root = s->allow_root },
		.account = s->account,
		.mapping = { .username = s->username,
		    .username_match = s->username_match,
		    .username_format = s->username_format },
		.mapping_places = {
		    .username = po_settings_place(s, "username"),
		    .username_match = po_settings_place(s, "username_match"),
		    .username_format = po_settings_place(s, "username_format"),
		},
		.map_file = s->map_file,
		.map_data = map->data,
		.map_len = map->len,
		.require = s->require.text,
		.require_places = s->require.place,
		.require_count = s->require.count,
	};

	return po_policy_new(&options, &session->policy, err);
}

static enum po_status
prepare_policy(struct po_session *session, struct po_err *err)
{
	const char *map_file = session->settings.map_file;
	AUTO(po_buf_clear) struct po_buf map = PO_BUF_INIT(PO_MAP_MAX);
	enum po_status st;

	if (map_file != NULL &&
	    (st = po_file_read(map_file, false, &map, err)) != PO_OK)
		return st;
	return compile_policy(session, &map, err);
}

/* id_token_algs; HS* only with a client secret that is long enough. */
static enum po_status
prepare_algs(struct po_session *session, struct po_err *err)
{
	const struct po_settings *s = &session->settings;
	const char *secret = session->client_secret;
	struct po_place place = po_settings_place(s, "id_token_algs");
	enum po_status st;

	session->algs = PO_ALG_ASYMMETRIC;
	if (s->id_token_algs == NULL)
		return PO_OK;
	if ((st = po_alg_set_parse(s->id_token_algs, &session->algs, err)) !=
		PO_OK ||
	    (st = po_alg_check_secret(session->algs,
		 secret == NULL ? 0 : strlen(secret), err)) != PO_OK)
		po_err_prefix(
		    err, "%s:%u: id_token_algs", place.file, place.line);
	return st;
}

static enum po_status
read_decryption_key(
    const char *path, struct po_jwe_key **out, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(PO_JWE_KEY_MAX);
	enum po_status st;

	if (path == NULL)
		return PO_OK;
	if ((st = po_file_read(path, true, &text, err)) != PO_OK)
		return st;
	if ((st = po_jwe_key_parse(text.data, text.len, out, err)) != PO_OK)
		po_err_prefix(err, "%s", path);
	return st;
}

static enum po_status
prepare_client(struct po_session *session, struct po_err *err)
{
	const struct po_settings *s = &session->settings;
	enum po_status st;

	if (s->client_secret_file != NULL &&
	    (st = po_secret_read(
		 s->client_secret_file, &session->client_secret, err)) != PO_OK)
		return st;
	if ((st = prepare_algs(session, err)) != PO_OK ||
	    (st = read_decryption_key(s->decryption_key_file,
		 &session->decryption_key, err)) != PO_OK)
		return st;
	session->client = (struct po_client){
		.client_id = s->client_id,
		.client_secret = session->client_secret,
		.auth = (enum po_client_auth)s->client_auth,
	};
	return PO_OK;
}

/* The directory is root's to make; what is in it is read without root. */
static void
open_cache(struct po_session *session)
{
	struct po_err err = { 0 };

	if (!session->settings.cache)
		return;
	session->cache_dir = po_cache_open(PO_CACHEDIR, PO_HELPER_USER, &err);
	if (session->cache_dir < 0)
		po_log(&session->log,
		    geteuid() == 0 ? PO_LOG_WARNING : PO_LOG_DEBUG,
		    "the cache is not used: %s", err.text);
}

/* May the account that is asked for sign in at all?  Or none be named? */
static enum po_status
admit(const struct po_session *session, struct po_err *err)
{
	const struct po_msg_start *start = session->start;
	const struct po_settings *s = &session->settings;

	if (start->user[0] != '\0')
		return po_policy_admit(
		    session->policy, start->user, (uid_t)start->uid, err);
	if (s->kiosk || s->account != NULL)
		return PO_OK;
	return po_err_set(err, PO_E_ACCOUNT_WANTED,
	    "no user name, and service \"%s\" is no kiosk", s->service);
}

enum po_status
po_session_prepare(struct po_session *session, struct po_err *err)
{
	const struct po_msg_start *start = session->start;
	const char *provider =
	    start->provider[0] != '\0' ? start->provider : NULL;
	enum po_status st;

	st = po_config_load(start->config_file, &session->config, err);
	if (st != PO_OK ||
	    (st = po_config_settings(session->config, start->service, provider,
		 &session->settings, err)) != PO_OK ||
	    (st = prepare_policy(session, err)) != PO_OK ||
	    (st = prepare_client(session, err)) != PO_OK)
		return st;
	if ((st = admit(session, err)) == PO_OK)
		open_cache(session);
	return st;
}
