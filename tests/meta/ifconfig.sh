#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# hv_set_ifconfig asks of hv-netd what the kernel tree's daemon has written down: ifconfig.sh SOURCE-DIR. hvctl is one
# that shows what it is given; ./dev e2e --root debian-12 --packages has the real one.
set -eu
tap_name=meta-ifconfig
. "$(dirname "$0")/tap.sh"
program=$(realpath "$1")/conf/compat/hv_set_ifconfig
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
export PATH=$stage:$PATH TMPDIR=$stage

cat >"$stage/hvctl" <<'HVCTL'
#!/bin/sh
echo "$1 $2" && cat "$3"
[ ! -e "$(dirname "$0")/refuses" ]
HVCTL
chmod +x "$stage/hvctl"

# As hv_kvp_daemon.c writes it.
cat >"$stage/static" <<'IFCFG'
HWADDR=00:15:5D:01:02:03
DEVICE=eth0
BOOTPROTO=none
IPADDR0=192.0.2.7
IPADDR1=192.0.2.8
IPV6ADDR=2001:0db8:0000:0000:0000:0000:0000:0007
IPV6ADDR_1=2001:0db8:0000:0000:0000:0000:0000:0008
NETMASK0=255.255.255.0
NETMASK1=255.255.255.128
IPV6NETMASK=64
IPV6NETMASK_1=48
GATEWAY=192.0.2.1
GATEWAY1=192.0.2.2
IPV6_DEFAULTGW=2001:0db8:0000:0000:0000:0000:0000:0001
DNS1=192.0.2.53
DNS2=2001:0db8:0000:0000:0000:0000:0000:0053
IFCFG
printf 'HWADDR=00:15:5D:01:02:03\nDEVICE=eth0\nBOOTPROTO=dhcp\n' >"$stage/dhcp"

asks_for_all_of_it() {
	diff - <("$program" "$stage/static" "$stage/static.nmconnection") <<'SAID'
net apply
adapter=00:15:5D:01:02:03
dhcp=no
addresses=192.0.2.7;192.0.2.8;2001:0db8:0000:0000:0000:0000:0000:0007;2001:0db8:0000:0000:0000:0000:0000:0008
subnets=255.255.255.0;255.255.255.128;64;48
gateways=192.0.2.1;192.0.2.2;2001:0db8:0000:0000:0000:0000:0000:0001
dns=192.0.2.53;2001:0db8:0000:0000:0000:0000:0000:0053
SAID
}

asks_for_dhcp() {
	diff - <("$program" "$stage/dhcp") <<'SAID'
net apply
adapter=00:15:5D:01:02:03
dhcp=yes
addresses=
subnets=
gateways=
dns=
SAID
}

fails_as_hvctl_does() {
	local status=0

	touch "$stage/refuses"
	"$program" "$stage/dhcp" || status=$?
	rm "$stage/refuses"
	[ "$status" != 0 ]
}

# It would wait for itself.
is_no_script_of_hv_netd() {
	[ -z "$("$program" /var/lib/hvguest/net/script/ifcfg-eth0 2>/dev/null)" ] || return 1
	! "$program" /var/lib/hvguest/net/script/ifcfg-eth0 2>/dev/null
}

leaves_nothing() {
	[ -z "$(find "$stage" -mindepth 1 -name 'tmp.*')" ]
}

check "an ifcfg file is asked for, all of it" asks_for_all_of_it
check "a file that says dhcp asks for that" asks_for_dhcp
check "when that fails it fails" fails_as_hvctl_does
check "it does not have hv-netd call itself" is_no_script_of_hv_netd
check "it leaves no file" leaves_nothing
finish
