# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Sourced by every lint.  Each takes the tree as its argument (default: the
# one it stands in), prints PLACE: WHAT for all that is wrong, and exits 1;
# 77 when it cannot look (automake: skipped).
set -euo pipefail
export LC_ALL=C

in_build=${builddir:+yes}
builddir=$(cd "${builddir:-.}" && pwd)
lint=$(cd "$(dirname "$0")" && pwd)
cd "${1:-${srcdir:-$lint/../..}}"
# shellcheck disable=SC2034 # every lint exits with it
bad=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

complain() {
	printf '%s: %s\n' "$1" "$2"
	# shellcheck disable=SC2034 # see above
	bad=1
}

# at FILE: the places that grep -n found.
at() {
	sed -n "s|^\([0-9]*\):.*|$1:\1|p"
}

# complain_all WHAT: a complaint for each place of the input.
complain_all() {
	local place
	while read -r place; do
		complain "$place" "$1"
	done
}

skip() {
	echo "SKIP: ${0##*/}: $*"
	exit 77
}

# built FILE...: what a build makes; whoever runs a lint by hand may have none.
built() {
	local file
	for file; do
		[ ! -f "$file" ] || continue
		[ -n "$in_build" ] || skip "$file is not built"
		complain "$file" "is not built"
		exit 1
	done
}

need() {
	command -v "$1" >/dev/null || skip "$1 is not installed"
}

# Files of ours: from git, or in a release tarball all that is not generated.
tree_files() {
	if [ -z "$(git rev-parse --show-prefix 2>/dev/null || echo x)" ]; then
		# a build directory in the tree, whatever its name, is none of it
		mapfile -t builds < <(find . -mindepth 2 -name config.status \
			-printf ':!%P\n' | sed 's|/config.status$||')
		git ls-files -co --exclude-standard -- . "${builds[@]}"
	else
		find . \( -name node_modules -o -name .git -o -name '_*' \
			-o -name autom4te.cache -o -name build-aux \
			-o -name __pycache__ \) -prune -o -type f \
			! -name aclocal.m4 ! -name configure \
			! -name 'config.h.in*' ! -name Makefile.in \
			! -path './m4/*.m4' -print | sed 's|^\./||'
	fi | while read -r file; do
		[ ! -f "$file" ] || printf '%s\n' "$file"
	done
}

# Shell scripts by their first line, and what they source.
shell_files() {
	tree_files | while read -r file; do
		case $file in
		*.bash) echo "$file" ;;
		*) head -n 1 "$file" | tr -d '\0' |
			grep -qE '^#!.*[/ ](ba)?sh$' && echo "$file" ;;
		esac || true
	done
}

# C without its comments and the contents of its literals, line by line.
strip_c() {
	awk '{
		line = ""
		for (i = 1; i <= length($0); i++) {
			c = substr($0, i, 1)
			two = substr($0, i, 2)
			if (state == "comment") {
				if (two == "*/") { state = ""; i++ }
				line = line " "
			} else if (state != "") {
				if (c == "\\") i++
				else if (c == state) {
					state = ""
					line = line c
				}
			} else if (two == "/*") {
				state = "comment"
				i++
				line = line " "
			} else if (two == "//") {
				break
			} else {
				if (c == "\"" || c == "\047") state = c
				line = line c
			}
		}
		print line
	}' "$1"
}
