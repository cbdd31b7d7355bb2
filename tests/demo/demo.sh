#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What ./dev demo shows is there, on the host's side and on the guest's: demo.sh HVG-DEMO
# HV-KVPD HVCTL HV-NETD.
set -euo pipefail

here=$(dirname "$0")
tap_name=demo
. "$here/../meta/tap.sh"

if [ "$(id -u)" != 0 ]; then
	echo "ok 1 - $tap_name # SKIP needs root" >&3
	echo "1..1" >&3
	exit 0
fi

shown=$(mktemp)
trap 'rm -f "$shown"' EXIT

plays_to_its_end() {
	"$@" >"$shown" || { cat "$shown"; return 1; }
	grep -q '^That is Data Exchange, both ways, and an injection, forth and back\.$' "$shown"
}

# A line of the demo, blanks squeezed.
shows() {
	tr -s ' ' <"$shown" | grep -qE "$1" || { cat "$shown"; return 1; }
}

shows_once() {
	[ "$(tr -s ' ' <"$shown" | grep -cE "$1")" = 1 ] || { cat "$shown"; return 1; }
}

check "it plays to its end" plays_to_its_end "$@"
check "the host sees the guest's name" shows '^ host> FullyQualifiedDomainName guest'
check "the host sees the guest's address" shows '^ host> NetworkAddressIPv4 10\.0\.0\.2$'
check "the host sets a value" shows '^ host> set role = web server$'
check "the guest gets the host's value" shows '^web server$'
check "the host sees what the guest sets" shows '^ host> status deployment complete$'
check "the guest lists the host's value" shows '^external role web server$'
check "the guest lists its own value" shows '^guest status deployment complete$'
check "the guest lists what it reports itself" shows '^auto NetworkAddressIPv4 10\.0\.0\.2$'
check "the watch saw the host set" shows_once '^[0-9T:+-]+ set external role = web server$'
check "the watch saw the guest set" shows_once '^[0-9T:+-]+ set guest status = deployment complete$'
check "the watch saw the host delete" shows_once '^[0-9T:+-]+ unset external role$'
check "the host reads back what it injected" shows '^ host> reads back 192\.0\.2\.7(;|$)'
check "the host hears that an injection failed" shows '^ host> gets 0x80004005$'
check "the history tells of both" shows '^[0-9-]+ [0-9:]+ eth0 none failed 2001:db8::66 is in use'
finish
