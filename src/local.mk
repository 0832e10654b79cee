# SPDX-License-Identifier: BSD-2-Clause
# The layers, lowest first, and the three things we install.

noinst_LTLIBRARIES += libpo_base.la libpo_jose.la libpo_oauth.la \
	libpo_policy.la libpo_io.la libpo_helper.la libpo_module.la

libpo_base_la_SOURCES = \
	src/base/account.c src/base/account.h \
	src/base/attr.h \
	src/base/binding.c src/base/binding.h \
	src/base/buf.c src/base/buf.h \
	src/base/clock.c src/base/clock.h \
	src/base/environ.c src/base/environ.h \
	src/base/err.c src/base/err.h \
	src/base/http.c src/base/http.h \
	src/base/ipc.c src/base/ipc.h \
	src/base/liveness.c src/base/liveness.h \
	src/base/log.c src/base/log.h \
	src/base/mem.c src/base/mem.h \
	src/base/message.c src/base/message.h \
	src/base/openssh.c src/base/openssh.h \
	src/base/phrase.c src/base/phrase.h \
	src/base/place.h \
	src/base/prompt.c src/base/prompt.h \
	src/base/question.c src/base/question.h \
	src/base/record.c src/base/record.h \
	src/base/spawn.c src/base/spawn.h \
	src/base/store.c src/base/store.h \
	src/base/text.c src/base/text.h

libpo_jose_la_SOURCES = \
	src/jose/alg.c src/jose/alg.h \
	src/jose/b64url.c src/jose/b64url.h \
	src/jose/json.c src/jose/json.h \
	src/jose/json_scan.c src/jose/json_scan.h \
	src/jose/jwe.c src/jose/jwe.h \
	src/jose/jwe_cek.c src/jose/jwe_internal.h src/jose/jwe_key.c \
	src/jose/jwk.c src/jose/jwk.h src/jose/jwk_internal.h \
	src/jose/jwk_pkey.c \
	src/jose/jws.c src/jose/jws.h \
	src/jose/jwt.c src/jose/jwt.h src/jose/jwt_internal.h \
	src/jose/jwt_claims.c \
	src/jose/openssl_auto.h \
	src/jose/private_key.c src/jose/private_key.h \
	src/jose/sign.c src/jose/sign.h
libpo_jose_la_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(JSON_CFLAGS)
libpo_jose_la_LIBADD = $(CRYPTO_LIBS) $(JSON_LIBS)

libpo_oauth_la_SOURCES = \
	src/oauth/api.c src/oauth/api.h \
	src/oauth/bearer.c src/oauth/bearer.h \
	src/oauth/ciba.c src/oauth/ciba.h \
	src/oauth/code.c src/oauth/code.h \
	src/oauth/redirect.c src/oauth/redirect.h \
	src/oauth/client_auth.c src/oauth/client_auth.h \
	src/oauth/device.c src/oauth/device.h \
	src/oauth/flow.c src/oauth/flow.h \
	src/oauth/link.c src/oauth/link.h \
	src/oauth/metadata.c src/oauth/metadata.h \
	src/oauth/oauth_error.c src/oauth/oauth_error.h \
	src/oauth/provider.c src/oauth/provider.h \
	src/oauth/refresh.c src/oauth/refresh.h \
	src/oauth/register.c src/oauth/register.h \
	src/oauth/scope.c src/oauth/scope.h \
	src/oauth/token.c src/oauth/token.h \
	src/oauth/userinfo.c src/oauth/userinfo.h

libpo_policy_la_SOURCES = \
	src/policy/access.c src/policy/access.h \
	src/policy/claims.c src/policy/claims.h \
	src/policy/ere.c src/policy/ere.h \
	src/policy/export.c src/policy/export.h \
	src/policy/liveness.c src/policy/liveness.h \
	src/policy/map.c src/policy/map.h \
	src/policy/mapping.c src/policy/mapping.h \
	src/policy/policy.c src/policy/policy.h

libpo_io_la_SOURCES = \
	src/io/ca_store.c src/io/ca_store.h \
	src/io/cache.c src/io/cache.h \
	src/io/config.c src/io/config.h \
	src/io/config_check.c \
	src/io/config_model.c src/io/config_model.h \
	src/io/config_nearest.c \
	src/io/config_options.c src/io/config_options.h \
	src/io/config_settings.c \
	src/io/file.c src/io/file.h \
	src/io/http.c src/io/http.h \
	src/io/launch.c src/io/launch.h \
	src/io/peer.c src/io/peer.h \
	src/io/policy_load.c src/io/policy_load.h \
	src/io/pending.c src/io/pending.h \
	src/io/sandbox.c src/io/sandbox.h src/io/sandbox_internal.h \
	src/io/sandbox_calls.c src/io/sandbox_fs.c
libpo_io_la_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS) $(INIH_CFLAGS) \
	$(SECCOMP_CFLAGS)
libpo_io_la_LIBADD = $(CURL_LIBS) $(INIH_LIBS) $(SECCOMP_LIBS)

# --- pam_oauth_helper: everything that touches the network ----------------
helperdir = $(libexecdir)/pam_oauth
helper_PROGRAMS = pam_oauth_helper
libpo_helper_la_SOURCES = \
	src/helper/browser.c src/helper/browser.h \
	src/helper/channel.c src/helper/channel.h \
	src/helper/ciba.c \
	src/helper/choose.c \
	src/helper/client.c \
	src/helper/code.c \
	src/helper/confine.c \
	src/helper/device.c src/helper/grant.h \
	src/helper/loopback.c src/helper/loopback.h \
	src/helper/exchange.c src/helper/exchange.h \
	src/helper/identity.c src/helper/identity.h \
	src/helper/liveness.c src/helper/liveness.h \
	src/helper/prepare.c \
	src/helper/qr.c src/helper/qr.h \
	src/helper/revoke.c src/helper/revoke.h \
	src/helper/session.c src/helper/session.h
libpo_helper_la_CFLAGS = $(AM_CFLAGS) $(QR_CFLAGS)
pam_oauth_helper_SOURCES = src/helper/main.c
# A sanitizer has a malloc of its own.
if !SANITIZERS
pam_oauth_helper_SOURCES += src/helper/wipe.c
endif
pam_oauth_helper_CFLAGS = $(AM_CFLAGS) -fPIE
pam_oauth_helper_LDFLAGS = $(AM_LDFLAGS) $(HARDEN_PIE)
pam_oauth_helper_LDADD = libpo_helper.la libpo_io.la libpo_policy.la \
	libpo_oauth.la libpo_jose.la libpo_base.la $(QR_LIBS)

# --- pam_oauth.so: libpam and libc only -----------------------------------
# All code is in libpo_module.la so that tests can link it with another
# helper path; the installed module adds the compiled-in one.
libpo_module_la_SOURCES = \
	src/module/bind.c src/module/bind.h \
	src/module/command.c src/module/command.h \
	src/module/conversation.c src/module/conversation.h \
	src/module/decision.c src/module/decision.h \
	src/module/helper_log.c src/module/helper_log.h \
	src/module/liveness.c src/module/liveness.h \
	src/module/keep.c src/module/keep.h \
	src/module/login.c src/module/login.h \
	src/module/outcome.c src/module/outcome.h \
	src/module/pam_oauth.c \
	src/module/question.c src/module/question.h \
	src/module/sshd.c src/module/sshd.h \
	src/module/user.c src/module/user.h

pam_LTLIBRARIES = pam_oauth.la
pam_oauth_la_SOURCES = src/module/helper_path.c
pam_oauth_la_CPPFLAGS = $(AM_CPPFLAGS) \
	-DPO_HELPER_PATH='"$(helperdir)/pam_oauth_helper"'
MODULE_LINK = $(AM_LDFLAGS) -module -avoid-version -shared -no-undefined \
	-Wl,--version-script=$(srcdir)/src/module/pam_oauth.map
pam_oauth_la_LDFLAGS = $(MODULE_LINK)
pam_oauth_la_LIBADD = libpo_module.la libpo_base.la -lpam
pam_oauth_la_DEPENDENCIES = libpo_module.la libpo_base.la \
	src/module/pam_oauth.map
EXTRA_DIST += src/module/pam_oauth.map

# A PAM module is opened by name: no libtool archive beside it.
install-data-hook:
	rm -f "$(DESTDIR)$(pamdir)/pam_oauth.la"
uninstall-local:
	rm -f "$(DESTDIR)$(pamdir)/pam_oauth.so"

# --- pam-oauth: the administrator's command line --------------------------
bin_PROGRAMS = pam-oauth
pam_oauth_SOURCES = \
	src/cli/bindings.c \
	src/cli/breakglass.c src/cli/breakglass.h \
	src/cli/check.c src/cli/check.h \
	src/cli/check_config.c \
	src/cli/check_host.c \
	src/cli/check_offer.c src/cli/check_offer.h \
	src/cli/check_pam.c \
	src/cli/check_provider.c \
	src/cli/check_settings.c \
	src/cli/check_sshd.c \
	src/cli/cli.h \
	src/cli/explain.c \
	src/cli/login.c \
	src/cli/login_screen.c src/cli/login_screen.h \
	src/cli/cache.c \
	src/cli/liveness.c \
	src/cli/main.c \
	src/cli/pam_stack.c src/cli/pam_stack.h \
	src/cli/pam_walk.c src/cli/pam_walk.h \
	src/cli/provider.c \
	src/cli/records.c \
	src/cli/register.c src/cli/register.h \
	src/cli/register_enrol.c \
	src/cli/register_files.c \
	src/cli/register_provider.c \
	src/cli/verify.c
pam_oauth_CPPFLAGS = $(AM_CPPFLAGS) \
	-DPO_HELPER_PATH='"$(helperdir)/pam_oauth_helper"' \
	-DPO_LIBPAMDIR='"$(libpamdir)"'
pam_oauth_CFLAGS = $(AM_CFLAGS) -fPIE
pam_oauth_LDFLAGS = $(AM_LDFLAGS) $(HARDEN_PIE)
pam_oauth_LDADD = libpo_io.la libpo_policy.la libpo_oauth.la libpo_jose.la \
	libpo_base.la

# --- what a distribution's tools pick up ------------------------------------
sysusersdir = $(prefix)/lib/sysusers.d
dist_sysusers_DATA = packaging/sysusers.d/pam_oauth.conf
tmpfilesdir = $(prefix)/lib/tmpfiles.d
dist_tmpfiles_DATA = packaging/tmpfiles.d/pam_oauth.conf
# The module makes its own directories, but not those they stand in; which,
# below a prefix of its own, nobody else may have made.
install-data-local:
	$(MKDIR_P) "$(DESTDIR)$(localstatedir)/lib"
	$(MKDIR_P) "$(DESTDIR)$(localstatedir)/cache"
	case '$(runstatedir)' in /run|/var/run) ;; \
		*) $(MKDIR_P) "$(DESTDIR)$(runstatedir)" ;; esac
completiondir = $(datadir)/bash-completion/completions
dist_completion_DATA = packaging/completion/pam-oauth
examplesdir = $(docdir)/pam.d-examples
dist_examples_DATA = pam.d-examples/cockpit pam.d-examples/gdm-password \
	pam.d-examples/kiosk pam.d-examples/kiosk-greeter \
	pam.d-examples/login pam.d-examples/sshd \
	pam.d-examples/sshd-key-and-sso pam.d-examples/sshd-liveness \
	pam.d-examples/sshd-sso-or-password pam.d-examples/su \
	pam.d-examples/sudo pam.d-examples/sudo-fallback
