#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The ring's protocol has no state in which somebody sleeps for ever, and each part of it is needed:
# ring.sh MODEL.
set -eu
tap_name=model-ring
. "$(dirname "$0")/../meta/tap.sh"
model=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# How many errors SPIN finds, after all states were visited or one was found.
errors() {
	(cd "$work" && spin "$@" -a "$model" && gcc -O2 -DSAFETY -w -o pan pan.c && ./pan -m1000000) >"$work/said" 2>&1 || {
		cat "$work/said"
		return 1
	}
	if grep -q 'max search depth too small\|out of memory' "$work/said"; then
		cat "$work/said"
		return 1
	fi
	sed -n 's/.*errors: \([0-9]*\).*/\1/p' "$work/said"
}

holds() {
	local found

	found=$(errors) && [ "$found" = 0 ] || { echo "found: $found"; cat "$work/said"; return 1; }
}

is_needed() {
	local found

	found=$(errors "-D$1") && [ "$found" -gt 0 ] || { echo "found: $found"; return 1; }
}

check "nobody sleeps for ever, no packet is lost" holds
for part in $(sed -n 's/^#ifndef \(NO_.*\)/\1/p' "$model"); do
	check "$part is found out" is_needed "$part"
done
finish
