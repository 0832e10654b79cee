/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_IO_CONFIG_MODEL_H
#define PO_IO_CONFIG_MODEL_H

#include "io/config.h"

/*
 * What stands in a configuration file, without its syntax: config.c fills it
 * line by line, config_settings.c reads it.  Messages of the two add functions
 * are without FILE:LINE, which their caller knows.
 */
struct po_config_section {
	const char *kind; /* "provider", "account", ...: static */
	char *name;       /* of [provider NAME] and [service NAME], or NULL */
	char *host;       /* of a provider's issuer: the default label */
	unsigned line;
};

struct po_config_entry {
	size_t section; /* index */
	const struct po_option *option;
	char *text;
	unsigned line;
};

struct po_config {
	char *file;
	struct po_config_section *sections;
	size_t section_count;
	struct po_config_entry *entries;
	size_t entry_count;
};

#define PO_CONFIG_NONE SIZE_MAX /* no section */

PO_MUST_USE
enum po_status po_config_new(
    const char *file, struct po_config **out, struct po_err *err);

/* Adds the section of "[text]", once; *index is for its options. */
PO_MUST_USE
enum po_status po_config_add_section(struct po_config *config, const char *text,
    unsigned line, size_t *index, struct po_err *err);

/* Adds "name = value" to a section; the name may be unknown. */
PO_MUST_USE
enum po_status po_config_add_option(struct po_config *config, size_t section,
    const char *name, const char *value, unsigned line, struct po_err *err);

/* What can be said only of the whole: references, contradictions. */
PO_MUST_USE
enum po_status po_config_check(struct po_config *config, struct po_err *err);

/* Whether sections of this kind have a name. */
PO_MUST_USE
bool po_config_named(const char *kind);

/* The section's index, or NONE; `name` is NULL where the kind has none. */
size_t po_config_section(
    const struct po_config *config, const char *kind, const char *name);

/* The first entry of `option` in `section` (may be NONE), or NULL. */
const struct po_config_entry *po_config_entry(const struct po_config *config,
    size_t section, const struct po_option *option);

#endif
