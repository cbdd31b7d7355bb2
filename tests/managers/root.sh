#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Prints the folder of a root file system with the network managers in it, and makes it if it is not
# there: root.sh. Debian's signed packages, kept in ${HVG_CACHE:-${XDG_CACHE_HOME:-/var/cache}/hvguest}.
set -euo pipefail

suite=bookworm
mirror=http://deb.debian.org/debian
packages=systemd,systemd-resolved,systemd-sysv,dbus,polkitd,network-manager,netplan.io,ifupdown,isc-dhcp-client,iproute2,udev,procps,strace
packages+=,libmnl0,libinih1,libsystemd0,libudev1,libsmartcols1,libjansson4

cache=${HVG_CACHE:-${XDG_CACHE_HOME:-/var/cache}/hvguest}/managers
name=$suite-$(printf '%s' "$packages" | sha256sum | cut -c1-16)

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
if [ ! -d "$cache/$name" ]; then
	# What it mounts goes with it, also if it is killed: the next one must not remove what is mounted there.
	rm -rf --one-file-system "$cache/$name.new"
	unshare --mount --propagation private mmdebstrap --quiet --variant=minbase --include="$packages" "$suite" "$cache/$name.new" "$mirror" >&2
	mv "$cache/$name.new" "$cache/$name"
fi
echo "$cache/$name"
