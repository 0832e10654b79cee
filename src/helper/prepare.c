/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the administrator says: all of a login that needs root, and nothing
 * from the network.  See po_session_prepare in session.h.
 */

#include <limits.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "helper/browser.h"
#include "helper/liveness.h"
#include "helper/loopback.h"
#include "helper/session.h"
#include "io/file.h"
#include "io/pending.h"
#include "io/policy_load.h"
#include "oauth/ciba.h"
#include "policy/claims.h"

static enum po_status
prepare_exports(struct po_session *session, struct po_err *err)
{
	const struct po_setting_list *list = &session->settings.exports;

	session->exported = (struct po_buf)PO_BUF_INIT(PO_MESSAGE_EXPORTS_MAX);
	return po_exports_new(
	    list->text, list->place, list->count, &session->exports, err);
}

/* The documents, and whether one of them can say who it is. */
static enum po_status
prepare_identity(struct po_session *session, struct po_err *err)
{
	const struct po_settings *s = &session->settings;
	enum po_status st;

	if ((st = po_api_new(s->api.text, s->api.place, s->api.count,
		 &session->api, err)) != PO_OK)
		return st;
	if (s->identity != PO_IDENTITY_API)
		return PO_OK;
	session->own.algs = 0;
	if ((st = po_pointer_check(s->subject, err)) == PO_OK &&
	    !po_api_covers(session->api, s->subject))
		st = po_err_set(err, PO_E_CONFIG,
		    "no api document has the name that \"%.64s\" begins with",
		    s->subject);
	return po_settings_blame(s, "subject", st, err);
}

/* Four of 32 characters that cannot be taken for one another: 20 bits. */
static enum po_status
make_code(char code[5], struct po_err *err)
{
	static const char symbols[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
	uint8_t random[4];

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return po_err_sys(err, "getrandom");
	for (size_t i = 0; i < sizeof(random); i++)
		code[i] = symbols[random[i] % 32];
	code[4] = '\0';
	return PO_OK;
}

/* What the phone shows. */
static enum po_status
prepare_binding(struct po_session *session, struct po_err *err)
{
	const struct po_settings *s = &session->settings;
	char host[HOST_NAME_MAX + 1] = "", code[5];
	const struct po_ciba_facts facts = {
		.user = session->start->user,
		.host = host,
		.service = s->service,
		.command = session->start->command,
		.code = code,
	};
	enum po_status st;

	if (strcmp(s->binding_message, "off") == 0)
		return PO_OK;
	if (gethostname(host, sizeof(host) - 1) != 0)
		return po_err_sys(err, "gethostname");
	if ((st = make_code(code, err)) != PO_OK)
		return st;
	st =
	    po_ciba_binding(s->binding_message, &facts, &session->binding, err);
	return st == PO_E_CONFIG
		   ? po_settings_blame(s, "binding_message", st, err)
		   : st;
}

/* flow = ciba: whom to ask, and what for. */
static enum po_status
prepare_ciba(struct po_session *session, struct po_err *err)
{
	const struct po_settings *s = &session->settings;
	const char *user = session->start->user;
	enum po_status st;

	if (s->flow != PO_FLOW_KIND_CIBA && s->flow != PO_FLOW_KIND_CIBA_DEVICE)
		return PO_OK;
	/* a kiosk: whose phone should it be? */
	if (user[0] == '\0' && s->flow == PO_FLOW_KIND_CIBA_DEVICE)
		return PO_OK;
	if (user[0] == '\0')
		return po_err_set(err, PO_E_CONFIG,
		    "flow = ciba cannot ask while nobody is named: \"ciba "
		    "device\" can");
	session->ciba = true;
	st = po_ciba_hint(s->login_hint, user, &session->login_hint, err);
	if (st == PO_E_CONFIG)
		return po_settings_blame(s, "login_hint", st, err);
	return st == PO_OK ? prepare_binding(session, err) : st;
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

/* May the account that is asked for, if one is, sign in at all? */
static enum po_status
admit(const struct po_session *session, struct po_err *err)
{
	const struct po_msg_start *start = session->start;

	return start->user[0] == '\0'
		   ? PO_OK
		   : po_policy_admit(
			 session->policy, start->user, (uid_t)start->uid, err);
}

/* Whoever is to be named is named first: nobody is asked twice. */
static enum po_status
check_named(const struct po_session *session, struct po_err *err)
{
	const struct po_settings *s = &session->settings;

	if (session->start->user[0] != '\0' || s->kiosk || s->account != NULL)
		return PO_OK;
	return po_err_set(err, PO_E_ACCOUNT_WANTED,
	    "no user name, and service \"%s\" is no kiosk", s->service);
}

/* Only root has a store; better now than when somebody has approved. */
static enum po_status
check_bind(const struct po_settings *s, struct po_err *err)
{
	if (s->bind == PO_BIND_OFF || geteuid() == 0)
		return PO_OK;
	return po_settings_blame(s, "bind",
	    po_err_set(
		err, PO_E_CONFIG, "only root can remember whose an account is"),
	    err);
}

/* Last, so that nobody takes a place who may not come in anyway. */
static enum po_status
wait_in_line(struct po_session *session, struct po_err *err)
{
	const struct po_settings *s = &session->settings;
	const struct po_pending_limits limits = {
		.account = s->max_pending,
		.total = s->max_pending_total,
	};

	return po_pending_take(PO_RUNDIR, session->start->user,
	    session->start->uid, &limits, &session->log, &session->pending_fd,
	    err);
}

static enum po_status
load(struct po_session *session, const char *config_file, const char *service,
    const char *provider, struct po_err *err)
{
	enum po_status st = po_config_load(config_file, &session->config, err);

	if (st != PO_OK)
		return st;
	return po_config_settings(session->config, service,
	    provider[0] != '\0' ? provider : NULL, &session->settings, err);
}

enum po_status
po_session_configure(struct po_session *session, const char *config_file,
    const char *service, const char *provider, struct po_err *err)
{
	enum po_status st = load(session, config_file, service, provider, err);

	return st == PO_OK ? po_session_prepare_client(session, err) : st;
}

/* Of several providers the one that the sign-in was with, if it may be. */
static enum po_status
settle_provider(struct po_session *session, struct po_err *err)
{
	const struct po_msg_start *start = session->start;
	const char *name;

	for (size_t i = 0; (name = po_config_choice(
				session->config, start->service, i)) != NULL;
	     i++) {
		if (!po_str_equal(name, session->live.provider))
			continue;
		po_settings_clear(&session->settings);
		return po_config_settings(session->config, start->service, name,
		    &session->settings, err);
	}
	return PO_OK;
}

enum po_status
po_session_prepare_liveness(
    struct po_session *session, bool busy, bool *ask, struct po_err *err)
{
	const struct po_msg_start *start = session->start;
	const struct po_liveness *record =
	    session->live.provider == NULL ? NULL : &session->live;
	struct po_liveness_rules rules;
	enum po_status st;

	*ask = false;
	if ((st = load(session, start->config_file, start->service,
		 start->provider, err)) != PO_OK)
		return st;
	if (record != NULL && start->provider[0] == '\0' &&
	    (st = settle_provider(session, err)) != PO_OK)
		return st;
	if (session->settings.liveness == PO_LIVENESS_OFF)
		return PO_E_SKIPPED;
	rules = po_liveness_rules(&session->settings);
	st = po_liveness_before(
	    record, &rules, busy, po_clock_epoch_s(), ask, err);
	if (st != PO_OK || !*ask)
		return st;
	if ((st = po_session_prepare_client(session, err)) != PO_OK ||
	    (st = po_policy_load(&session->settings, &session->policy, err)) !=
		PO_OK ||
	    (st = prepare_exports(session, err)) != PO_OK ||
	    (st = prepare_identity(session, err)) != PO_OK)
		return st;
	open_cache(session);
	return PO_OK;
}

static enum po_status
prepare(struct po_session *session, struct po_err *err)
{
	const struct po_msg_start *start = session->start;
	enum po_status st;

	if ((st = load(session, start->config_file, start->service,
		 start->provider, err)) != PO_OK ||
	    (st = check_named(session, err)) != PO_OK)
		return st;
	session->deadline_ms =
	    po_clock_ms() + session->settings.timeout_s * 1000;
	/* before any secret is read: only the chosen one's is, and what is
	 * forked for a browser has seen none */
	if ((st = po_session_choose(session, err)) != PO_OK ||
	    (st = po_browser_start(session, err)) != PO_OK ||
	    (st = po_session_prepare_client(session, err)) != PO_OK ||
	    (st = po_policy_load(&session->settings, &session->policy, err)) !=
		PO_OK ||
	    (st = check_bind(&session->settings, err)) != PO_OK ||
	    (st = prepare_exports(session, err)) != PO_OK ||
	    (st = prepare_identity(session, err)) != PO_OK ||
	    (st = admit(session, err)) != PO_OK ||
	    (st = prepare_ciba(session, err)) != PO_OK)
		return st;
	if (session->settings.flow == PO_FLOW_KIND_CODE_LOOPBACK &&
	    (st = po_loopback_open(session, err)) != PO_OK)
		return st;
	open_cache(session);
	return wait_in_line(session, err);
}

enum po_status
po_session_prepare(struct po_session *session, struct po_err *err)
{
	enum po_status st = prepare(session, err);

	/* "Permission denied" alone sends people to look at the wrong thing */
	if ((st == PO_E_CONFIG || st == PO_E_SECRET) && geteuid() != 0)
		po_err_prefix(err, "application without root");
	return st;
}
