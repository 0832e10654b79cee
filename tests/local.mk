# SPDX-License-Identifier: BSD-2-Clause
# Tests.  A unit test is one program named after its unit; whatever needs root
# or another program is a script that exits 77 to skip, with its reason.

AM_TESTS_ENVIRONMENT = \
	srcdir='$(srcdir)'; export srcdir; \
	builddir='$(abs_builddir)'; export builddir; \
	CC='$(CC)'; export CC; \
	PAMDIR='$(pamdir)'; export PAMDIR; \
	LIBPAMDIR='$(libpamdir)'; export LIBPAMDIR; \
	HELPER='$(helperdir)/pam_oauth_helper'; export HELPER; \
	HELPER_USER='$(helper_user)'; export HELPER_USER; \
	SYSCONFDIR='$(sysconfdir)'; export SYSCONFDIR; \
	STATEDIR='$(localstatedir)/lib/pam_oauth'; export STATEDIR; \
	RUNDIR='$(runstatedir)/pam_oauth'; export RUNDIR; \
	CACHEDIR='$(localstatedir)/cache/pam_oauth'; export CACHEDIR; \
	PAM_OAUTH='$(abs_builddir)/pam-oauth'; export PAM_OAUTH; \
	SANITIZED='$(SANITIZED)'; export SANITIZED; \
	HARDENING='$(HARDENING)'; export HARDENING; \
	IDP_DIR="$${IDP_DIR:-$(abs_srcdir)/tests/idp}"; export IDP_DIR; \
	PYTHONDONTWRITEBYTECODE=1; export PYTHONDONTWRITEBYTECODE;

TEST_LIBS = libpo_helper.la libpo_io.la libpo_policy.la libpo_oauth.la \
	libpo_jose.la libpo_base.la
MODULE_LIBS = libpo_module.la libpo_base.la -lpam
AM_DEFAULT_SOURCE_EXT = .c
LDADD = libforge.la $(TEST_LIBS) $(CMOCKA_LIBS) $(CRYPTO_LIBS) $(QR_LIBS)

# --- unit tests (cmocka) ----------------------------------------------------
UNIT_TESTS = \
	tests/unit/test_access \
	tests/unit/test_alg \
	tests/unit/test_api \
	tests/unit/test_b64url \
	tests/unit/test_binding \
	tests/unit/test_buf \
	tests/unit/test_cache \
	tests/unit/test_ciba \
	tests/unit/test_claims \
	tests/unit/test_client_auth \
	tests/unit/test_clock \
	tests/unit/test_code \
	tests/unit/test_command \
	tests/unit/test_config \
	tests/unit/test_config_settings \
	tests/unit/test_config_syntax \
	tests/unit/test_config_values \
	tests/unit/test_conversation \
	tests/unit/test_conversation_hostile \
	tests/unit/test_device \
	tests/unit/test_ere \
	tests/unit/test_environ \
	tests/unit/test_err \
	tests/unit/test_export \
	tests/unit/test_file \
	tests/unit/test_flow \
	tests/unit/test_http_data \
	tests/unit/test_ipc \
	tests/unit/test_json \
	tests/unit/test_jwe \
	tests/unit/test_jwe_key \
	tests/unit/test_jwk \
	tests/unit/test_jws \
	tests/unit/test_jwt \
	tests/unit/test_launch \
	tests/unit/test_link \
	tests/unit/test_keep \
	tests/unit/test_liveness \
	tests/unit/test_log \
	tests/unit/test_map \
	tests/unit/test_mapping \
	tests/unit/test_mem \
	tests/unit/test_message \
	tests/unit/test_metadata \
	tests/unit/test_oauth_error \
	tests/unit/test_outcome \
	tests/unit/test_peer \
	tests/unit/test_pending \
	tests/unit/test_phrase \
	tests/unit/test_policy \
	tests/unit/test_provider \
	tests/unit/test_qr \
	tests/unit/test_question \
	tests/unit/test_refresh \
	tests/unit/test_register \
	tests/unit/test_sign \
	tests/unit/test_spawn \
	tests/unit/test_redirect \
	tests/unit/test_scope \
	tests/unit/test_sshd \
	tests/unit/test_store \
	tests/unit/test_text \
	tests/unit/test_token \
	tests/unit/test_user \
	tests/unit/test_userinfo

tests_unit_test_flow_SOURCES = tests/unit/test_flow.c \
	tests/unit/flow_script.c tests/unit/flow_script.h \
	tests/fuzz/flow_random.c tests/fuzz/flow_random.h
tests_unit_test_flow_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests/fuzz
tests_unit_test_command_LDADD = $(MODULE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_conversation_SOURCES = tests/unit/test_conversation.c \
	tests/unit/pam_script.c tests/unit/pam_script.h
tests_unit_test_conversation_LDADD = $(MODULE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_conversation_hostile_SOURCES = \
	tests/unit/test_conversation_hostile.c \
	tests/unit/pam_script.c tests/unit/pam_script.h
tests_unit_test_conversation_hostile_LDADD = $(MODULE_LIBS) $(CMOCKA_LIBS)
# libpam and the helper are its own.
tests_unit_test_keep_LDADD = libpo_module.la libpo_base.la $(CMOCKA_LIBS)
tests_unit_test_keep_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=po_store_directory \
	-Wl,--wrap=po_store_open
# Calls that give something up for good only pretend.
tests_unit_test_launch_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=_exit \
	-Wl,--wrap=chdir -Wl,--wrap=closefrom -Wl,--wrap=dup2 \
	-Wl,--wrap=execve -Wl,--wrap=fork -Wl,--wrap=getpwnam \
	-Wl,--wrap=getresgid -Wl,--wrap=getresuid -Wl,--wrap=initgroups \
	-Wl,--wrap=open -Wl,--wrap=setresgid -Wl,--wrap=setresuid \
	-Wl,--wrap=setsid -Wl,--wrap=setuid -Wl,--wrap=signal \
	-Wl,--wrap=sigprocmask -Wl,--wrap=syscall
tests_unit_test_outcome_LDADD = $(MODULE_LIBS) $(CMOCKA_LIBS)
# Its catalogues are those of the build, installed or not.
tests_unit_test_phrase_SOURCES = tests/unit/test_phrase.c \
	tests/unit/pam_script.c tests/unit/pam_script.h
tests_unit_test_phrase_LDADD = $(MODULE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_phrase_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=bindtextdomain \
	-Wl,--wrap=bind_textdomain_codeset -Wl,--wrap=gethostname
tests_unit_test_question_SOURCES = tests/unit/test_question.c \
	tests/unit/pam_script.c tests/unit/pam_script.h
tests_unit_test_question_LDADD = $(MODULE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_spawn_LDADD = $(MODULE_LIBS) $(CMOCKA_LIBS)
tests_unit_spawn_probe_LDADD = libpo_base.la
tests_unit_test_sshd_LDADD = $(MODULE_LIBS) $(CMOCKA_LIBS)
# Each of its calls to the system can be made to fail, or to be the last.
tests_unit_test_store_SOURCES = tests/unit/test_store.c \
	tests/unit/store_world.c tests/unit/store_world.h
tests_unit_test_store_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=fchmod \
	-Wl,--wrap=fdopendir -Wl,--wrap=fstat -Wl,--wrap=fstatat \
	-Wl,--wrap=fsync -Wl,--wrap=getrandom -Wl,--wrap=linkat \
	-Wl,--wrap=mkdir -Wl,--wrap=open -Wl,--wrap=openat \
	-Wl,--wrap=read -Wl,--wrap=readdir -Wl,--wrap=renameat \
	-Wl,--wrap=unlinkat \
	-Wl,--wrap=write
tests_unit_test_user_SOURCES = tests/unit/test_user.c \
	tests/unit/pam_script.c tests/unit/pam_script.h
tests_unit_test_user_LDADD = $(MODULE_LIBS) $(CMOCKA_LIBS)
EXTRA_DIST += tests/unit/config_text.h tests/unit/descriptors.h \
	tests/unit/json_literal.h tests/unit/jwe_examples.h \
	tests/unit/oauth_answer.h

# --- attack tests: each test is named after its attack ----------------------
ATTACK_TESTS = \
	tests/attack/test_alg \
	tests/attack/test_claims \
	tests/attack/test_encoding \
	tests/attack/test_envelope \
	tests/attack/test_groups \
	tests/attack/test_keys \
	tests/attack/test_kind \
	tests/attack/test_parser \
	tests/attack/test_signature \
	tests/attack/test_userinfo \
	tests/attack/test_username \
	tests/attack/test_weak_keys

# The whole catalogue, made by another implementation: see tests/attack/run.
check_PROGRAMS += tests/attack/judge
tests_attack_judge_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=EVP_DigestVerify \
	-Wl,--wrap=EVP_DecryptFinal_ex -Wl,--wrap=EVP_PKEY_public_check_quick
tests_attack_judge_LDADD = libpo_policy.la libpo_jose.la libpo_base.la
TESTS += tests/attack/run
EXTRA_DIST += tests/attack/catalogue tests/attack/run tests/attack/vectors

# Makes any token, sound or not, without the code under test.
check_LTLIBRARIES = libforge.la
libforge_la_SOURCES = tests/attack/forge.c tests/attack/forge.h \
	tests/unit/jwe_seal.c tests/unit/jwe_seal.h

if HAVE_CMOCKA
check_PROGRAMS += $(UNIT_TESTS) $(ATTACK_TESTS) tests/unit/spawn_probe
TESTS += $(UNIT_TESTS) $(ATTACK_TESTS)
endif

include tests/fuzz/local.mk
include tests/fault/local.mk

# --- the command line -------------------------------------------------------
CLI_TESTS = \
	tests/cli/test_authselect.sh \
	tests/cli/test_check.sh \
	tests/cli/test_check_libpam \
	tests/cli/test_check_pam.sh \
	tests/cli/test_completion \
	tests/cli/test_explain.sh \
	tests/cli/test_mapping_doc \
	tests/cli/test_vectors.sh \
	tests/cli/test_verify.sh
TESTS += $(CLI_TESTS)
EXTRA_DIST += $(CLI_TESTS)

# --- programs on the real libpam --------------------------------------------
check_PROGRAMS += tests/pam/client tests/pam/fake_helper
tests_pam_client_SOURCES = tests/pam/client.c tests/pam/odd_host.c \
	tests/pam/odd_host.h
tests_pam_client_LDFLAGS = $(AM_LDFLAGS) -pthread
tests_pam_client_LDADD = -lpam
tests_pam_fake_helper_LDADD = libpo_base.la
EXTRA_PROGRAMS = tests/pam/demo_login
tests_pam_demo_login_LDADD = -lpam -lpam_misc

# The module with a helper that misbehaves to order.  -rpath makes libtool
# build a shared object although it is never installed.
check_LTLIBRARIES += pam_oauth_fake.la
pam_oauth_fake_la_SOURCES = tests/pam/fake_helper_path.c
pam_oauth_fake_la_CPPFLAGS = $(AM_CPPFLAGS) \
	-DPO_FAKE_HELPER='"$(abs_builddir)/tests/pam/fake_helper"'
pam_oauth_fake_la_LDFLAGS = $(MODULE_LINK) -rpath $(abs_builddir)
pam_oauth_fake_la_LIBADD = libpo_module.la libpo_base.la -lpam

# --- the sandbox, from inside: tests/hosts/test_sandbox.py ------------------
check_PROGRAMS += tests/sandbox/probe
tests_sandbox_probe_SOURCES = tests/sandbox/probe.c \
	tests/sandbox/attempts.c tests/sandbox/attempts.h
tests_sandbox_probe_LDADD = libpo_io.la libpo_base.la

# A kernel that lacks something.
check_PROGRAMS += tests/sandbox/old_kernel
tests_sandbox_old_kernel_CFLAGS = $(AM_CFLAGS) $(SECCOMP_CFLAGS)
tests_sandbox_old_kernel_LDADD = $(SECCOMP_LIBS)

# The module with a helper that is taken over after it was confined, and a
# module for the name service, loaded by then.
check_PROGRAMS += tests/sandbox/violating_helper
tests_sandbox_violating_helper_SOURCES = src/helper/main.c \
	tests/sandbox/violate.c
tests_sandbox_violating_helper_CPPFLAGS = $(AM_CPPFLAGS)
tests_sandbox_violating_helper_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=po_session_run
tests_sandbox_violating_helper_LDADD = $(pam_oauth_helper_LDADD)
check_LTLIBRARIES += pam_oauth_violating.la libnss_probe.la
pam_oauth_violating_la_SOURCES = tests/pam/fake_helper_path.c
pam_oauth_violating_la_CPPFLAGS = $(AM_CPPFLAGS) \
	-DPO_FAKE_HELPER='"$(abs_builddir)/tests/sandbox/violating_helper"'
pam_oauth_violating_la_LDFLAGS = $(MODULE_LINK) -rpath $(abs_builddir)
pam_oauth_violating_la_LIBADD = libpo_module.la libpo_base.la -lpam
libnss_probe_la_SOURCES = tests/sandbox/nss_probe.c
libnss_probe_la_CFLAGS = $(AM_CFLAGS) -fvisibility=default
libnss_probe_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared \
	-rpath $(abs_builddir)

# --- the provider, and real sshd, sudo, su, login ---------------------------
TESTS += tests/idp/run tests/hosts/run
EXTRA_DIST += \
	tests/hosts/applications.py \
	tests/hosts/cache_files.py \
	tests/hosts/conftest.py \
	tests/hosts/dns_world.py \
	tests/hosts/enter \
	tests/hosts/greetd_greeter.py \
	tests/hosts/hostile_logins.py \
	tests/hosts/https_stub.py \
	tests/hosts/kiosk_browser \
	tests/hosts/lightdm_greeter.py \
	tests/hosts/logs.py \
	tests/hosts/mark.c \
	tests/hosts/memory.py \
	tests/hosts/pam_client.py \
	tests/hosts/processes.py \
	tests/hosts/run \
	tests/hosts/screen.py \
	tests/hosts/sshd.py \
	tests/hosts/terminal.py \
	tests/hosts/test_account.py \
	tests/hosts/test_ask.py \
	tests/hosts/test_authselect.py \
	tests/hosts/test_bad_input.py \
	tests/hosts/test_bindings.py \
	tests/hosts/test_browser.py \
	tests/hosts/test_browser_command.py \
	tests/hosts/test_environment.py \
	tests/hosts/test_examples.py \
	tests/hosts/test_foreign_hosts.py \
	tests/hosts/test_github.py \
	tests/hosts/test_greeter.py \
	tests/hosts/phone.py \
	tests/hosts/test_cache.py \
	tests/hosts/test_callback.py \
	tests/hosts/test_ciba.py \
	tests/hosts/test_cache_storm.py \
	tests/hosts/test_check.py \
	tests/hosts/test_cli_login.py \
	tests/hosts/test_client_auth.py \
	tests/hosts/test_code.py \
	tests/hosts/test_hostile_helper.py \
	tests/hosts/test_hostile_provider.py \
	tests/hosts/test_hostile_wire.py \
	tests/hosts/test_kiosk.py \
	tests/hosts/test_liveness.py \
	tests/hosts/test_loopback.py \
	tests/hosts/test_load.py \
	tests/hosts/test_pam_codes.py \
	tests/hosts/test_pending.py \
	tests/hosts/test_profiles.py \
	tests/hosts/test_sandbox.py \
	tests/hosts/test_register.py \
	tests/hosts/test_session.py \
	tests/hosts/test_ssh.py \
	tests/hosts/test_providers.py \
	tests/hosts/test_secrets.py \
	tests/hosts/test_selinux.py \
	tests/hosts/test_services.py \
	tests/hosts/test_shared_accounts.py \
	tests/hosts/test_su.py \
	tests/hosts/test_sudo.py \
	tests/hosts/test_tokens.py \
	tests/hosts/test_translations.py \
	tests/hosts/test_unprivileged.py \
	tests/hosts/test_waiting.py \
	tests/hosts/webdriver.py \
	tests/hosts/world.py \
	tests/idp/README.md \
	tests/idp/accounts.mjs \
	tests/idp/browser.py \
	tests/idp/ciba.mjs \
	tests/idp/clients.mjs \
	tests/idp/device_client.py \
	tests/idp/events.mjs \
	tests/idp/github.mjs \
	tests/idp/hostile \
	tests/idp/hostile.py \
	tests/idp/keys.mjs \
	tests/idp/login.mjs \
	tests/idp/make-ca \
	tests/idp/package-lock.json \
	tests/idp/package.json \
	tests/idp/process.mjs \
	tests/idp/provider.mjs \
	tests/idp/provider.py \
	tests/idp/run \
	tests/idp/server.mjs \
	tests/idp/store.mjs \
	tests/idp/test_hostile.py \
	tests/idp/test_idp.py

include tests/bench/local.mk
include tests/sim/local.mk
include tests/soak/local.mk
include tests/pictures/local.mk

# --- lints: what compilers do not say, each shown to be able to fail --------
LINTS = \
	tests/lint/banned \
	tests/lint/ci \
	tests/lint/format \
	tests/lint/layers \
	tests/lint/man \
	tests/lint/one_success \
	tests/lint/options \
	tests/lint/reasons \
	tests/lint/selftest \
	tests/lint/shell \
	tests/lint/symbols \
	tests/lint/translations \
	tests/lint/tree \
	tests/lint/version
TESTS += $(LINTS)
check_PROGRAMS += tests/lint/list_options
tests_lint_list_options_LDADD = libpo_io.la libpo_base.la
EXTRA_DIST += $(LINTS) tests/lint/analyze tests/lint/analyzer.h \
	tests/lint/common.bash
