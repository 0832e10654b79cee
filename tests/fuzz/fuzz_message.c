/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a message from the other side of the socket.  What is accepted
 * must be the one spelling of what it decodes to.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(po_buf_clear) struct po_buf bytes = PO_BUF_INIT(size);
	AUTO(po_buf_clear) struct po_buf again = PO_BUF_INIT(size);
	AUTO(po_message_clear) struct po_message message = { 0 };
	struct po_err err = { 0 };
	enum po_status st;

	po_buf_append(&bytes, data, size);
	st = po_message_decode(&bytes, &message, &err);
	/* taken over in every case, and no reason but this one */
	if (bytes.len != 0 || err.status != st ||
	    (st != PO_OK && st != PO_E_HELPER))
		abort();
	if (st != PO_OK)
		return 0;
	if (po_message_encode(&message, &again, NULL) != PO_OK ||
	    again.len != size || memcmp(again.data, data, size) != 0)
		abort();
	return 0;
}
