/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_IO_CONFIG_OPTIONS_H
#define PO_IO_CONFIG_OPTIONS_H

#include "io/config.h"

/* The option table's rows at work.  For config_model.c and
 * config_settings.c.
 */

/* The row of this name, or NULL. */
const struct po_option *po_option_find(const char *name);

#define PO_OPTIONS_MAX 128

/* The known option most like `name`, or NULL if none is. */
const char *po_option_nearest(const char *name);

/* The one of `words` most like `word`, or NULL if none is. */
const char *po_option_nearest_of(
    const char *word, const char *const *words, size_t count);

/*
 * Reads `text` by the option's type and bounds and stores it in *settings (a
 * string is borrowed; a LIST is checked only).  PO_E_CONFIG: "option "x": what
 * is wrong".
 */
PO_MUST_USE
enum po_status po_option_store(const struct po_option *option, const char *text,
    struct po_settings *settings, struct po_err *err);

#endif
