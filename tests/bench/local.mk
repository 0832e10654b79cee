# SPDX-License-Identifier: BSD-2-Clause
# Figures, not tests: `make bench` measures, and nothing fails by being slow.

EXTRA_PROGRAMS += tests/bench/dlopen tests/bench/verify
tests_bench_dlopen_LDADD = -lpam $(CRYPTO_LIBS)
tests_bench_verify_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
tests_bench_verify_LDADD = libpo_jose.la libpo_base.la $(CRYPTO_LIBS)
EXTRA_DIST += tests/bench/run tests/bench/logins.py tests/bench/load.py
CLEANFILES += tests/bench/dlopen tests/bench/verify

.PHONY: bench
bench: all tests/bench/dlopen tests/bench/verify tests/pam/client
	@$(AM_TESTS_ENVIRONMENT) '$(srcdir)/tests/bench/run'
