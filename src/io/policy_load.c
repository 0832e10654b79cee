/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From settings to a compiled policy.  Must hand over every setting that
 * decides: one that is left out here is a check that nobody makes.  See
 * policy_load.h.
 */

#include "io/policy_load.h"

#include "io/file.h"
#include "policy/map.h"

static enum po_status
compile(const struct po_settings *s, const struct po_buf *map,
    struct po_policy **out, struct po_err *err)
{
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

	return po_policy_new(&options, out, err);
}

enum po_status
po_policy_load(const struct po_settings *settings, struct po_policy **out,
    struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf map = PO_BUF_INIT(PO_MAP_MAX);
	enum po_status st;

	*out = NULL;
	if (settings->map_file != NULL &&
	    (st = po_file_read(settings->map_file, false, &map, err)) != PO_OK)
		return st;
	return compile(settings, &map, out, err);
}
