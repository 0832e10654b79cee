/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The helper's side of logins under fault injection: its whole main(), with a
 * real configuration and a real socket, against a provider that answers
 * honestly or passes on forged tokens.  Whatever fails, no forged one gets in.
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>
#include <security/pam_modules.h>

#include "base/clock.h"
#include "base/mem.h"
#include "driver.h"
#include "io/pending.h"
#include "io/sandbox_internal.h"
#include "module/outcome.h"
#include "provider.h"
#include "wrap_cache.h"
#include "wrap_system.h"

/* The helper's own main(), which says how it is used to nobody here. */
int helper_main(int argc, char **argv);
static int
ignore_usage(FILE *file PO_UNUSED, const char *fmt PO_UNUSED, ...)
{
	return 0;
}
#define main helper_main
#define fprintf ignore_usage
#include "helper/main.c"
#undef fprintf
#undef main

#define START_MS 1000000
#define USER "alice"

static char dir[] = "/tmp/fault.XXXXXX";
static char config_file[sizeof(dir) + 10];
static char secret_file[sizeof(dir) + 10];
static char key_file[sizeof(dir) + 10];
static char client_key_file[sizeof(dir) + 20];
static char certificate_file[sizeof(dir) + 20];
static char run_dir[sizeof(dir) + 10];
static char tcp_file[sizeof(dir) + 10];
static char cache_dir[sizeof(dir) + 10];
static char pending_file[sizeof(dir) + 20];

static const struct story *told; /* now */

/* The wall clock goes with the other one. */
int64_t __wrap_po_clock_epoch_s(void);
int64_t
__wrap_po_clock_epoch_s(void)
{
	return FORGE_NOW + (po_clock_ms() - START_MS) / 1000;
}

/* --- the module's side --- */

static void
must(bool done, const char *what)
{
	if (done)
		return;
	perror(what);
	abort();
}

/*
 * What the module says: START, an answer if there will be a question, and an
 * Enter before anything is approved; or REVOKE, or LIVENESS.
 */
static void
say(struct po_ipc *ipc)
{
	const struct po_message start = {
		.type = PO_MSG_START,
		.start = {
			.version = PO_MESSAGE_VERSION,
			.service = "sudo",
			.user = USER,
			.uid = 1000,
			.rhost = "192.0.2.1",
			.config_file = config_file,
			.provider = "",
			.command = "ls",
			.debug = true,
		},
	};
	const struct po_message check = { .type = PO_MSG_CHECK };
	const struct po_message answer = {
		.type = PO_MSG_ANSWER,
		.answer = { .choice = told->choice,
		    .text = told->typed != NULL ? told->typed : "" },
	};
	const struct po_message revoke = {
		.type = PO_MSG_REVOKE,
		.revoke = {
			.version = PO_MESSAGE_VERSION,
			.service = "sudo",
			.config_file = config_file,
			.provider = "",
			.issuer = FORGE_ISSUER,
			.keep = PO_KEEP_ACCESS_TOKEN,
			.token = PROVIDER_ACCESS_TOKEN,
			.debug = true,
		},
	};

	const struct po_message liveness = {
		.type = PO_MSG_LIVENESS,
		.liveness = { .start = start.start,
		    .record = provider_record() },
	};

	if (told->lives) {
		must(po_ipc_send(ipc, &liveness, NULL) == PO_OK, "LIVENESS");
		must(po_ipc_send(ipc, &check, NULL) == PO_OK, "CHECK");
		return;
	}
	if (told->revokes) {
		must(po_ipc_send(ipc, &revoke, NULL) == PO_OK, "REVOKE");
		return;
	}
	must(po_ipc_send(ipc, &start, NULL) == PO_OK, "START");
	if (told->asks)
		must(po_ipc_send(ipc, &answer, NULL) == PO_OK, "ANSWER");
	must(po_ipc_send(ipc, &check, NULL) == PO_OK, "CHECK");
}

/* Never a code, a token or a secret, whatever goes wrong. */
static void
check_text(const char *what, const char *text)
{
	const char *secret = provider_secret_in(text);

	if (secret != NULL)
		fault_complain("%s has a secret: %s", what, secret);
}

static void
check_result(const struct po_msg_result *result, unsigned prompts)
{
	check_text("detail", result->detail);
	check_text("fields", result->fields);
	fault_note(result->detail);
	if (result->status != PO_OK && result->status != PO_E_SKIPPED &&
	    result->detail[0] == '\0')
		fault_complain("status %s without a reason",
		    po_status_name((enum po_status)result->status));
	if (told->revokes)
		return;
	if (told->lives) {
		if (result->account[0] != '\0' && result->status != PO_OK)
			fault_complain("a refusal of \"%s\"", result->account);
		return;
	}
	if (result->status == PO_OK && prompts == 0)
		fault_complain("success without a prompt");
	if (result->status == PO_OK && strcmp(result->account, USER) != 0)
		fault_complain("success for \"%s\"", result->account);
}

/* Hears the helper out; without a verdict it is a helper that crashed. */
static enum po_status
listen_to(struct po_ipc *ipc)
{
	AUTO(po_message_clear) struct po_message message = { 0 };
	enum po_status verdict = PO_E_HELPER;
	unsigned prompts = 0;

	for (unsigned type = 0; type < PO_MSG_TYPE_COUNT; type++)
		ipc->allowed[type] = 100;
	while (po_ipc_receive(ipc, 0, &message, NULL) == PO_OK) {
		if (message.type == PO_MSG_LOG)
			check_text("log", message.log.text);
		if (message.type == PO_MSG_PROMPT)
			prompts++;
		if (message.type == PO_MSG_RESULT) {
			check_result(&message.result, prompts);
			verdict = (enum po_status)message.result.status;
		}
		po_message_clear(&message);
	}
	return verdict;
}

/* --- those that wait --- */

WRAP(enum po_status, po_store_directory,
    (const char *path, mode_t mode, int *fd, struct po_err *err))
{
	return __real_po_store_directory(
	    strcmp(path, PO_RUNDIR) == 0 ? run_dir : path, mode, fd, err);
}

/* Takes alice's only place; the descriptor to close. */
static int
crowd(void)
{
	const struct po_pending_limits one = { 1, 1 };
	int fd = -1;

	must(po_pending_take(run_dir, USER, 1000, &one, NULL, &fd, NULL) ==
		 PO_OK,
	    "crowd");
	return fd;
}

/* --- one login --- */

static void
write_file(const char *path, const char *text)
{
	FILE *file;

	(void)unlink(path);
	must((file = fopen(path, "we")) != NULL, path);
	must(fputs(text, file) >= 0 && fchmod(fileno(file), 0600) == 0 &&
		 fclose(file) == 0,
	    path);
}

/* A file of this content and an option that names it, if there is any. */
static void
add_file(struct po_buf *config, const char *option, const char *path,
    const char *text)
{
	if (text == NULL)
		return;
	write_file(path, text);
	po_buf_appendf(config, "%s = %s\n", option, path);
}

/* More than one read of it, and what restricts comes with the last. */
static void
write_config(const struct story *story)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(16 * 1024);
	AUTO(po_buf_clear) struct po_buf files = PO_BUF_INIT(4096);
	const char *key = provider_key(story);

	add_file(&files, "decryption_key_file", key_file, key);
	add_file(&files, "client_key_file", client_key_file,
	    provider_client_key(story));
	add_file(&files, "client_certificate_file", certificate_file,
	    provider_client_certificate(story));
	po_buf_appendf(&text,
	    "[provider corp]\n"
	    "issuer = " FORGE_ISSUER "\n"
	    "client_id = " FORGE_CLIENT "\n"
	    "%s%s\n%s%s\n"
	    "[service sudo]\n"
	    "message = Mind the gap\n"
	    "%s",
	    story->public_client ? "" : "client_secret_file = ",
	    story->public_client ? "" : secret_file, po_buf_str(&files),
	    story->config == NULL ? "" : story->config,
	    story->service == NULL ? "" : story->service);
	while (text.len < 4500)
		po_buf_append_str(&text, "# who may sign in on this host\n");
	po_buf_append_str(&text, "require = /groups has linux-users\n"
				 "require = /level is 3 4\n"
				 "require = /amr/0 matches \"mfa|otp\"\n");
	must(po_buf_check(&text, NULL) == PO_OK, "configuration");
	write_file(config_file, po_buf_str(&text));
}

static void
help(void)
{
	static char name[] = "pam_oauth_helper";
	char *argv[] = { name, NULL };

	(void)helper_main(1, argv);
}

static int
run(const struct fault_login *login)
{
	static const struct fault_login *written;
	const struct story *story = login->data;
	struct po_ipc module = { .fd = -1 };
	enum po_status verdict;
	int ends[2], other = -1;

	fault_pause();
	if (written != login)
		write_config(login->data);
	written = login;
	told = login->data;
	provider_begin(told);
	fault_virtual_time(START_MS);
	fault_be_root();
	/* the first login of this boot */
	(void)unlink(pending_file);
	(void)rmdir(run_dir);
	cache_begin(cache_dir, story->cached);
	if (story->crowded)
		other = crowd();
	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0,
	    "socketpair");
	module.fd = fcntl(ends[0], F_DUPFD_CLOEXEC, PO_HELPER_FD + 1);
	must(module.fd >= 0 && dup2(ends[1], PO_HELPER_FD) == PO_HELPER_FD,
	    "dup");
	if (ends[0] != PO_HELPER_FD)
		(void)close(ends[0]);
	if (ends[1] != PO_HELPER_FD)
		(void)close(ends[1]);
	say(&module);
	if (fault_starved() == 0) {
		fault_resume();
		help();
		fault_pause();
	} else {
		fault_fed(starve(fault_starved(), help));
	}
	po_fd_close(&other);
	(void)close(PO_HELPER_FD); /* main() itself, had it got that far */
	verdict = listen_to(&module);
	po_ipc_close(&module);
	ERR_clear_error(); /* the next login has a queue of its own */
	fault_resume();
	return po_outcome(verdict)->pam_code;
}

/* --- which faults may end how --- */

#define BROKEN CODE(PAM_SERVICE_ERR)
#define UNREACHABLE CODE(PAM_AUTHINFO_UNAVAIL)
#define NOT_VALID CODE(PAM_AUTH_ERR)
#define NOT_ALLOWED CODE(PAM_PERM_DENIED)
#define CANCELLED CODE(PAM_MAXTRIES)

/* What comes of a failure, unless it is just BROKEN.  The first fits. */
static const struct fault_rule rules[] = {
	{ NULL, NULL, "log", AS_EVER, "a line of log less" },
	{ NULL, NULL, "qr", AS_EVER, "the URL is there as text" },
	{ NULL, NULL, "cache", AS_EVER, "fetched instead, or not kept" },
	{ "curl_easy_setopt", NULL, "early JWKS", BROKEN,
	    "what curl has refused once is not tried again" },
	{ "curl_easy_setopt(NULL)", NULL, NULL, AS_EVER | BROKEN,
	    "after the last request nobody cares" },
	{ NULL, NULL, "early JWKS", AS_EVER, "fetched again when needed" },
	{ "malloc", NULL, "message", AS_EVER | BROKEN,
	    "a text for people, or something that decides" },

	{ "open", "ENOENT", "confining", AS_EVER, "not there: not needed" },
	{ "realpath", NULL, NULL, AS_EVER, "the file itself, then" },
	{ "landlock_abi", "ENOSYS", NULL, AS_EVER, "an older kernel" },
	{ "landlock_abi", "EOPNOTSUPP", NULL, AS_EVER, "switched off" },
	{ "landlock_abi", "oldest", NULL, AS_EVER, "an older kernel" },
	{ "close_range", "ENOSYS", NULL, AS_EVER, "an older kernel" },
#if !PO_SANDBOX_SANITIZED /* then nobody asks */
	{ "prctl(SET_SECCOMP)", NULL, NULL, AS_EVER, "a smaller kernel" },
#endif
	{ "prctl(CAPBSET_DROP)", "EPERM", NULL, AS_EVER,
	    "nothing to be had by it, as there is no exec" },

	{ "getpwnam", NULL, "browser", BROKEN, "not as anybody" },
	{ NULL, NULL, "browser", AS_EVER, "the link is there as text" },
	{ "socket", NULL, NULL, AS_EVER | BROKEN, "another port" },
	{ "setsockopt", NULL, NULL, AS_EVER | BROKEN, "another port" },
	{ "bind", NULL, NULL, AS_EVER | BROKEN, "another port" },
	{ "listen", NULL, NULL, AS_EVER | BROKEN, "another port" },
	{ "getsockname", NULL, NULL, AS_EVER | BROKEN, "another port" },

	{ "close", NULL, NULL, AS_EVER, "closed all the same" },
	{ "fcntl(F_OFD_SETLK)", "EAGAIN", NULL, AS_EVER | CODE(PAM_AUTH_ERR),
	    "the next place, or there is none" },
	{ "poll", "EINTR", NULL, AS_EVER, "asked again" },
	{ "poll", NULL, "interrupted?", AS_EVER, "asked again, later" },
	{ "poll", NULL, "request", AS_EVER, "curl looks for itself" },
	{ "recv", NULL, "request", AS_EVER, "curl looks for itself" },
	{ "shutdown", NULL, NULL, AS_EVER, "curl looks for itself" },
	{ "send", "EINTR", NULL, AS_EVER, "sent again" },
	{ "recv", "EINTR", NULL, AS_EVER, "received again" },
	{ "recv", "ECONNRESET", NULL, AS_EVER, "received again: see ipc.c" },
	{ "recv", NULL, "waiting", CANCELLED, "the module is gone" },
	{ NULL, NULL, "visitors", AS_EVER | BROKEN, "the next one is heard" },
	{ "read", "EINTR", NULL, AS_EVER, "read again" },
	{ "read", "short", NULL, AS_EVER, "and the rest after it" },
	{ "read", "end", NULL, AS_EVER | BROKEN, "which it was, or not" },
	{ "getrandom(GRND_NONBLOCK)", NULL, NULL, AS_EVER, "only jitter" },
	{ "regexec", NULL, NULL, NOT_VALID | NOT_ALLOWED,
	    "glibc does not tell it from \"no match\"" },
	{ "opendir", NULL, NULL, AS_EVER, "the bundle, then" },
	{ "readdir", NULL, NULL, AS_EVER, "the bundle, then" },

	{ "curl_easy_header", NULL, NULL, AS_EVER, "nobody to blame clocks" },
	{ "curl_easy_header(Link)", NULL, NULL, BROKEN,
	    "a page less could be a group less" },
	{ "curl_getdate", NULL, NULL, AS_EVER, "nobody to blame clocks" },
	{ "curl_easy_getinfo", NULL, NULL, AS_EVER, "no Retry-After" },
	{ "curl_easy_getinfo(CONTENT_TYPE)", NULL, NULL,
	    AS_EVER | UNREACHABLE | NOT_VALID,
	    "OAuth looks at the body, OpenID at the type, too" },
	{ "curl_easy_getinfo(RESPONSE_CODE)", NULL, NULL,
	    AS_EVER | UNREACHABLE | NOT_VALID,
	    "\"pending\" is that with any status, the rest is not" },
	{ "curl_easy_perform", "OUT_OF_MEMORY", NULL, BROKEN, "ours" },
	{ "curl_easy_perform", "SSL_CACERT_BADFILE", NULL, BROKEN, "ours" },
	{ "curl_easy_perform", NULL, NULL, UNREACHABLE, "the provider's" },
	{ "curl_easy_perform(poll)", "OUT_OF_MEMORY", NULL, BROKEN, "ours" },
	{ "curl_easy_perform(poll)", "SSL_CACERT_BADFILE", NULL, BROKEN,
	    "ours" },
	{ "curl_easy_perform(poll)", "SSL_CONNECT_ERROR", NULL, UNREACHABLE,
	    "somebody else's, perhaps: not tried again" },
	{ "curl_easy_perform(poll)", "PEER_FAILED_VERIFICATION", NULL,
	    UNREACHABLE, "somebody else's, perhaps: not tried again" },
	{ "curl_easy_perform(poll)", NULL, NULL, AS_EVER, "polled again" },

	{ "BN_mod_word", NULL, "JWKS", AS_EVER | NOT_VALID,
	    "taken for a weak key, which is left out" },
	{ NULL, "refused", "JWKS", AS_EVER | NOT_VALID | BROKEN,
	    "the key is left out, and may have been the token's" },
	{ NULL, "negative", "JWKS", AS_EVER | NOT_VALID | BROKEN,
	    "the key is left out, and may have been the token's" },
	{ NULL, "refused", "key", AS_EVER | NOT_VALID | BROKEN,
	    "an epk is unusable: verified once more, with fresh keys" },
	{ NULL, "negative", "key", AS_EVER | NOT_VALID | BROKEN,
	    "an epk is unusable: verified once more, with fresh keys" },
	{ NULL, NULL, "decrypting", NOT_VALID | BROKEN,
	    "one refusal for all that goes wrong there (RFC 7516 11.5)" },
	{ "EVP_PKEY_get_bn_param", NULL, NULL, AS_EVER | BROKEN,
	    "a key that is checked without its primes" },
	{ "EVP_PKEY_is_a", NULL, NULL, AS_EVER | BROKEN,
	    "no, which it may have been" },
	{ "EVP_DigestVerify", "nomem", NULL, BROKEN, "not the signature's" },
	{ "EVP_DigestVerify", NULL, NULL, AS_EVER | NOT_VALID,
	    "not valid, or verified once more with fresh keys" },
	{ "EVP_PKEY_get_size", NULL, NULL, AS_EVER | NOT_VALID,
	    "not valid, or verified once more with fresh keys" },
};

/* --- all of them --- */

static void
clean_up(void)
{
	provider_end();
	(void)unlink(config_file);
	(void)unlink(secret_file);
	(void)unlink(key_file);
	(void)unlink(client_key_file);
	(void)unlink(certificate_file);
	(void)unlink(pending_file);
	(void)unlink(tcp_file);
	(void)rmdir(run_dir);
	cache_end();
	(void)rmdir(dir);
}

int
main(int argc, char **argv)
{
	static struct fault_login logins[STORIES_MAX];
	struct fault_program program = {
		.name = starve == NULL ? "login_helper" : "login_starved",
		.logins = logins,
		.run = run,
		.rules = rules,
		.rule_count = PO_ARRAY_LEN(rules),
		.codes = BROKEN,
	};
	size_t count;
	const struct story *stories = provider_stories(&count);

	for (size_t i = 0; i < count; i++)
		logins[i] = (struct fault_login){
			.name = stories[i].name,
			.code = po_outcome(stories[i].status)->pam_code,
			.late = stories[i].late,
			.data = &stories[i],
		};
	program.login_count = count;
	(void)close(PO_HELPER_FD); /* whatever make has left there */
	provider_start();
	must(mkdtemp(dir) != NULL, dir);
	must(atexit(clean_up) == 0, "atexit");
	(void)snprintf(config_file, sizeof(config_file), "%s/conf", dir);
	(void)snprintf(run_dir, sizeof(run_dir), "%s/run", dir);
	(void)snprintf(tcp_file, sizeof(tcp_file), "%s/tcp", dir);
	write_file(tcp_file, FAULT_TCP);
	fault_tcp_file = tcp_file;
	(void)snprintf(cache_dir, sizeof(cache_dir), "%s/cache", dir);
	(void)snprintf(
	    pending_file, sizeof(pending_file), "%s/pending", run_dir);
	(void)snprintf(key_file, sizeof(key_file), "%s/key", dir);
	(void)snprintf(
	    client_key_file, sizeof(client_key_file), "%s/client-key", dir);
	(void)snprintf(
	    certificate_file, sizeof(certificate_file), "%s/client.pem", dir);
	(void)snprintf(secret_file, sizeof(secret_file), "%s/secret", dir);
	write_file(secret_file, PROVIDER_CLIENT_SECRET "\n");
	return fault_main(&program, argc, argv);
}
