/* SPDX-License-Identifier: BSD-2-Clause */
/* What sudo was called with: the test calls itself as if it were sudo. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/attr.h"
#include "module/command.h"

/* "command" as a program of these arguments sees it with a buffer of `size`. */
static void
expect_command(const char *const argv[], const char *service, size_t size,
    const char *expected)
{
	char out[PO_COMMAND_SIZE] = "", size_text[16];
	char env_service[64], env_size[64];
	char *env[] = { env_service, env_size, NULL };
	posix_spawn_file_actions_t actions;
	int ends[2], status;
	ssize_t len;
	pid_t pid;

	(void)snprintf(size_text, sizeof(size_text), "%zu", size);
	(void)snprintf(env_service, sizeof(env_service), "SERVICE=%s", service);
	(void)snprintf(env_size, sizeof(env_size), "SIZE=%s", size_text);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
	assert_int_equal(
	    posix_spawn_file_actions_adddup2(&actions, ends[1], 1), 0);
	assert_int_equal(posix_spawn(&pid, "/proc/self/exe", &actions, NULL,
			     (char *const *)(uintptr_t)argv, env),
	    0);
	(void)posix_spawn_file_actions_destroy(&actions);
	assert_int_equal(close(ends[1]), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true((len = read(ends[0], out, sizeof(out) - 1)) >= 0);
	out[len] = '\0';
	assert_int_equal(close(ends[0]), 0);
	assert_string_equal(out, expected);
}

#define EXPECT(service, size, expected, ...)                                   \
	expect_command((const char *const[]){ __VA_ARGS__, NULL }, service,    \
	    size, expected)

static void
arguments_are_joined_with_blanks(void **state PO_UNUSED)
{
	EXPECT("sudo", 64, "-k ls -la", "sudo", "-k", "ls", "-la");
	EXPECT("sudo-i", 64, "-i", "sudo", "-i");
	EXPECT("sudo", 64, "", "sudo");
	EXPECT("sudo", 64, " a  b", "sudo", "", "a", "", "b");
	EXPECT("sudo", 64, "ls", "", "ls");
}

static void
only_sudo_has_a_command(void **state PO_UNUSED)
{
	EXPECT("sshd", 64, "", "sshd", "secret");
	EXPECT("su", 64, "", "su", "-c", "secret");
	EXPECT("sudo-x", 64, "", "sudo", "secret");
	EXPECT("", 64, "", "sudo", "secret");
}

static void
what_is_cut_says_so(void **state PO_UNUSED)
{
	/* "sudo\0abcdef\0" has 12 bytes, and one more is for the NUL */
	EXPECT("sudo", 14, "abcdef", "sudo", "abcdef");
	EXPECT("sudo", 13, "abcd ..", "sudo", "abcdef");
	EXPECT("sudo", 12, "abc ..", "sudo", "abcdef");
}

/* execve lets anybody choose argv[0], and its length. */
static void
attack_long_name_that_hides_the_command(void **state PO_UNUSED)
{
	EXPECT("sudo", 16, "..", "sudosudosudosudosudosudosudosudo", "reboot");
	EXPECT("sudo", 16, "..", "sudosudosudos", "reboot");
	EXPECT("sudo", 16, "re ..", "sudosudos", "reboot");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments_are_joined_with_blanks),
		cmocka_unit_test(only_sudo_has_a_command),
		cmocka_unit_test(what_is_cut_says_so),
		cmocka_unit_test(attack_long_name_that_hides_the_command),
	};
	const char *service = getenv("SERVICE");
	char out[PO_COMMAND_SIZE];

	if (service != NULL) {
		po_command_read(service, out, (size_t)atoi(getenv("SIZE")));
		return printf("%s", out) < 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
