#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What README.md says of Debian's exceptions is what the rows say: exceptions.sh HVG-SCENARIOS.
set -euo pipefail

here=$(dirname "$0")
tap_name=scenarios-exceptions
. "$here/../meta/tap.sh"

readme_is_true() {
	diff <(grep '^| `' "$here/README.md") <(
		"$1" --daemon debian --exceptions --list
		"$1" --service fcopy --daemon debian --exceptions --list
		"$1" --service fcopy --daemon debian --exceptions --ring --list
	)
}

check "README.md lists each exception with its reason" readme_is_true "$1"
finish
