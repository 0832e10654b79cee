/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What our JWS verifier makes of each line of standard input, with the key
 * set in the file given: "ok PAYLOAD" in base64url, or "no REASON".  For
 * differential.mjs.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jose/b64url.h"
#include "jose/jws.h"

#define JWKS_MAX (1024 * 1024)

static void
print_verdict(const char *token, size_t len, const struct po_jwks *jwks)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(2 * PO_JWS_MAX);
	AUTO(po_jws_free) struct po_jws *jws = NULL;
	const struct po_buf *payload;
	enum po_status st;

	st = po_jws_parse(token, len, PO_ALG_ASYMMETRIC, &jws, NULL);
	if (st == PO_OK)
		st = po_jws_verify(jws, jwks, NULL, NULL);
	if (st != PO_OK) {
		(void)printf("no %s\n", po_status_name(st));
		return;
	}
	payload = po_jws_payload(jws);
	po_b64url_encode(payload->data, payload->len, &text);
	if (po_buf_check(&text, NULL) != PO_OK)
		exit(1);
	(void)printf("ok %s\n", po_buf_str(&text));
}

static struct po_jwks *
read_jwks(const char *path)
{
	static char data[JWKS_MAX];
	FILE *file = fopen(path, "re");
	struct po_jwks *jwks = NULL;
	struct po_err err = { 0 };
	size_t len;

	if (file == NULL) {
		perror(path);
		exit(1);
	}
	len = fread(data, 1, sizeof(data), file);
	(void)fclose(file);
	if (po_jwks_parse(data, len, &jwks, &err) != PO_OK) {
		(void)fprintf(stderr, "%s: %s\n", path, err.text);
		exit(1);
	}
	return jwks;
}

int
main(int argc, char **argv)
{
	AUTO(po_jwks_free) struct po_jwks *jwks = NULL;
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	if (argc != 2) {
		(void)fprintf(stderr, "usage: jws_judge JWKS <TOKENS\n");
		return 2;
	}
	jwks = read_jwks(argv[1]);
	while ((len = getline(&line, &size, stdin)) > 0) {
		if (line[len - 1] == '\n')
			len--;
		print_verdict(line, (size_t)len, jwks);
	}
	free(line);
	return fflush(stdout) == 0 ? 0 : 1;
}
