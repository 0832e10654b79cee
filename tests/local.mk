# SPDX-License-Identifier: BSD-2-Clause
# Tests.  A unit test is one program named after its unit; everything that
# needs root or another program is a script that exits 77 to skip.

TEST_LIBS = libpo_helper.la libpo_io.la libpo_policy.la libpo_oauth.la \
	libpo_jose.la libpo_base.la

AM_TESTS_ENVIRONMENT = \
	srcdir='$(srcdir)'; export srcdir; \
	builddir='$(abs_builddir)'; export builddir; \
	PAMDIR='$(pamdir)'; export PAMDIR; \
	HELPER='$(helperdir)/pam_oauth_helper'; export HELPER; \
	HELPER_USER='$(helper_user)'; export HELPER_USER; \
	SYSCONFDIR='$(sysconfdir)'; export SYSCONFDIR; \
	PAM_OAUTH='$(abs_builddir)/pam-oauth'; export PAM_OAUTH; \
	SANITIZED='$(SANITIZED)'; export SANITIZED; \
	IDP_DIR="$${IDP_DIR:-$(abs_srcdir)/tests/idp}"; export IDP_DIR; \
	PYTHONDONTWRITEBYTECODE=1; export PYTHONDONTWRITEBYTECODE;
if SANITIZERS
SANITIZED = yes
endif

# --- unit and attack tests (cmocka) ---------------------------------------
UNIT_TESTS = \
	tests/unit/test_access \
	tests/unit/test_alg \
	tests/unit/test_b64url \
	tests/unit/test_claims \
	tests/unit/test_client_auth \
	tests/unit/test_config \
	tests/unit/test_device \
	tests/unit/test_ere \
	tests/unit/test_file \
	tests/unit/test_flow \
	tests/unit/test_json \
	tests/unit/test_jwk \
	tests/unit/test_jws \
	tests/unit/test_jwt \
	tests/unit/test_mapping \
	tests/unit/test_metadata \
	tests/unit/test_token \
	tests/unit/test_userinfo

if HAVE_CMOCKA
check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)
endif

AM_DEFAULT_SOURCE_EXT = .c
LDADD = $(TEST_LIBS) $(CMOCKA_LIBS) $(CRYPTO_LIBS)

# --- fuzz targets: libFuzzer with --enable-fuzzing, else corpus replay ------
FUZZ_TARGETS =
FUZZ_SECONDS = 20
.PHONY: fuzz
fuzz: $(check_PROGRAMS)
	@for target in $(FUZZ_TARGETS); do \
	    name=$${target##*/fuzz_}; dir=$$(mktemp -d); \
	    echo "fuzzing $$name for $(FUZZ_SECONDS) s"; \
	    $$target -max_total_time=$(FUZZ_SECONDS) -max_len=65536 \
		-timeout=10 -rss_limit_mb=2048 -print_final_stats=0 -verbosity=0 \
		$$dir $(srcdir)/tests/fuzz/corpus/$$name || exit 1; \
	    rm -r $$dir; \
	done

# --- programs on the real libpam -------------------------------------------
EXTRA_PROGRAMS = tests/pam/demo_login
tests_pam_demo_login_LDADD = -lpam -lpam_misc
