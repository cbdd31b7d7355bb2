#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Prints the folder of a root file system for containers, and makes it if it is not there: root.sh KIND [debian-12|debian-13],
# of this machine's Debian or another. KIND is managers, with the network managers in it; bare, for packages to be installed
# in; or build, where they are made. Debian's signed packages, kept in ${HVG_CACHE:-${XDG_CACHE_HOME:-/var/cache}/hvguest}.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
kind=$1
case ${2:-debian-$(. /etc/os-release && echo "$VERSION_ID")} in
debian-12) suite=bookworm ;;
debian-13) suite=trixie ;;
*) echo "root.sh: there is no $2" >&2; exit 2 ;;
esac
mirror=http://deb.debian.org/debian
later= # not installed, but there for apt, which finds no network
case $kind in
managers)
	packages=systemd,systemd-resolved,systemd-sysv,dbus,polkitd,network-manager,netplan.io,ifupdown,isc-dhcp-client,iproute2,udev,procps,strace
	packages+=,libmnl0,libinih1,libsystemd0,libudev1,libsmartcols1,libjansson4
	;;
bare)
	packages=systemd,systemd-sysv,dbus,udev
	later="hyperv-daemons polkitd libmnl0 libinih1 libjansson4"
	;;
build)
	# What building and packaging take, and of what the tests take: the unit tests', the units' and the man pages'.
	packages=$(sed -n '/^# to build/,/^# to test/p' "$here/../../debian-packages.txt" | awk '/^[^#]/ { print $1 }' | paste -sd,)
	packages+=,btrfs-progs,check,dbus,e2fsprogs,g++,iproute2,libfuse3-dev,mandoc,mount,procps,python3,strace,systemd,udev,xfsprogs
	;;
esac

cache=${HVG_CACHE:-${XDG_CACHE_HOME:-/var/cache}/hvguest}/$kind
name=$suite-$(printf '%s' "$packages$later" | sha256sum | cut -c1-16)

options=()
if [ -n "$later" ]; then
	apt='APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get -qq -o APT::Sandbox::User=root'
	options=(--skip=cleanup/apt/lists,cleanup/apt/cache "--customize-hook=$apt clean && $apt -o APT::Install-Recommends=true install --download-only $later")
fi

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
if [ ! -d "$cache/$name" ]; then
	# What it mounts goes with it, also if it is killed: the next one must not remove what is mounted there.
	rm -rf --one-file-system "$cache/$name.new"
	unshare --mount --propagation private mmdebstrap --quiet --variant=minbase --include="$packages" "${options[@]}" \
		"$suite" "$cache/$name.new" "$mirror" >&2
	mv "$cache/$name.new" "$cache/$name"
fi
echo "$cache/$name"
