#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# plain.sh PACKAGES BUILD [ROOT [KERNEL]]: a Debian in which the packages of that folder are installed boots in plain
# QEMU, where there is no Hyper-V: nothing of ours runs, fails or takes time. The system itself tells, by report.sh.
# The console and what it told are kept in BUILD/vm/ROOT-plain-KERNEL.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
packages=$1 build=$2 root=${3:-debian-12} kernel=${4:-6.1}
tap_name=package-plain-$root-$kernel
. "$here/../meta/tap.sh"
setup=$here/../host/vm/setup
logs=$build/vm/$root-plain-$kernel
patience_s=1800 # where ten others compile, too
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

# The loader's, and over it what speaks in place of the agent: a kernel takes archives behind each other.
make_initrd() {
	local over=$stage/over/payload

	"$setup/loader" "$kernel" "$build" "$stage/initrd" packaged
	install -D -m 0644 "$here/report.service" "$over/etc/systemd/system/hvg-agent.service"
	install -D "$here/report.sh" "$over/usr/lib/hvguest-tests/report"
	(cd "$stage/over" && find . | cpio -o -H newc -R 0:0 --quiet) >>"$stage/initrd"
}

boot() {
	local qemu tree image

	image=$("$setup/packaged" "$("$setup/root" "$root")" "$packages")
	qemu=$("$setup/cache" qemu)
	tree=$("$setup/cache" "$kernel")
	QEMU_MODULE_DIR=$qemu/usr/lib/x86_64-linux-gnu/qemu TMPDIR=$stage timeout "$patience_s" \
		"$qemu/lib64/ld-linux-x86-64.so.2" --library-path "$qemu/lib/x86_64-linux-gnu:$qemu/usr/lib/x86_64-linux-gnu" \
		"$qemu/usr/bin/qemu-system-x86_64" -L "$qemu/usr/share/qemu" -L "$qemu/usr/share/seabios" -cpu max -m 1024M \
		-nodefaults -display none -monitor none -no-reboot \
		-kernel "$(find "$tree" -path '*/boot/vmlinuz-*' -o -path '*/modules/*/vmlinuz' | head -n 1)" -initrd "$stage/initrd" \
		-append "console=ttyS0 panic=-1 no_timer_check" \
		-drive "file=$image,format=raw,if=none,id=root,snapshot=on" -device virtio-blk,drive=root \
		-serial "file:$logs/console.log" -serial "file:$logs/report"
	told end
}

# What was told under that heading; nothing is not enough if it was not told.
told() {
	tr -d '\r' <"$logs/report" | awk -v heading="--- $1" '$0 == heading { is_it = found = 1; next } /^--- / { is_it = 0 } is_it
		END { exit !found }'
}

is_nothing() {
	local said

	said=$(told "$1") || return
	[ -z "$said" ] || { echo "$said"; return 1; }
}

is_no_hyperv() {
	told virtualization | grep -qx 'qemu\|none'
}

are_installed() {
	[ "$(told packages | sort | uniq -c | xargs)" = "4 installed" ]
}

# Both are of a boot that has ended, and name what took part in it.
takes_no_time() {
	local list

	for list in chain blame; do
		told "$list" | grep -q '\.service' || return
		! told "$list" | grep 'hv-\|hv_\|hypervkvpd\|hvguest' || return
	done
}

says_so() {
	told status | grep -q 'status 3$'
}

mkdir -p "$logs"
rm -f "$logs"/*
make_initrd
check "it comes up, and tells of itself" boot
check "there is no Hyper-V" is_no_hyperv
check "the packages are installed" are_installed
check "nothing of them runs" is_nothing running
check "nothing has failed" is_nothing failed
check "they have nothing to say" is_nothing journal
check "the boot took no time for them" takes_no_time
check "what is started by hand does not run, and is no failure" is_nothing started
check "hvctl says that this is no guest of Hyper-V" says_so
finish
