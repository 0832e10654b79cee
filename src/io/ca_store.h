/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_IO_CA_STORE_H
#define PO_IO_CA_STORE_H

/*
 * The directory where this distribution keeps CA certificates one a file,
 * under the hash of the subject; NULL: there is only a bundle.
 */
const char *po_ca_store_hashed(void);

#endif
