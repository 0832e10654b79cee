/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The effective values of one service: the option table, and where each value
 * came from.  No option holds a secret; files that do are only named.  See
 * check.h.
 */

#include "cli/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "jose/json.h"

/* A path has the most (PATH_MAX), `require` less (PO_CONFIG_LINE_MAX). */
#define VALUE_MAX 4096

/* False: there is no value. */
static bool
append_value(const struct po_option *option, const struct po_settings *settings,
    struct po_buf *out)
{
	const void *at = (const char *)settings + option->offset;
	const char *text;

	switch (option->type) {
	case PO_OPTION_BOOL:
		po_buf_append_str(out, *(const bool *)at ? "yes" : "no");
		return true;
	case PO_OPTION_INT:
	case PO_OPTION_SECONDS:
		if (*(const int64_t *)at < option->min)
			return false; /* max_age, that nobody has set */
		po_buf_appendf(out, "%" PRId64 "%s", *(const int64_t *)at,
		    option->type == PO_OPTION_SECONDS ? "s" : "");
		return true;
	case PO_OPTION_ENUM:
		po_buf_append_str(out, option->words[*(const int *)at]);
		return true;
	case PO_OPTION_LIST:
		return false;
	case PO_OPTION_STRING:
	case PO_OPTION_URL:
	case PO_OPTION_PATH:
		break;
	}
	if ((text = *(const char *const *)at) == NULL)
		return false;
	po_buf_append_str(out, text);
	return true;
}

static void
print(struct po_check *check, const char *name, const char *value,
    struct po_place place)
{
	AUTO(po_buf_clear) struct po_buf line = PO_BUF_INIT(4 * VALUE_MAX + 16);
	char where[32] = "default";

	if (place.line > 0)
		(void)snprintf(where, sizeof(where), "line %u", place.line);
	po_text_printable(&line, value, strlen(value), VALUE_MAX);
	if (!check->json) {
		(void)printf(
		    "    %s = %s  (%s)\n", name, po_buf_str(&line), where);
		return;
	}
	po_buf_appendf(&check->settings, "%s\n{\"option\":\"%s\",\"value\":",
	    check->settings.len > 0 ? "," : "", name);
	po_json_print_string(po_buf_str(&line), line.len, &check->settings);
	po_buf_appendf(&check->settings, ",\"line\":%u}", place.line);
}

static void
print_all(struct po_check *check, const struct po_settings *settings)
{
	size_t count;
	const struct po_option *options = po_config_options(&count);

	for (size_t i = 0; i < count; i++) {
		AUTO(po_buf_clear)
		struct po_buf value = PO_BUF_INIT(VALUE_MAX + 1);
		const struct po_setting_list *list =
		    (const void *)((const char *)settings + options[i].offset);

		if (options[i].type == PO_OPTION_LIST)
			for (size_t n = 0; n < list->count; n++)
				print(check, options[i].name, list->text[n],
				    list->place[n]);
		else if (append_value(&options[i], settings, &value))
			print(check, options[i].name, po_buf_str(&value),
			    settings->places[i]);
	}
}

void
po_check_settings(struct po_check *check)
{
	AUTO(po_settings_clear) struct po_settings settings = { 0 };
	struct po_err err = { 0 };

	if (po_config_settings(check->config, check->service, check->provider,
		&settings, &err) != PO_OK)
		return; /* po_check_config has said why */
	po_check_add(check, PO_CHECK_NOTE, check->config_file, NULL,
	    "service %s, provider %s%s", check->service, settings.provider,
	    po_config_has_service(check->config, check->service)
		? ""
		: ", no section of its own");
	print_all(check, &settings);
}
