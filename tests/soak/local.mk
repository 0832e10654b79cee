# SPDX-License-Identifier: BSD-2-Clause
# Logins by the thousand: `make soak`, in minutes; SOAK_LOGINS=N for more.

EXTRA_DIST += tests/soak/run tests/soak/soak.py

.PHONY: soak
soak: all tests/pam/client
	@$(AM_TESTS_ENVIRONMENT) '$(srcdir)/tests/soak/run'
