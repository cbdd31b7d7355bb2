#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The units are ones that systemd takes without a word, and what is installed beside it is well-formed:
# unit.sh SOURCE-DIR BUILD-DIR.
set -eu
tap_name=meta-unit
. "$(dirname "$0")/tap.sh"
source_dir=$(realpath "$1")
build_dir=$(realpath "$2")
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

# verify wants the program to be there: the one that was just built stands in for the installed one.
verify() {
	local unit=$1 program=$2 said

	for name in "$unit" "${unit%.socket}.service"; do # a socket wants its service beside it
		[ ! -e "$build_dir/systemd/$name" ] ||
			sed "s|^\(Exec[A-Za-z]*\)=[^ ]*/sbin/[^ ]*|\1=$program|" "$build_dir/systemd/$name" >"$stage/$name"
	done
	said=$(systemd-analyze verify --man=no --generators=no "$stage/$unit" 2>&1) || true
	[ -z "$said" ] || { echo "$said"; return 1; }
}

# The most that may be done from within, from 0 (nothing) to 10, times ten.
exposure_of() {
	case $1 in
	hv-kvpd | hv-timed) echo 15 ;; # users, not root
	hv-fcopyd) echo 26 ;; # no directory is closed to it
	*) echo 25 ;;
	esac
}

secure() {
	systemd-analyze security --no-pager --offline=yes --threshold="$(exposure_of "$1")" "$stage/$1.service"
}

# Lines of KEY=, each without it.
values_of() {
	sed -n "s/^$2=//p" "$build_dir/systemd/$1"
}

# A device's unit exists once udev tags the device; one that nobody tags starts nothing.
starts_with_its_device() {
	local devices device node

	devices=$(values_of "$1" WantedBy | grep '\.device$') || return
	for device in $devices; do
		node=$(systemd-escape --unescape --path "${device%.device}")
		node=$(echo "$node" | sed 's|^/sys/devices/virtual/misc/vmbus!|KERNEL=="vmbus/|; s|^/dev/|SYMLINK+="|')
		grep -F "$node\"" "$source_dir/conf/udev/60-hvguest.rules" | grep -q 'TAG+="systemd"' ||
			{ echo "nobody tags $node"; return 1; }
	done
}

# What is wanted and does not come is waited for by nobody, and what goes takes nobody with it.
waits_for_no_device() {
	! grep '^\(After\|BindsTo\|Requires\|Requisite\)=.*\.device' "$build_dir/systemd/$1"
}

# Where another hypervisor's guest asks for it, or a package starts what it has installed.
has_nothing_to_do_elsewhere() {
	[ "$(values_of "$1" ConditionVirtualization)" = "|microsoft" ] && values_of "$1" ConditionPathExists | grep -q '^|/dev/vmbus/'
}

is_preset() {
	! grep -q '^\[Install\]' "$build_dir/systemd/$1" || grep -qx "enable $1" "$source_dir/systemd/80-hvguest.preset"
}

# The names that cloud-init, LISA and scripts know; cloud-init reads what the host has sent by then.
is_known_as() {
	local name

	for name in "${@:2}"; do
		values_of "$1" Alias | grep -qx "$name.service" || { echo "not as $name"; return 1; }
	done
}

# What pgrep and Microsoft's tests know; the kernel takes the name of the file that is started.
is_among_processes_as() {
	[ "$(basename "$(values_of "$1" ExecStart)")" = "$2" ]
}

is_before_those_who_read_pools() {
	values_of hv-kvpd.service Before | grep -w cloud-init-local.service | grep -w walinuxagent.service | grep -qw sysinit.target
}

# hv-netd-restore@.service is hv-netd's.
program_of() {
	echo "$1" | grep -o '^hv-[a-z]*'
}

well_formed() {
	python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$1"
}

# udevd tells of a device that has returned in its own network namespace, by netlink.
hears_udevd() {
	! grep -q '^PrivateNetwork=' "$build_dir/systemd/$1" && grep -q '^RestrictAddressFamilies=.*AF_NETLINK' "$build_dir/systemd/$1"
}

# RestrictSUIDSGID= answers openat2(2) with ENOSYS, because it cannot look into its arguments.
has_openat2() {
	! grep -q '^RestrictSUIDSGID=' "$build_dir/systemd/$1"
}

# A sandbox that keeps the host name of the start would keep the host from hearing of a new one.
sees_the_host_name() {
	! grep -q '^ProtectHostname=' "$build_dir/systemd/$1"
}

# What thaws is started while / is frozen: no folder may be made there for it.
thaws_without_a_folder() {
	grep -q '^ExecStopPost=+' "$build_dir/systemd/$1" &&
		! grep -q '^\(State\|Cache\|Logs\|Configuration\)Directory=' "$build_dir/systemd/$1"
}

# The group hvguest may read key-value pairs, and must not get to change addresses by that.
lets_only_kvpd_in() {
	diff <(grep '^Socket\(User\|Group\|Mode\)=' "$build_dir/systemd/hv-netd.socket") - <<-'EOF'
		SocketUser=hvguest
		SocketMode=0600
	EOF
}

keeps_modes() {
	local pools=$stage/root/var/lib/hyperv

	mkdir -p "$stage/root/etc" "$pools"
	echo 'hvguest:x:989:989::/:/bin/false' >"$stage/root/etc/passwd"
	echo secret >"$pools/.kvp_pool_0"
	chmod 0600 "$pools/.kvp_pool_0"
	systemd-tmpfiles --create --root="$stage/root" "$source_dir/conf/tmpfiles/hvguest.conf" || return
	[ "$(stat -c %a "$pools/.kvp_pool_0" "$pools/.kvp_pool_1" | tr '\n' ' ')" = "600 644 " ]
}

for unit in "$source_dir"/systemd/*.service.in; do
	name=$(basename "$unit" .service.in)
	program=$(program_of "$name")
	check "systemd-analyze verify is silent for $name.service" verify "$name.service" "$build_dir/daemons/$program/$program"
	check "systemd-analyze security is content with $name.service" secure "$name"
	check "$name.service waits for no device" waits_for_no_device "$name.service"
done
for unit in hv-fcopyd.service hv-kvpd.service hv-netd.socket hv-timed.service hv-vssd.service; do
	check "$unit starts with its device" starts_with_its_device "$unit"
done
for unit in hv-fcopyd.service hv-kvpd.service hv-netd.service hv-netd.socket hv-vssd.service; do
	check "$unit has nothing to do on other hypervisors" has_nothing_to_do_elsewhere "$unit"
done
for unit in "$source_dir"/systemd/*.in; do # not the build's: it keeps those of units that are gone
	name=$(basename "$unit" .in)
	check "$name is enabled by the preset, if it can be" is_preset "$name"
done
check "hv-kvpd.service has its old names" is_known_as hv-kvpd.service hv_kvp_daemon hv-kvp-daemon hypervkvpd
check "hv-vssd.service has its old names" is_known_as hv-vssd.service hv_vss_daemon hv-vss-daemon hypervvssd
check "hv-fcopyd.service has its old names" is_known_as hv-fcopyd.service hv_fcopy_daemon hv-fcopy-daemon hypervfcopyd \
	hv-fcopy-uio-daemon
for service in fcopy kvp vss; do
	check "the process of hv-${service}d.service has the name that others look for" \
		is_among_processes_as "hv-${service}d.service" "hv_${service}_daemon"
done
check "hv-kvpd.service comes before those who read pools" is_before_those_who_read_pools
for unit in hv-fcopyd.service hv-kvpd.service hv-vssd.service; do
	check "$unit hears udevd" hears_udevd "$unit"
done
check "hv-fcopyd.service has openat2(2)" has_openat2 hv-fcopyd.service
check "hv-kvpd.service sees the host name" sees_the_host_name hv-kvpd.service
check "hv-vssd.service needs no folder of a frozen disk to thaw it" thaws_without_a_folder hv-vssd.service
check "hv-netd.socket is for hv-kvpd's user alone" lets_only_kvpd_in
check "tmpfiles makes the pools, and leaves the mode of one that exists" keeps_modes
for unit in "$build_dir"/systemd/*.socket; do
	program=$(program_of "${unit##*/}")
	check "systemd-analyze verify is silent for ${unit##*/}" verify "${unit##*/}" "$build_dir/daemons/$program/$program"
done
for file in "$source_dir"/conf/dbus/*.conf "$source_dir"/conf/polkit/*.policy; do
	check "${file##*/} is well-formed" well_formed "$file"
done
check "systemd takes the sysusers file" systemd-sysusers --dry-run --root="$stage" "$source_dir/conf/sysusers/hvguest.conf"
mkdir -p "$stage/usr/lib/systemd/catalog"
cp "$source_dir/conf/catalog/hvguest.catalog" "$stage/usr/lib/systemd/catalog/"
check "the catalog compiles" journalctl --update-catalog --root="$stage"
echo "Exposure, from 0 to 10:"
systemd-analyze security --no-pager --offline=yes "$stage"/*.service | sed -n 's/^.*level for \(.*\): \([0-9.]*\) .*/  \2 \1/p'
finish
