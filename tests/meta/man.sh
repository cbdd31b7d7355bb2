#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The man pages pass mandoc's lint without a word. Which other pages are installed says nothing of
# ours, so those remarks are left out; that our pages refer to each other rightly is looked at here, and
# that hvguest(7) and libhvguest(3) lead to all of them.
set -eu
tap_name=meta-man
. "$(dirname "$0")/tap.sh"
cd "$1/man"

lint() {
	local said

	said=$(mandoc -T lint "$1" 2>&1 | grep -v 'referenced manual not found\|outdated mandoc.db') || true
	[ -z "$said" ] || { echo "$said"; return 1; }
}

# A page of ours, or a function that one is about.
refers_to_pages_of_ours() {
	sed -n 's/^\.Xr \(hv[^ ]*\|libhv[^ ]*\) \([1-8]\).*/\1.\2/p' "$1" | while read -r page; do
		[ -e "$page" ] || grep -q "^\.Nm ${page%.3}\b" hvg_*.3 || { echo "$1 refers to $page"; return 1; }
	done
}

# leads_to MAP PAGE…
leads_to() {
	local map=$1 page
	shift

	for page; do
		[ "$page" = "$map" ] || grep -q "\bXr ${page%.*} ${page##*.}\b" "$map" || { echo "$map does not lead to $page"; return 1; }
	done
}

for page in *.[1-8]; do
	check "lint of $page" lint "$page"
	check "references of $page" refers_to_pages_of_ours "$page"
done
check "hvguest(7) leads to every page" leads_to hvguest.7 libhvguest.3 *.[1578]
check "libhvguest(3) leads to every page of the library" leads_to libhvguest.3 *.3
finish
