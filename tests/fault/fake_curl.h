/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_TESTS_FAULT_CURL_H
#define PO_TESTS_FAULT_CURL_H

/*
 * The real libcurl up to curl_easy_perform, which asks the program instead of
 * the network.
 */
struct fault_answer {
	long status;
	const char *type;
	const char *body;
	const char *link; /* header; NULL: none */
};

/* Defined by the program.  `post` is NULL for a GET. */
struct fault_answer fault_answer(const char *url, const char *post);

#endif
