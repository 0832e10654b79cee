# SPDX-License-Identifier: BSD-2-Clause
# Figures, not tests: `make bench` measures, and nothing fails by being slow.
# What needs a rival's headers (rival.c), `run` compiles where there are any.

EXTRA_PROGRAMS += tests/bench/dlopen tests/bench/floor tests/bench/verify
tests_bench_dlopen_LDADD = -lpam $(CRYPTO_LIBS)
tests_bench_floor_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
tests_bench_floor_LDADD = -lssl $(CRYPTO_LIBS)
tests_bench_verify_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
tests_bench_verify_LDADD = libpo_jose.la libpo_base.la $(CRYPTO_LIBS)
EXTRA_DIST += tests/bench/run tests/bench/contestants.py \
	tests/bench/load.py tests/bench/logins.py tests/bench/rival.c
CLEANFILES += tests/bench/dlopen tests/bench/floor tests/bench/verify \
	tests/bench/*.so

.PHONY: bench
bench: all tests/bench/dlopen tests/bench/floor tests/bench/verify \
		tests/pam/client
	@CC='$(CC)' $(AM_TESTS_ENVIRONMENT) '$(srcdir)/tests/bench/run'
