/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of pam.d, read as Linux-PAM reads them: controls, includes, substacks,
 * Debian's @include, lines that go on behind a backslash.  See pam_stack.h.
 */

#include "cli/pam_stack.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/cli.h"

#define FILE_MAX (256 * 1024) /* bytes; the longest of Debian's has 5 KiB */
#define JUMP_MAX 255
#define ANY_TYPE PO_PAM_TYPE_COUNT

/* Where files of services lie; the first that has one counts. */
static const char *const directories[] = { "/etc/pam.d", "/usr/lib/pam.d",
	"/usr/etc/pam.d" };

static const char *const types[] = { "auth", "account", "password", "session" };

static const char *const codes[] = { "success", "auth_err", "perm_denied",
	"maxtries", "user_unknown", "service_err", "conv_err",
	"authinfo_unavail", "acct_expired", "ignore" };

const char *
po_pam_code_name(enum po_pam_code code)
{
	return codes[code];
}

const char *
po_pam_module_name(const struct po_pam_line *line)
{
	const char *slash = strrchr(line->module, '/');

	return slash == NULL ? line->module : slash + 1;
}

bool
po_pam_is_ours(const struct po_pam_line *line)
{
	return strcmp(po_pam_module_name(line), "pam_oauth.so") == 0;
}

static void
line_clear(struct po_pam_line *line)
{
	po_str_free(&line->control);
	po_str_free(&line->module);
	po_str_free(&line->args);
	po_str_free(&line->file);
}

void
po_pam_stack_clear(struct po_pam_stack *stack)
{
	for (size_t i = 0; i < stack->count; i++)
		line_clear(&stack->lines[i]);
	free(stack->lines);
	*stack = (struct po_pam_stack){ 0 };
}

/* --- words ---------------------------------------------------------------- */

/*
 * The next word of *at, cut out in place; NULL at the end.  "[...]" is one
 * word, whose brackets are taken off: *bracketed.
 */
static char *
next_word(char **at, bool *bracketed)
{
	char *word = *at + strspn(*at, " \t");
	char *end;

	*bracketed = *word == '[';
	if (*word == '\0')
		return NULL;
	if (*bracketed)
		end = strchr(++word, ']');
	else
		end = word + strcspn(word, " \t");
	*at = end == NULL || *end == '\0' ? word + strlen(word) : end + 1;
	if (end != NULL)
		*end = '\0';
	return word;
}

static int
find_word(const char *const *words, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(words[i], word) == 0)
			return (int)i;
	return -1;
}

/* --- controls ------------------------------------------------------------- */

static bool
parse_action(const char *text, int *out)
{
	static const char *const words[] = { "ignore", "ok", "done", "bad",
		"die", "reset" };
	int word = find_word(words, PO_ARRAY_LEN(words), text);
	int64_t jump = 0;

	if (word < 0 && !po_text_parse_int(text, 1, JUMP_MAX, &jump))
		return false;
	*out = word >= 0 ? -word : (int)jump;
	return true;
}

/* "success=ok default=bad": what is not named is bad. */
static bool
parse_list(char *text, struct po_pam_line *line)
{
	bool named[PO_PAM_CODE_COUNT] = { false };
	int rest = PO_PAM_DO_BAD, action, code;
	bool bracketed;
	char *word, *value;

	while ((word = next_word(&text, &bracketed)) != NULL) {
		if ((value = strchr(word, '=')) == NULL)
			return false;
		*value++ = '\0';
		if (!parse_action(value, &action))
			return false;
		code = find_word(codes, PO_ARRAY_LEN(codes), word);
		if (strcasecmp(word, "default") == 0)
			rest = action;
		else if (code >= 0) {
			line->action[code] = action;
			named[code] = true;
		}
	}
	for (code = 0; code < PO_PAM_CODE_COUNT; code++)
		if (!named[code])
			line->action[code] = rest;
	return true;
}

static bool
parse_control(const char *control, bool list, struct po_pam_line *line)
{
	static const struct {
		const char *word, *means;
	} words[] = {
		{ "required", "success=ok ignore=ignore default=bad" },
		{ "requisite", "success=ok ignore=ignore default=die" },
		{ "sufficient", "success=done default=ignore" },
		{ "optional", "success=ok default=ignore" },
	};
	AUTO(po_str_free) char *text = po_str_dup(control);

	for (size_t i = 0; i < PO_ARRAY_LEN(words) && !list; i++) {
		if (strcasecmp(control, words[i].word) == 0) {
			po_str_free(&text);
			text = po_str_dup(words[i].means);
			list = true;
		}
	}
	return text != NULL && list && parse_list(text, line);
}

/* --- files ---------------------------------------------------------------- */

struct reader {
	const char *root;
	struct po_pam_stack *out;
	struct po_err *err;
	unsigned nested;
};

static enum po_status read_service(struct reader *r, const char *name,
    unsigned type, unsigned depth, bool *found);

static enum po_status
append(struct reader *r, struct po_pam_line *line)
{
	struct po_pam_stack *out = r->out;
	struct po_pam_line *more;

	if (out->count == PO_PAM_LINES_MAX)
		return po_err_set(r->err, PO_E_CONFIG,
		    "%s:%u: more than %d lines, includes and all", line->file,
		    line->number, PO_PAM_LINES_MAX);
	more = reallocarray(out->lines, out->count + 1, sizeof(*line));
	if (more == NULL)
		return po_err_set(r->err, PO_E_NOMEM, "out of memory");
	out->lines = more;
	out->lines[out->count++] = *line;
	*line = (struct po_pam_line){ 0 };
	return PO_OK;
}

/* A line of another file's; `line` says where. */
static enum po_status
include(struct reader *r, const char *name, unsigned type, unsigned depth,
    const struct po_pam_line *line)
{
	bool found = false;
	enum po_status st = PO_OK;

	if (name == NULL)
		return po_err_set(r->err, PO_E_CONFIG,
		    "%s:%u: @include without a file", line->file, line->number);
	if (r->nested == PO_PAM_DEPTH_MAX)
		return po_err_set(r->err, PO_E_CONFIG,
		    "%s:%u: includes nested deeper than %d", line->file,
		    line->number, PO_PAM_DEPTH_MAX);
	r->nested++;
	st = read_service(r, name, type, depth, &found);
	r->nested--;
	if (st == PO_OK && !found)
		return po_err_set(r->err, PO_E_CONFIG,
		    "%s:%u: there is no file \"%s\" to include", line->file,
		    line->number, name);
	return st;
}

/* With a line of its own in front: two substacks in a row are two. */
static enum po_status
take_substack(struct reader *r, const char *name, struct po_pam_line *line)
{
	AUTO(line_clear)
	struct po_pam_line begin = {
		.type = line->type,
		.depth = line->depth,
		.number = line->number,
		.control = po_str_dup("substack"),
		.module = po_str_dup(""),
		.args = po_str_dup(""),
		.file = po_str_dup(line->file),
	};
	enum po_status st;

	if (begin.control == NULL || begin.module == NULL ||
	    begin.args == NULL || begin.file == NULL)
		return po_err_set(r->err, PO_E_NOMEM, "out of memory");
	if ((st = append(r, &begin)) != PO_OK)
		return st;
	return include(r, name, line->type, line->depth + 1, line);
}

/* TYPE CONTROL MODULE ARGUMENTS, the type being read. */
static enum po_status
take_module(
    struct reader *r, char *rest, unsigned wanted, struct po_pam_line *line)
{
	bool list = false, ignored;
	char *control = next_word(&rest, &list);
	char *module = next_word(&rest, &ignored);

	if (module == NULL)
		return po_err_set(r->err, PO_E_CONFIG,
		    "%s:%u: no module behind the control", line->file,
		    line->number);
	if (wanted != ANY_TYPE && wanted != line->type)
		return PO_OK;
	if (strcmp(control, "include") == 0)
		return include(r, module, line->type, line->depth, line);
	if (strcmp(control, "substack") == 0)
		return take_substack(r, module, line);
	if ((line->control = po_str_dup(control)) == NULL ||
	    (line->module = po_str_dup(module)) == NULL ||
	    (line->args = po_str_dup(rest + strspn(rest, " \t"))) == NULL)
		return po_err_set(r->err, PO_E_NOMEM, "out of memory");
	if (!parse_control(control, list, line))
		return po_err_set(r->err, PO_E_CONFIG,
		    "%s:%u: \"%s\" is no control", line->file, line->number,
		    control);
	return append(r, line);
}

static enum po_status
take_line(struct reader *r, char *text, const char *file, unsigned number,
    unsigned wanted, unsigned depth)
{
	AUTO(line_clear)
	struct po_pam_line line = { .depth = depth, .number = number };
	bool bracketed;
	char *word = next_word(&text, &bracketed);
	int type;

	if (word == NULL)
		return PO_OK;
	if ((line.file = po_str_dup(file)) == NULL)
		return po_err_set(r->err, PO_E_NOMEM, "out of memory");
	if (strcmp(word, "@include") == 0) {
		word = next_word(&text, &bracketed);
		return include(r, word, wanted, depth, &line);
	}
	line.optional = *word == '-';
	type = find_word(types, PO_ARRAY_LEN(types), word + line.optional);
	if (type < 0)
		return po_err_set(r->err, PO_E_CONFIG,
		    "%s:%u: \"%s\" is no type (auth, account, password, "
		    "session)",
		    file, number, word);
	line.type = (enum po_pam_type)type;
	return take_module(r, text, wanted, &line);
}

/* Joins what goes on behind a backslash, and takes comments off. */
static enum po_status
read_lines(struct reader *r, char *text, const char *file, unsigned wanted,
    unsigned depth)
{
	unsigned number = 0;
	enum po_status st = PO_OK;

	while (st == PO_OK && *text != '\0') {
		char *line = text, *end;
		unsigned first = ++number;

		while ((end = strchr(text, '\n')) != NULL && end > line &&
		       end[-1] == '\\') {
			end[-1] = end[0] = ' ';
			text = end + 1;
			number++;
		}
		text = end == NULL ? text + strlen(text) : end + 1;
		if (end != NULL)
			*end = '\0';
		line[strcspn(line, "#\r")] = '\0';
		st = take_line(r, line, file, first, wanted, depth);
	}
	return st;
}

static enum po_status
read_file(struct reader *r, const char *path, unsigned wanted, unsigned depth,
    bool *found)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(FILE_MAX);
	struct po_err why = { 0 };
	enum po_status st;

	if (access(path, F_OK) != 0 && errno == ENOENT)
		return PO_OK;
	*found = true;
	if (po_cli_read(path, &text, &why) != PO_OK)
		return po_err_set(r->err, PO_E_CONFIG, "%s", why.text);
	po_buf_append_char(&text, '\n');
	if ((st = po_buf_check(&text, r->err)) != PO_OK)
		return st;
	return read_lines(r, (char *)text.data, path, wanted, depth);
}

static enum po_status
read_service(struct reader *r, const char *name, unsigned type, unsigned depth,
    bool *found)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(directories) && !*found; i++) {
		AUTO(po_buf_clear) struct po_buf path = PO_BUF_INIT(PATH_MAX);
		enum po_status st;

		if (name[0] == '/')
			po_buf_appendf(&path, "%s%s", r->root, name);
		else
			po_buf_appendf(
			    &path, "%s%s/%s", r->root, directories[i], name);
		if ((st = po_buf_check(&path, r->err)) != PO_OK ||
		    (st = read_file(
			 r, po_buf_str(&path), type, depth, found)) != PO_OK)
			return st;
	}
	return PO_OK;
}

enum po_status
po_pam_stack_read(const char *root, const char *service,
    struct po_pam_stack *out, struct po_err *err)
{
	struct reader r = { .root = root, .out = out, .err = err };
	bool found = false;
	enum po_status st;

	*out = (struct po_pam_stack){ 0 };
	st = read_service(&r, service, ANY_TYPE, 0, &found);
	if (st != PO_OK)
		po_pam_stack_clear(out);
	return st;
}

/* --- all services --------------------------------------------------------- */

/* What a package manager or an editor has left is no service. */
static bool
is_service(const char *name)
{
	return name[0] != '.' && strchr(name, '~') == NULL &&
	       strstr(name, ".dpkg-") == NULL && strstr(name, ".rpm") == NULL;
}

static enum po_status
list_directory(const char *path, struct po_cli_names *out, struct po_err *err)
{
	AUTO(po_dir_close) DIR *dir = opendir(path);
	const struct dirent *entry;

	if (dir == NULL)
		return errno == ENOENT ? PO_OK : po_err_sys(err, "%s", path);
	while ((entry = readdir(dir)) != NULL)
		if (is_service(entry->d_name) &&
		    !po_cli_names_add(out, entry->d_name))
			return po_err_set(err, PO_E_NOMEM, "out of memory");
	return PO_OK;
}

enum po_status
po_pam_services_read(
    const char *root, struct po_cli_names *out, struct po_err *err)
{
	*out = (struct po_cli_names){ 0 };
	for (size_t i = 0; i < PO_ARRAY_LEN(directories); i++) {
		AUTO(po_buf_clear) struct po_buf path = PO_BUF_INIT(PATH_MAX);
		enum po_status st;

		po_buf_appendf(&path, "%s%s", root, directories[i]);
		if ((st = po_buf_check(&path, err)) != PO_OK ||
		    (st = list_directory(po_buf_str(&path), out, err)) !=
			PO_OK) {
			po_cli_names_clear(out);
			return st;
		}
	}
	po_cli_names_sort(out);
	return PO_OK;
}
