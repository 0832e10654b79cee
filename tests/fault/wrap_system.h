/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_TESTS_FAULT_SYSTEM_H
#define PO_TESTS_FAULT_SYSTEM_H

/* Before each login: what the last one pretended to give up is back. */
void fault_be_root(void);

#endif
