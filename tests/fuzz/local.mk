# SPDX-License-Identifier: BSD-2-Clause
# --- fuzz targets: libFuzzer with --enable-fuzzing, else corpus replay ------
FUZZ_TARGETS = \
	tests/fuzz/fuzz_b64url \
	tests/fuzz/fuzz_channel \
	tests/fuzz/fuzz_claims \
	tests/fuzz/fuzz_config \
	tests/fuzz/fuzz_flow \
	tests/fuzz/fuzz_json \
	tests/fuzz/fuzz_jwe \
	tests/fuzz/fuzz_jwks \
	tests/fuzz/fuzz_jws \
	tests/fuzz/fuzz_message \
	tests/fuzz/fuzz_oauth \
	tests/fuzz/fuzz_pam \
	tests/fuzz/fuzz_text
check_PROGRAMS += $(FUZZ_TARGETS)
if FUZZING
FUZZ_MAIN =
FUZZ_LINK = -fsanitize=fuzzer
else
FUZZ_MAIN = tests/fuzz/standalone.c
TESTS += tests/fuzz/replay
endif
FUZZ_SCRIPT = tests/fuzz/script.c tests/fuzz/script.h
tests_fuzz_fuzz_b64url_SOURCES = tests/fuzz/fuzz_b64url.c $(FUZZ_MAIN)
tests_fuzz_fuzz_b64url_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_channel_SOURCES = tests/fuzz/fuzz_channel.c $(FUZZ_MAIN) \
	$(FUZZ_SCRIPT)
tests_fuzz_fuzz_channel_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_claims_SOURCES = tests/fuzz/fuzz_claims.c $(FUZZ_MAIN)
tests_fuzz_fuzz_claims_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c $(FUZZ_MAIN)
tests_fuzz_fuzz_config_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_flow_SOURCES = tests/fuzz/fuzz_flow.c $(FUZZ_MAIN) \
	tests/fuzz/flow_random.c tests/fuzz/flow_random.h
tests_fuzz_fuzz_flow_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz_json.c $(FUZZ_MAIN)
tests_fuzz_fuzz_json_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_jwe_SOURCES = tests/fuzz/fuzz_jwe.c $(FUZZ_MAIN)
tests_fuzz_fuzz_jwe_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_jwks_SOURCES = tests/fuzz/fuzz_jwks.c $(FUZZ_MAIN)
tests_fuzz_fuzz_jwks_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_jws_SOURCES = tests/fuzz/fuzz_jws.c $(FUZZ_MAIN)
tests_fuzz_fuzz_jws_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_message_SOURCES = tests/fuzz/fuzz_message.c $(FUZZ_MAIN)
tests_fuzz_fuzz_message_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_oauth_SOURCES = tests/fuzz/fuzz_oauth.c $(FUZZ_MAIN)
tests_fuzz_fuzz_oauth_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_pam_SOURCES = tests/fuzz/fuzz_pam.c $(FUZZ_MAIN) \
	$(FUZZ_SCRIPT) \
	tests/fuzz/fake_pam.c tests/fuzz/fake_pam.h \
	tests/fuzz/pam_model.c tests/fuzz/pam_model.h
tests_fuzz_fuzz_pam_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_text_SOURCES = tests/fuzz/fuzz_text.c $(FUZZ_MAIN)
tests_fuzz_fuzz_text_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_json_CFLAGS = $(AM_CFLAGS) $(JSON_CFLAGS)
tests_fuzz_fuzz_json_LDADD = $(LDADD) $(JSON_LIBS)
# with fake_pam.c instead of libpam, and no module/spawn.c and module/sshd.c
tests_fuzz_fuzz_pam_LDADD = libpo_module.la libpo_base.la

FUZZ_SECONDS = 20
.PHONY: fuzz
fuzz: $(FUZZ_TARGETS)
	@set -e; for target in $(FUZZ_TARGETS); do \
	    name=$${target##*/fuzz_}; dir=$$(mktemp -d); \
	    dict=$(srcdir)/tests/fuzz/dict/$$name.dict; \
	    if [ -f "$$dict" ]; then dict=-dict=$$dict; else dict=; fi; \
	    echo "fuzzing $$name for $(FUZZ_SECONDS) s"; \
	    $$target -max_total_time=$(FUZZ_SECONDS) -max_len=65536 \
		-timeout=10 -rss_limit_mb=2048 -verbosity=0 $$dict \
		-artifact_prefix=$$dir/ $$dir \
		$(srcdir)/tests/fuzz/corpus/$$name >$$dir.log 2>&1 || { \
		    tail -n 60 $$dir.log; echo "inputs are in $$dir"; exit 1; }; \
	    rm -r $$dir $$dir.log; \
	done
EXTRA_DIST += tests/fuzz/corpus tests/fuzz/dict tests/fuzz/fuzz.h \
	tests/fuzz/replay

# --- our JWS verifier beside npm's jose -------------------------------------
check_PROGRAMS += tests/fuzz/jws_judge
TESTS += tests/fuzz/differential
EXTRA_DIST += tests/fuzz/differential tests/fuzz/differential.mjs
