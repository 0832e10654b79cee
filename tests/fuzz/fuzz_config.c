/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A configuration is taken whole or refused with its file's name; what was
 * taken gives settings for any service, with every string in its place.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "io/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
use_settings(
    const struct po_config *config, const char *service, const char *provider)
{
	AUTO(po_settings_clear) struct po_settings s = { 0 };
	struct po_err err = { 0 };

	if (po_config_settings(config, service, provider, &s, &err) != PO_OK) {
		if (err.status != PO_E_CONFIG || s.places != NULL)
			abort();
		return;
	}
	if (s.provider == NULL || s.label == NULL || s.issuer == NULL ||
	    s.client_id == NULL || s.scopes == NULL || s.username == NULL ||
	    s.timeout_s < 10 || s.timeout_s > 900 || s.min_uid < 1)
		abort();
	for (size_t i = 0; i < s.require.count; i++)
		if (s.require.text[i][0] == '\0' ||
		    s.require.place[i].line == 0)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(po_config_free) struct po_config *config = NULL;
	struct po_err err = { 0 };
	const char *provider;

	if (po_config_parse("conf", data, size, &config, &err) != PO_OK) {
		if (config != NULL || strncmp(err.text, "conf:", 5) != 0)
			abort();
		return 0;
	}
	use_settings(config, NULL, NULL);
	use_settings(config, "sshd", NULL);
	for (size_t i = 0;
	     (provider = po_config_provider(config, i)) != NULL && i < 8; i++)
		use_settings(config, "sudo", provider);
	return 0;
}
