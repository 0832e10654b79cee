# SPDX-License-Identifier: BSD-2-Clause
# The pictures of docs/, from real logins: `make pictures`, as root.

EXTRA_DIST += tests/pictures/run tests/pictures/take.py \
	docs/pictures/greeter.png docs/pictures/ssh.png \
	docs/pictures/sudo.png

.PHONY: pictures
pictures: all
	@$(AM_TESTS_ENVIRONMENT) '$(srcdir)/tests/pictures/run'
