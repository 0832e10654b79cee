# SPDX-License-Identifier: BSD-2-Clause
# Manual pages, and what a release has beside the code.

dist_man_MANS += \
	docs/pam-oauth.1 \
	docs/pam_oauth.8 \
	docs/pam_oauth.conf.5

EXTRA_DIST += \
	CONTRIBUTING.md \
	COPYING \
	NEWS \
	README.md \
	SECURITY.md \
	docs/callback.html \
	docs/comparison.md \
	docs/design.md \
	docs/mapping.md \
	docs/performance.md \
	docs/kiosk.md \
	docs/fleet.svg \
	docs/lockers.md \
	docs/protocol.md \
	docs/release.md \
	docs/providers/auth0.md \
	docs/providers/authelia.md \
	docs/providers/authentik.md \
	docs/providers/cognito.md \
	docs/providers/dex.md \
	docs/providers/entra.md \
	docs/providers/github.md \
	docs/providers/gitlab.md \
	docs/providers/google.md \
	docs/providers/kanidm.md \
	docs/providers/keycloak.md \
	docs/providers/okta.md \
	docs/providers/onelogin.md \
	docs/providers/zitadel.md \
	docs/recovery.md \
	docs/scale.md \
	docs/ssh.md \
	docs/sudo.md \
	docs/troubleshooting.md \
	packaging/sysusers.d/pam_oauth.conf \
	pam.d-examples/kiosk \
	pam.d-examples/sshd \
	pam.d-examples/sshd-choice \
	pam.d-examples/sudo
