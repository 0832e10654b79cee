# SPDX-License-Identifier: BSD-2-Clause
# What distributions make of it.

EXTRA_DIST += packaging/build-deb packaging/conf/pam_oauth.conf \
	packaging/apparmor/usr.libexec.pam_oauth.pam_oauth_helper \
	packaging/debian/changelog packaging/debian/control \
	packaging/debian/copyright packaging/debian/libpam-oauth.install \
	packaging/debian/libpam-oauth.postinst \
	packaging/debian/libpam-oauth.prerm \
	packaging/debian/libpam-oauth.lintian-overrides \
	packaging/debian/pam-configs/oauth \
	packaging/debian/pam-oauth.README.Debian \
	packaging/debian/pam-oauth.docs packaging/debian/pam-oauth.install \
	packaging/debian/pam-oauth.links \
	packaging/debian/pam-oauth.lintian-overrides \
	packaging/debian/pam-oauth.postrm packaging/debian/rules \
	packaging/debian/source/format \
	packaging/debian/source/lintian-overrides \
	packaging/debian/tests/control packaging/debian/tests/login \
	tests/packages/apparmor.py tests/packages/debian \
	tests/packages/doc_links \
	tests/packages/run

.PHONY: deb check-deb
deb: dist
	'$(srcdir)/packaging/build-deb' '$(distdir).tar.xz' deb

check-deb:
	+@$(AM_TESTS_ENVIRONMENT) '$(srcdir)/tests/packages/run'

clean-local:
	rm -rf deb
