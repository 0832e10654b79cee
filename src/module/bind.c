/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bind = first_use.  Here and not in the helper, which has dropped root by
 * then and must not be able to write whose an account is.  See bind.h.
 */

#include "module/bind.h"

#include "base/binding.h"
#include "base/clock.h"

enum po_status
po_bind_account(
    const struct po_message *grant, const char *account, struct po_err *err)
{
	AUTO(po_store_close) struct po_store store = PO_STORE_INIT;
	enum po_status st;

	if (grant->type != PO_MSG_GRANT)
		return po_err_set(
		    err, PO_E_HELPER, "success without a word about whose");
	if (!grant->grant.bind)
		return PO_OK;
	if ((st = po_bindings_open(&store, err)) != PO_OK ||
	    (st = po_binding_claim(&store, account, grant->grant.issuer,
		 grant->grant.sub, po_clock_epoch_s(), err)) != PO_OK)
		po_err_prefix(err, "bind = first_use");
	return st;
}
