# SPDX-License-Identifier: LGPL-2.1-or-later
#
# TAP for the shell scripts here. `check NAME COMMAND…` runs a command: its status is the test's, and
# what it prints is shown when it fails. Sourced with NAME of the TAP file in $tap_name.

if [ -n "${HVG_TAP_DIR:-}" ]; then exec 3>"$HVG_TAP_DIR/$tap_name.tap"; else exec 3>&1; fi
tap_n=0
tap_failed=0

check() {
	local name=$1 said status=0
	shift
	said=$("$@" 2>&1) || status=$?
	tap_n=$((tap_n + 1))
	if [ "$status" = 0 ]; then
		echo "ok $tap_n - $tap_name: $name" >&3
		return
	fi
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_n - $tap_name: $name" >&3
	printf '%s: %s\n%s\n' "$tap_name" "$name" "$said" >&2
}

finish() {
	echo "1..$tap_n" >&3
	[ "$tap_failed" = 0 ] && [ "$tap_n" -gt 0 ]
}
