/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sections and options of a configuration.  Must never let a line go without
 * effect: what is unknown, twice or out of place is an error.  See config.h
 * and config_model.h.
 */

#include "io/config_model.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/config_options.h"

#define NAME_LONGEST 32 /* of a provider or service: they go into logs */

static const char *const kinds[] = { "provider", "account", "access", "prompt",
	"limits", "session", "service" };

enum po_status
po_config_new(const char *file, struct po_config **out, struct po_err *err)
{
	AUTO(po_config_free) struct po_config *config = NULL;

	*out = NULL;
	if ((config = calloc(1, sizeof(*config))) == NULL ||
	    (config->file = po_str_dup(file)) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	*out = TAKE(config);
	return PO_OK;
}

void
po_config_free(struct po_config **config)
{
	if (*config == NULL)
		return;
	for (size_t i = 0; i < (*config)->section_count; i++) {
		po_str_free(&(*config)->sections[i].name);
		po_str_free(&(*config)->sections[i].host);
	}
	for (size_t i = 0; i < (*config)->entry_count; i++)
		po_str_free(&(*config)->entries[i].text);
	free((*config)->sections);
	free((*config)->entries);
	po_str_free(&(*config)->file);
	free(*config);
	*config = NULL;
}

/* An array with room for one more; NULL, and nothing freed, without memory. */
static void *
grow(void *array, size_t count, size_t size)
{
	/* room doubles whenever the count has reached a power of two */
	if (count > 0 && (count & (count - 1)) != 0)
		return array;
	return reallocarray(array, count == 0 ? 1 : 2 * count, size);
}

/* --- sections ------------------------------------------------------------- */

size_t
po_config_section(
    const struct po_config *config, const char *kind, const char *name)
{
	for (size_t i = 0; i < config->section_count; i++) {
		const struct po_config_section *section = &config->sections[i];

		if (strcmp(section->kind, kind) == 0 &&
		    (name == NULL || strcmp(section->name, name) == 0))
			return i;
	}
	return PO_CONFIG_NONE;
}

bool
po_config_named(const char *kind)
{
	return strcmp(kind, "provider") == 0 || strcmp(kind, "service") == 0;
}

/*
 * Services are files of pam.d, and libpam makes their names lower case before
 * anybody sees them: [service SSHD] would never be used.
 */
static enum po_status
check_name(const char *kind, const char *name, struct po_err *err)
{
	static const char lower[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
	bool service = strcmp(kind, "service") == 0;
	size_t len = strlen(name);
	bool ok = len > 0 && len <= NAME_LONGEST;

	for (const char *p = name; *p != '\0'; p++) {
		bool upper = *p >= 'A' && *p <= 'Z';

		ok = ok && (strchr(lower, *p) != NULL ||
			       (service ? *p == '.' : upper));
	}
	if (ok)
		return PO_OK;
	return po_err_set(err, PO_E_CONFIG,
	    "\"%s\" is no name for a %s: 1 to %d of the characters %s", name,
	    kind, NAME_LONGEST, service ? "a-z 0-9 . _ -" : "A-Z a-z 0-9 _ -");
}

static enum po_status
append_section(struct po_config *config, const char *kind, const char *name,
    unsigned line, struct po_err *err)
{
	struct po_config_section *section =
	    grow(config->sections, config->section_count, sizeof(*section));

	if (section == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	config->sections = section;
	section += config->section_count++;
	*section = (struct po_config_section){ .kind = kind, .line = line };
	if (name != NULL && (section->name = po_str_dup(name)) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	return PO_OK;
}

/* The one of `kinds` that is equal to `word`, the first of `text`. */
static enum po_status
find_kind(
    const char *word, const char *text, const char **out, struct po_err *err)
{
	const char *nearest;

	for (size_t i = 0; i < PO_ARRAY_LEN(kinds); i++) {
		if (strcmp(kinds[i], word) == 0) {
			*out = kinds[i];
			return PO_OK;
		}
	}
	nearest = po_option_nearest_of(word, kinds, PO_ARRAY_LEN(kinds));
	if (nearest == NULL)
		return po_err_set(
		    err, PO_E_CONFIG, "unknown section [%s]", text);
	return po_err_set(err, PO_E_CONFIG,
	    "unknown section [%s]; did you mean [%s%s]?", text, nearest,
	    po_config_named(nearest) ? " NAME" : "");
}

enum po_status
po_config_add_section(struct po_config *config, const char *text, unsigned line,
    size_t *index, struct po_err *err)
{
	AUTO(po_str_free) char *copy = po_str_dup(text);
	const char *kind = NULL, *name = NULL;
	size_t kind_len = strcspn(text, " \t"), same;
	enum po_status st;

	if (copy == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	if (copy[kind_len] != '\0') {
		name = text + kind_len + strspn(text + kind_len, " \t");
		copy[kind_len] = '\0';
	}
	if ((st = find_kind(copy, text, &kind, err)) != PO_OK)
		return st;
	if (po_config_named(kind) && name == NULL)
		return po_err_set(err, PO_E_CONFIG,
		    "section [%s] needs a name: [%s NAME]", kind, kind);
	if (!po_config_named(kind) && name != NULL)
		return po_err_set(
		    err, PO_E_CONFIG, "section [%s] takes no name", kind);
	if (name != NULL && (st = check_name(kind, name, err)) != PO_OK)
		return st;
	if ((same = po_config_section(config, kind, name)) != PO_CONFIG_NONE)
		return po_err_set(err, PO_E_CONFIG,
		    "section [%s] stands in line %u already", text,
		    config->sections[same].line);
	if (config->section_count == PO_CONFIG_ENTRIES_MAX)
		return po_err_set(err, PO_E_CONFIG, "more than %d sections",
		    PO_CONFIG_ENTRIES_MAX);
	*index = config->section_count;
	return append_section(config, kind, name, line, err);
}

/* --- options -------------------------------------------------------------- */

const struct po_config_entry *
po_config_entry(const struct po_config *config, size_t section,
    const struct po_option *option)
{
	for (size_t i = 0; i < config->entry_count; i++) {
		const struct po_config_entry *entry = &config->entries[i];

		if (entry->section == section && entry->option == option)
			return entry;
	}
	return NULL;
}

static enum po_status
append_entry(struct po_config *config, const struct po_config_entry *values,
    const char *text, struct po_err *err)
{
	struct po_config_entry *entry =
	    grow(config->entries, config->entry_count, sizeof(*entry));

	if (entry == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	config->entries = entry;
	entry += config->entry_count++;
	*entry = *values;
	if ((entry->text = po_str_dup(text)) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	return PO_OK;
}

static enum po_status
refuse_unknown(const char *name, struct po_err *err)
{
	const char *nearest = po_option_nearest(name);

	if (nearest == NULL)
		return po_err_set(
		    err, PO_E_CONFIG, "unknown option \"%.64s\"", name);
	return po_err_set(err, PO_E_CONFIG,
	    "unknown option \"%.64s\"; did you mean \"%s\"?", name, nearest);
}

/* Whether the option may stand in a section of this kind ("provider", ...). */
static bool
stands_in(const struct po_option *option, const char *kind)
{
	const char *home = option->section;

	if (strcmp(kind, home) == 0)
		return true;
	if (strcmp(home, "provider") == 0 || strcmp(home, "service") == 0)
		return false;
	/* how long a login may take is no matter of the provider's */
	return strcmp(kind, "service") == 0 ||
	       (strcmp(kind, "provider") == 0 && strcmp(home, "limits") != 0);
}

enum po_status
po_config_add_option(struct po_config *config, size_t section, const char *name,
    const char *value, unsigned line, struct po_err *err)
{
	const struct po_option *option = po_option_find(name);
	const char *kind = config->sections[section].kind;
	struct po_settings scratch;
	const struct po_config_entry values = {
		.section = section,
		.option = option,
		.line = line,
	};
	const struct po_config_entry *same;
	enum po_status st;

	if (option == NULL)
		return refuse_unknown(name, err);
	if (!stands_in(option, kind))
		return po_err_set(err, PO_E_CONFIG,
		    "option \"%s\" may not stand in [%s]; it belongs in [%s%s]",
		    name, kind, option->section,
		    po_config_named(option->section) ? " NAME" : "");
	same = po_config_entry(config, section, option);
	if (same != NULL && option->type != PO_OPTION_LIST)
		return po_err_set(err, PO_E_CONFIG,
		    "option \"%s\" stands in line %u already", name,
		    same->line);
	if (config->entry_count == PO_CONFIG_ENTRIES_MAX)
		return po_err_set(err, PO_E_CONFIG, "more than %d options",
		    PO_CONFIG_ENTRIES_MAX);
	if ((st = po_option_store(option, value, &scratch, err)) != PO_OK)
		return st;
	return append_entry(config, &values, value, err);
}
