/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_CLI_REGISTER_H
#define PO_CLI_REGISTER_H

#include "base/store.h"
#include "cli/cli.h"
#include "oauth/register.h"

/* What the files of `pam-oauth register` share. */

/* Those of the command line; in `value` NULL where one was not given. */
enum po_cli_register_option {
	OPT_ISSUER,
	OPT_NAME,
	OPT_TOKEN_FILE,
	OPT_CA_FILE,
	OPT_SECRET_FILE,
	OPT_CLIENT_AUTH,
	OPT_SCOPES,
	OPT_READ,
	OPT_DELETE,
	OPT_REGISTRATION_FILE,
	OPT_JSON,
	OPT_HELP,
	OPT_COUNT
};

/* Registers, keeps, and prints the section (register_enrol.c). */
enum po_cli_exit po_cli_register_enrol(const char *const *value);

/* Text of the configuration, sections and registrations are of some KiB. */
#define PO_CLI_REGISTER_OUTPUT_MAX (64 * 1024)

/* Prints all but the secrets; `section` NULL: not asked for. */
enum po_cli_exit po_cli_register_show(
    const struct po_registration *registration, const char *registration_file,
    const char *section, bool json);

/* What an administrator has to know, now or before long; `scopes` NULL: not
 * asked for now. */
void po_cli_register_warn(
    const struct po_registration *registration, const char *scopes);

/*
 * The two files of a client, each of mode 0600: its secret, all bytes of it,
 * for the helper; and the record of its registration (po_registration_print,
 * without the secret), for `pam-oauth register` alone.  They are written whole
 * (po_store_create), into directories that po_file_read trusts.
 */
struct po_cli_place {
	struct po_store store; /* the file's directory */
	char *path;
	char *dir;
	const char *name; /* in `path` */
};

#define PO_CLI_PLACE_INIT                                                      \
	{                                                                      \
		.store = PO_STORE_INIT                                         \
	}

#define PO_CLI_PLACE_TAKEN                                                     \
	"exists: another client's? See --read and --delete, or choose "        \
	"another --name"

/* `place` may be cleared in every case. */
PO_MUST_USE
enum po_status po_cli_place_open(
    const char *path, struct po_cli_place *place, struct po_err *err);
void po_cli_place_clear(struct po_cli_place *place);

/* PO_E_STORE if it is there. */
PO_MUST_USE
enum po_status po_cli_place_create(const struct po_cli_place *place,
    const struct po_buf *data, struct po_err *err);

/* One that is not there is removed. */
PO_MUST_USE
enum po_status po_cli_place_remove(const char *path, struct po_err *err);

PO_MUST_USE
enum po_status po_cli_record_print(const struct po_registration *registration,
    struct po_buf *out, struct po_err *err);
PO_MUST_USE
enum po_status po_cli_record_load(
    const char *path, struct po_registration *out, struct po_err *err);

/*
 * Brings both files up to date with `now`: a token or a secret that the
 * provider has replaced is no good any more (RFC 7592 2.1).  `before` is the
 * record as it is at `place`.  *renewed: there is a new secret.
 */
PO_MUST_USE
enum po_status po_cli_record_renew(const struct po_cli_place *place,
    const struct po_buf *before, const struct po_registration *now,
    bool *renewed, struct po_err *err);

#endif
