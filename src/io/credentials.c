/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From settings to secrets and keys.  No message quotes any of them.  See
 * credentials.h.
 */

#include "io/credentials.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "io/file.h"

/* id_token_algs; HS* only with a client secret that is long enough. */
static enum po_status
settle_algs(
    const struct po_settings *s, struct po_credentials *out, struct po_err *err)
{
	const char *secret = out->client_secret;
	enum po_status st;

	out->algs = PO_ALG_ASYMMETRIC;
	if (s->id_token_algs == NULL)
		return PO_OK;
	if ((st = po_alg_set_parse(s->id_token_algs, &out->algs, err)) == PO_OK)
		st = po_alg_check_secret(
		    out->algs, secret == NULL ? 0 : strlen(secret), err);
	return po_settings_blame(s, "id_token_algs", st, err);
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
read_client_key(
    const struct po_settings *s, struct po_credentials *out, struct po_err *err)
{
	enum po_alg alg = (enum po_alg)(s->client_key_alg - 1);
	struct po_buf *text = &out->key_text;
	enum po_status st;

	*text = (struct po_buf)PO_BUF_INIT(PO_SIGN_KEY_MAX);
	if (s->client_key_file == NULL)
		return PO_OK;
	if ((st = po_file_read(s->client_key_file, true, text, err)) != PO_OK)
		return st;
	st = po_sign_key_parse(text->data, text->len,
	    s->client_key_alg == 0 ? NULL : &alg, s->client_key_id,
	    &out->client_key, err);
	if (st == PO_E_CONFIG) /* the key is good, the option is not */
		return po_settings_blame(s, "client_key_alg", st, err);
	if (st != PO_OK)
		po_err_prefix(err, "%s", s->client_key_file);
	return st;
}

static enum po_status
read_certificate(
    const char *path, struct po_credentials *out, struct po_err *err)
{
	struct po_buf *text = &out->certificate;
	enum po_status st;

	*text = (struct po_buf)PO_BUF_INIT(PO_SIGN_CERT_MAX);
	if (path == NULL)
		return PO_OK;
	if ((st = po_file_read(path, false, text, err)) != PO_OK)
		return st;
	if ((st = po_sign_key_certify(out->client_key, text->data, text->len,
		 po_clock_epoch_s(), err)) != PO_OK)
		po_err_prefix(err, "%s", path);
	return st;
}

enum po_status
po_credentials_load_judging(const struct po_settings *settings,
    struct po_credentials *out, struct po_err *err)
{
	enum po_status st;

	if (settings->client_secret_file != NULL &&
	    (st = po_secret_read(settings->client_secret_file,
		 &out->client_secret, err)) != PO_OK)
		return st;
	if ((st = settle_algs(settings, out, err)) != PO_OK)
		return st;
	return read_decryption_key(
	    settings->decryption_key_file, &out->decryption_key, err);
}

enum po_status
po_credentials_load(const struct po_settings *settings,
    struct po_credentials *out, struct po_err *err)
{
	enum po_status st;

	if ((st = po_credentials_load_judging(settings, out, err)) != PO_OK ||
	    (st = read_client_key(settings, out, err)) != PO_OK)
		return st;
	return read_certificate(settings->client_certificate_file, out, err);
}

void
po_credentials_clear(struct po_credentials *credentials)
{
	po_str_free(&credentials->client_secret);
	po_jwe_key_free(&credentials->decryption_key);
	po_sign_key_free(&credentials->client_key);
	po_buf_clear(&credentials->key_text);
	po_buf_clear(&credentials->certificate);
}
