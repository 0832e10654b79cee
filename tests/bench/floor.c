/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * floor IP PORT CA_FILE PATH BODY: the least that a login could do before its
 * prompt, with OpenSSL alone: one TLS 1.3 connection, one POST.  Prints the
 * microseconds that took, and holds the connection until its stdin ends, so
 * that its memory can be looked at.  No client for other uses.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#define ANSWER_MAX 8192

static void
must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "floor: %s failed\n", what);
	ERR_print_errors_fp(stderr);
	exit(1);
}

static double
now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static BIO *
connect_to(SSL_CTX *ctx, char *ip, char *port)
{
	BIO *bio = BIO_new_ssl_connect(ctx);
	SSL *ssl = NULL;

	must(bio != NULL && BIO_get_ssl(bio, &ssl) == 1, "SSL");
	(void)SSL_set_mode(ssl, SSL_MODE_AUTO_RETRY);
	(void)BIO_set_conn_hostname(bio, ip);
	(void)BIO_set_conn_port(bio, port);
	must(X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), ip) == 1, "ip");
	must(BIO_do_handshake(bio) == 1, "handshake");
	return bio;
}

/* The whole answer: its end is where Content-Length says. */
static void
read_answer(BIO *bio)
{
	char text[ANSWER_MAX + 1];
	const char *body = NULL, *length;
	size_t len = 0, whole = ANSWER_MAX;

	while (len < whole) {
		int got = BIO_read(bio, &text[len], (int)(ANSWER_MAX - len));

		must(got > 0, "read");
		len += (size_t)got;
		text[len] = '\0';
		if (body != NULL || (body = strstr(text, "\r\n\r\n")) == NULL)
			continue;
		length = strstr(text, "ontent-Length: ");
		must(strncmp(text, "HTTP/1.1 200", 12) == 0 && length != NULL,
		    text);
		whole = (size_t)(body + 4 - text) +
			strtoul(length + strlen("ontent-Length: "), NULL, 10);
	}
}

int
main(int argc, char **argv)
{
	double start_us = now_us();
	SSL_CTX *ctx;
	char end;
	BIO *bio;

	if (argc != 6) {
		fprintf(stderr, "usage: floor IP PORT CA_FILE PATH BODY\n");
		return 2;
	}
	ctx = SSL_CTX_new(TLS_client_method());
	must(ctx != NULL &&
		 SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1 &&
		 SSL_CTX_load_verify_file(ctx, argv[3]) == 1,
	    argv[3]);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	bio = connect_to(ctx, argv[1], argv[2]);
	must(BIO_printf(bio,
		 "POST %s HTTP/1.1\r\nHost: %s:%s\r\nUser-Agent: floor\r\n"
		 "Content-Type: application/x-www-form-urlencoded\r\n"
		 "Content-Length: %zu\r\n\r\n%s",
		 argv[4], argv[1], argv[2], strlen(argv[5]), argv[5]) > 0,
	    "write");
	read_answer(bio);
	printf("%.0f\n", now_us() - start_us);
	(void)fflush(stdout);
	(void)!read(STDIN_FILENO, &end, 1);
	BIO_free_all(bio);
	SSL_CTX_free(ctx);
	return 0;
}
