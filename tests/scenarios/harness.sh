#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# harness.sh BUILD: what must never pass on a real kernel does not. A scenario that expects nothing unusual is played
# on a session of the vm body whose monitor is a stand-in, to which this and that happens.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
build=$1
tap_name=scenarios-harness
. "$here/../meta/tap.sh"

options='--daemon none'
folder=$(mktemp -d "${TMPDIR:-/tmp}/hvg-harness.XXXXXX")
trap 'rm -rf "$folder"' EXIT

# The scenario's status, and then the session's; what either said.
play() {
	local session status=0

	rm -f "$folder"/*
	"$build/tests/host/vm/session/hvg-vm-session" "$folder" python3 "$here/stand-in-monitor.py" "$1" "$folder/monitor" &
	session=$!
	for _ in $(seq 600); do [ ! -s "$folder/up" ] && kill -0 "$session" 2>/dev/null || break; sleep 0.1; done
	HVG_TAP_DIR='' HVG_VM=$folder timeout 120 "$build/tests/scenarios/hvg-scenarios" --body vm \
		--scenario counts_on_from_each_heartbeat $options || status=$?
	kill "$session" 2>/dev/null || true
	wait "$session" && echo "statuses: $status 0" || echo "statuses: $status $?"
}

# Whether CASE ends with these statuses, and whether that was said.
ends() {
	local case=$1 statuses=$2 text said
	shift 2

	said=$(play "$case" 2>&1)
	for text in "statuses: $statuses" "$@"; do
		grep -qF -- "$text" <<<"$said" || { printf "no '%s' in:\n%s\n" "$text" "$said"; return 1; }
	done
}

check "a scenario passes where nothing is wrong" ends well "0 0" "0 not as they should be"
check "a message that is not understood fails it, and its bytes are shown" \
	ends nonsense "1 0" "failed by a fault of the machine" "8 bytes: 63 00 00 00 2a 00 00 00"
check "an oops fails it, although every answer is right" \
	ends oops "1 0" "failed by a fault of the machine" "console: [    1.0] BUG: kernel NULL pointer dereference"
check "a guest that hangs fails it, and its last lines are shown" \
	ends hang "1 0" "failed by a fault of the machine" "its last words"
check "a guest that crashes fails it" ends crash "1 0" "failed by a fault of the machine" "a triple fault at 0x1234"
check "a monitor that ends fails it" ends end "1 0" "the monitor has ended"
check "a fault that no scenario has heard of fails the run" ends unheard "0 1" "a fault that nobody hears"
check "a guest that does not come up ends the session" ends stillborn "1 0" "the guest did not come up"
options='--daemon debian --exceptions'
check "an oops fails also what is expected to fail" ends oops "1 0" "failed by a fault of the machine"
finish
