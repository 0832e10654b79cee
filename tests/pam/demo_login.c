/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The smallest application that logs somebody in through the real libpam:
 * what scripts/demo runs.  It takes its service file from a directory of the
 * demo's, so that nothing on the host is touched and no root is needed.
 */

#include <stdio.h>

#include <security/pam_appl.h>
#include <security/pam_misc.h>

int
main(int argc, char **argv)
{
	const struct pam_conv conv = { .conv = misc_conv };
	pam_handle_t *pamh = NULL;
	int r;

	if (argc != 4) {
		fprintf(stderr, "usage: demo_login CONFDIR SERVICE USER\n");
		return 2;
	}
	/* what libpam_misc prints must not wait in a buffer for the answer */
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	r = pam_start_confdir(argv[2], argv[3], &conv, argv[1], &pamh);
	if (r != PAM_SUCCESS) {
		fprintf(stderr, "pam_start_confdir: error %d\n", r);
		return 1;
	}
	if ((r = pam_authenticate(pamh, 0)) == PAM_SUCCESS &&
	    (r = pam_acct_mgmt(pamh, 0)) == PAM_SUCCESS)
		printf("\nWelcome, %s.\n", argv[3]);
	else
		printf("\nLogin refused: %s\n", pam_strerror(pamh, r));
	(void)pam_end(pamh, r);
	return r == PAM_SUCCESS ? 0 : 1;
}
