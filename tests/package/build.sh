#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Everything is built by another Debian's compiler, whose warnings are errors too, and tested there as far as it takes
# neither a guest nor a machine: build.sh SOURCE-DIR DEBIAN. What it builds stays in build/DEBIAN/debug.
set -eu
tap_name=$2-build
. "$(dirname "$0")/../meta/tap.sh"
source_dir=$(realpath "$1")
debian=$2
within=$(dirname "$(realpath "$0")")/within
build=build/$debian/debug

there() {
	"$within" "$debian" "$source_dir" "$@"
}

build() {
	there cmake --preset debug -B "$build" -Wno-dev && there cmake --build "$build" -- -j2
}

# Its suites have the names of those of this Debian.
run_tests() {
	local tap=$source_dir/$build/tap status=0 file

	rm -rf "$tap"
	mkdir -p "$tap"
	there env HVG_TAP_DIR="$tap" ctest --test-dir "$build" --output-on-failure -R '^(unit|meta)-' \
		-E '^(unit-arm64|meta-abi)$' || status=$?
	for file in "$tap"/*.tap; do
		[ -z "${HVG_TAP_DIR:-}" ] || cp "$file" "$HVG_TAP_DIR/$debian-${file##*/}"
	done
	return "$status"
}

check "it builds" build
check "units and what is written are right there, too" run_tests
finish
