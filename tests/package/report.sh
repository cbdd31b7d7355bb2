#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# In the system that plain.sh boots: what is looked at, under headings, to the second serial port; then it switches off.
exec >/dev/ttyS1 2>&1

ours='hv-fcopyd hv-kvpd hv-netd.socket hv-netd hv-vssd hv-timed'

tell() {
	echo "--- $1"
	shift
	"$@"
}

running() {
	systemctl list-units 'hv-*' --state=active,activating,reloading --plain --no-legend
}

failed() {
	systemctl list-units --failed --plain --no-legend
}

# Of ours, or about us.
journal() {
	journalctl --boot --quiet --no-pager | grep 'hv-[a-z]\|hv_\|hypervkvpd\|hvguest'
}

# By a person, or a package.
started() {
	# shellcheck disable=SC2086 # names
	systemctl start $ours
	running
	failed
}

status() {
	hvctl status
	echo "status $?"
}

until systemd-analyze time >/dev/null 2>&1; do sleep 1; done
tell virtualization systemd-detect-virt
tell packages dpkg-query -W -f '${db:Status-Status}\n' hvguest hvctl libhvguest0 libhvguest-dev
tell running running
tell failed failed
tell journal journal
tell chain systemd-analyze --no-pager critical-chain
tell blame systemd-analyze --no-pager blame
tell started started
tell status status
tell end true
systemctl poweroff
