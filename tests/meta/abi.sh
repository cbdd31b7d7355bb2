#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What programs see of libhvguest.so is what was recorded: functions, structures, values.
# abi.sh SOURCE-DIR BUILD-DIR [--record]; the build needs debugging information.
set -eu
tap_name=meta-abi
. "$(dirname "$0")/tap.sh"
recorded=$1/tests/data/abi/libhvguest.so.0.abi
library=$2/lib/libhvguest.so.0
headers=$(realpath "$1/lib/include")
built=$(mktemp)
trap 'rm -f "$built"' EXIT

# What only the library's own files know is left out, and so is where they lie.
dump() {
	abidw --headers-dir "$headers" --drop-private-types --drop-undefined-syms --no-architecture --no-corpus-path \
		--no-comp-dir-path --no-elf-needed --no-parameter-names --no-show-locs "$library"
}

# abidiff's word for what breaks (8) does not come for members that move, nor for new values.
advice() {
	if abidiff --no-added-syms "$recorded" "$built" >/dev/null; then
		echo "Programs that were built before go on working. Record it, and tell CHANGELOG.md:"
	else
		echo "Programs that were built before break, unless what has changed is a member at the end of a structure"
		echo "that may grow. Then record it, and tell CHANGELOG.md; else change it back, or raise SOVERSION:"
	fi
	echo "	tests/meta/abi.sh . build/debug --record"
}

# Two dumps are compared: abidiff of Debian 12 fails on a dump and a library when headers are given.
same() {
	dump >"$built"
	abidiff "$recorded" "$built" || { advice; return 1; }
}

shows_every_function() {
	diff <(sed -n 's/^\t\(hvg_[a-z0-9_]*\);$/\1/p' "$headers/../libhvguest.map") \
		<(sed -n "s/.*<elf-symbol name='\(hvg_[a-z0-9_]*\)'.*/\1/p" "$recorded" | sort)
}

if [ "${3:-}" = --record ]; then
	dump >"$recorded"
	exit
fi
check "the library is as it was recorded" same
check "every function is recorded" shows_every_function
finish
