/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The record of a sign-in, as a helper that was taken over might send it: what
 * is taken for one is printed as it was, line by line, and a second reader
 * finds the same in it.
 */

#include <string.h>

#include "base/liveness.h"
#include "base/mem.h"
#include "base/message.h"
#include "fuzz.h"

/* One line, and nothing that a log or a form would trip over. */
static void
check_value(const char *text, size_t min, size_t max)
{
	size_t len = strlen(text);

	require(len >= min && len <= max);
	for (size_t i = 0; i < len; i++)
		require(text[i] >= ' ' && text[i] <= '~');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(po_str_free) char *text = po_mem_dup(data, size);
	AUTO(po_liveness_clear) struct po_liveness record = { 0 };
	AUTO(po_buf_clear)
	struct po_buf printed = PO_BUF_INIT(PO_MESSAGE_RECORD_MAX);
	struct po_err err = { 0 };

	require(text != NULL);
	if (po_liveness_parse(text, &record, &err) != PO_OK) {
		require(err.status == PO_E_STORE && record.token == NULL);
		return 0;
	}
	check_value(record.provider, 1, 256);
	check_value(record.issuer, 1, 2048);
	check_value(record.client_id, 1, 512);
	check_value(record.sub, 1, 255);
	check_value(record.nonce, 0, 256);
	check_value(record.token, 0, PO_MESSAGE_REFRESH_MAX);
	require((record.closed_s != 0) == (record.token[0] == '\0'));
	require(record.good_s >= 0 && record.begun_s >= 0);
	po_liveness_print(&record, &printed);
	/* the longest of all fits */
	require(po_buf_check(&printed, NULL) == PO_OK);
	po_liveness_clear(&record);
	require(
	    po_liveness_parse(po_buf_str(&printed), &record, NULL) == PO_OK);
	return 0;
}
