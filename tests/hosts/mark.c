/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an attacker would have us load: leaves the file MARKS/NAME.PROCESS
 * behind, for whichever process it is loaded into.  test_environment.py makes
 * one for each way in.
 */

#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

__attribute__((constructor)) static void
leave_mark(void)
{
	char process[16] = "", path[4096]; /* TASK_COMM_LEN */

	(void)prctl(PR_GET_NAME, process, 0, 0, 0);
	(void)snprintf(path, sizeof(path), "%s/%s.%s", MARKS, NAME, process);
	(void)close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
}

/* rtld-audit(7): the version that we understand; any. */
unsigned la_version(unsigned version);

unsigned
la_version(unsigned version)
{
	return version;
}
