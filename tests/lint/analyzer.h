/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_TESTS_LINT_ANALYZER_H
#define PO_TESTS_LINT_ANALYZER_H

/*
 * For tests/lint/analyze alone: tells gcc -fanalyzer what it cannot see, that
 * these functions return the status they are given, which is not PO_OK.
 */

#include "base/err.h"

#define po_err_set(err, status, ...)                                           \
	((void)po_err_set(err, status, __VA_ARGS__), (status))
#define po_err_sys(...) ((void)po_err_sys(__VA_ARGS__), PO_E_SYSTEM)

#endif
