# SPDX-License-Identifier: BSD-2-Clause
# --- fuzz targets: libFuzzer with --enable-fuzzing, else corpus replay ------
FUZZ_TARGETS = \
	tests/fuzz/fuzz_b64url \
	tests/fuzz/fuzz_channel \
	tests/fuzz/fuzz_claims \
	tests/fuzz/fuzz_code \
	tests/fuzz/fuzz_config \
	tests/fuzz/fuzz_export \
	tests/fuzz/fuzz_flow \
	tests/fuzz/fuzz_json \
	tests/fuzz/fuzz_jwe \
	tests/fuzz/fuzz_jwks \
	tests/fuzz/fuzz_jws \
	tests/fuzz/fuzz_liveness \
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
tests_fuzz_fuzz_code_SOURCES = tests/fuzz/fuzz_code.c $(FUZZ_MAIN)
tests_fuzz_fuzz_code_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c $(FUZZ_MAIN)
tests_fuzz_fuzz_config_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_export_SOURCES = tests/fuzz/fuzz_export.c $(FUZZ_MAIN)
tests_fuzz_fuzz_export_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
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
tests_fuzz_fuzz_liveness_SOURCES = tests/fuzz/fuzz_liveness.c $(FUZZ_MAIN)
tests_fuzz_fuzz_liveness_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
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
# with fake_pam.c instead of libpam, and no base/spawn.c and module/sshd.c
tests_fuzz_fuzz_pam_LDADD = libpo_module.la libpo_base.la

# make fuzz FUZZ_SECONDS=3600 FUZZ_JOBS=8 for long ones
FUZZ_SECONDS = 20
FUZZ_JOBS = 1
.PHONY: fuzz
fuzz: $(FUZZ_TARGETS)
	@printf '%s\n' $(FUZZ_TARGETS) | xargs -P $(FUZZ_JOBS) -I TARGET \
	    $(srcdir)/tests/fuzz/run_target TARGET $(FUZZ_SECONDS)
EXTRA_DIST += tests/fuzz/corpus tests/fuzz/dict tests/fuzz/fuzz.h \
	tests/fuzz/replay tests/fuzz/run_target

# --- our JWS verifier beside npm's jose -------------------------------------
check_PROGRAMS += tests/fuzz/jws_judge
TESTS += tests/fuzz/differential
EXTRA_DIST += tests/fuzz/differential tests/fuzz/differential.mjs
