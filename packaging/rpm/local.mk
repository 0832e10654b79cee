# SPDX-License-Identifier: BSD-2-Clause
# RPMs, and what hosts with SELinux and authselect need.

EXTRA_DIST += packaging/conf/pam_oauth.conf \
	packaging/rpm/build packaging/rpm/pam_oauth.spec \
	packaging/rpm/rpmlint.toml \
	packaging/selinux/pam_oauth.fc packaging/selinux/pam_oauth.if \
	packaging/selinux/pam_oauth.te \
	packaging/authselect/README.md packaging/authselect/add-features \
	packaging/authselect/password-auth packaging/authselect/system-auth \
	tests/dist/reproducible tests/packages/policy.py \
	tests/packages/rpm tests/packages/selinux tests/packages/test_policy.py

.PHONY: rpm check-rpm
rpm: dist
	'$(srcdir)/packaging/rpm/build' '$(distdir).tar.xz' rpm

# Their installation, use and removal.
check-rpm: tests/pam/client
	@$(AM_TESTS_ENVIRONMENT) for test in selinux rpm; do \
		"$(srcdir)/tests/packages/$$test" || test $$? -eq 77 || exit 1; \
	done
