#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Packages are made, and nothing is wrong with them: make.sh SOURCE-DIR [DEBIAN], of this machine's Debian or, in a
# container, another. With HVG_FULL=1 they are made once more, which tells nothing but whether the same bytes come of it.
set -eu
tap_name=${2:+$2-}package-make
. "$(dirname "$0")/../meta/tap.sh"
source_dir=$(realpath "$1")
packages=$source_dir/build/${2:+$2/}package
on=(${2:+--on "$2"})
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

# Every complaint counts, whatever its weight: lintian's status tells of errors alone. But words that it finds in
# programs are often none: machine code looks like that by chance, another with each change.
lint() {
	local said there=()

	[ ${#on[@]} = 0 ] || there=("$(dirname "$(realpath "$0")")/within" "${on[1]}" "$packages")
	said=$("${there[@]}" lintian --allow-root --pedantic --display-info --suppress-tags spelling-error-in-binary "$packages"/*.deb)
	[ -z "$said" ] || { echo "$said"; return 1; }
}

# On a machine where everything is installed the build itself does not tell.
asks_for_what_it_needs() {
	local needed

	needed=$(sed -n '/HVG_BUILD_TESTS/q; s/^hvg_require([A-Z]* "[a-z0-9]*>=\(.*\)" \(.*\))$/ \2 (>= \1),/p' \
		"$source_dir/cmake/Dependencies.cmake")
	[ -n "$needed" ] || return
	! grep -vxFf "$source_dir/debian/control" <<<"$needed"
}

asks_nothing() {
	local package control

	for package in "$packages"/*.deb; do
		for control in config templates; do
			[ -z "$(dpkg-deb --ctrl-tarfile "$package" | tar -t "./$control" 2>/dev/null)" ] || return 1
		done
	done
}

# The folder, the time, the time zone, the language and the umask are other ones.
again() {
	local other="$stage/another"

	mkdir "$other"
	tar -C "$source_dir" -c --exclude=./build --exclude=./.git . | tar -C "$other" -x
	find "$other" -newermt 1970-01-02 -exec touch -d '2001-02-03 04:05:06' {} +
	(umask 077 && TZ=Pacific/Auckland LC_ALL=C "$other/dev" package "${on[@]}")
}

same_bytes() {
	local package

	for package in "$packages"/*.deb "$packages"/debug/*.deb; do
		cmp "$package" "$stage/another/${package#"$source_dir/"}" || return
	done
}

check "./dev package makes packages" "$source_dir/dev" package "${on[@]}"
check "lintian has nothing to say, however pedantic" lint
check "the libraries that the build looks for are in debian/control" asks_for_what_it_needs
check "none of them asks anything" asks_nothing
if [ -n "${HVG_FULL:-}" ]; then
	check "they are made again: another folder, another time" again
	check "the same bytes come of it" same_bytes
fi
finish
