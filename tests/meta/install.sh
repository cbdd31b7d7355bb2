#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What is installed is complete: programs of somebody else's build against it, by pkg-config, by CMake
# and as C++, and run; the examples are among them: install.sh BUILD-DIR [FOLDER-OF-PACKAGES], of the build, or as
# Debian packages of it have it.
set -eu
tap_name=${2:+package-use} tap_name=${tap_name:-meta-install}
. "$(dirname "$0")/tap.sh"
build_dir=$(realpath "$1")
packages=${2:-}
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
prefix=$(sed -n 's/^CMAKE_INSTALL_PREFIX:PATH=//p' "$build_dir/CMakeCache.txt")
examples=$stage/root$prefix/share/doc/hvguest/examples

cat >"$stage/program.c" <<'C'
#include <hvguest.h>
#include <stdio.h>

int main(void)
{
	struct hvg_vmbus_devices *devices;

	if (hvg_vmbus_devices_new(&devices) < 0)
		return 1;
	printf("%s %zu\n", hvg_pool_name(HVG_POOL_GUEST), hvg_vmbus_devices_count(devices));
	hvg_vmbus_devices_free(devices);
	return 0;
}
C

cat >"$stage/CMakeLists.txt" <<'C'
cmake_minimum_required(VERSION 3.25)
project(stranger C)
find_package(hvguest REQUIRED)
add_executable(program program.c)
target_link_libraries(program PRIVATE hvguest::hvguest)
C

installs() {
	local package

	if [ -z "$packages" ]; then
		DESTDIR=$stage/root cmake --install "$build_dir"
		return
	fi
	for package in "$packages"/*.deb; do
		dpkg-deb --extract "$package" "$stage/root" || return
	done
}

library_dir() {
	dirname "$(find "$stage/root" -name libhvguest.so.0)"
}

says() {
	local said

	said=$(LD_LIBRARY_PATH=$(library_dir) "$@")
	[ "${said%% *}" = guest ] || { echo "$said"; return 1; }
}

# compile PROGRAM SOURCE
compile() {
	local flags

	flags=$(PKG_CONFIG_LIBDIR=$(library_dir)/pkgconfig PKG_CONFIG_SYSROOT_DIR=$stage/root \
		PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 PKG_CONFIG_ALLOW_SYSTEM_LIBS=1 pkg-config --cflags --libs hvguest) || return
	# shellcheck disable=SC2086 # flags are words
	cc -Wall -Wextra -Werror -o "$1" "$2" $flags
}

with_pkg_config() {
	compile "$stage/by-pkg-config" "$stage/program.c" && says "$stage/by-pkg-config"
}

# On a machine that is no Hyper-V guest the list is empty.
lists_devices() {
	compile "$stage/list-devices" "$examples/list-devices.c" &&
		LD_LIBRARY_PATH=$(library_dir) "$stage/list-devices" >"$stage/devices" &&
		! grep -v '^[0-9a-f-]\{36\} .*, driver: ' "$stage/devices"
}

# A record of a pool file: hvguest-pool(5).
record() {
	printf %s "$1" | dd bs=512 conv=sync status=none
	printf %s "$2" | dd bs=2048 conv=sync status=none
}

is_said_soon() {
	for _ in $(seq 300); do
		! grep -qsx "$1" "$stage/said" || return 0
		sleep 0.1
	done
	echo "not said: $1"
	return 1
}

watches_a_pool() {
	local status=0 watcher

	compile "$stage/watch-pool" "$examples/watch-pool.c" || return
	record color red >"$stage/pool"
	LD_LIBRARY_PATH=$(library_dir) "$stage/watch-pool" "$stage/pool" >"$stage/said" 2>&1 &
	watcher=$!
	is_said_soon color=red && record size 7 >>"$stage/pool" && is_said_soon size=7 || status=1
	kill "$watcher"
	return "$status"
}

# Once the pool was printed: a file that has grown too large, and a system call that fails.
tells_why_it_cannot_go_on() {
	local watch=(env LD_LIBRARY_PATH="$(library_dir)" "$stage/watch-pool" "$stage/pool")

	"${watch[@]}" >"$stage/said" 2>&1 &
	is_said_soon color=red && truncate -s 1T "$stage/pool" && is_said_soon "watch-pool: the pool file is too large" || return
	wait $! && return 1
	record color red >"$stage/pool"
	timeout 60 strace -qq -o "$stage/trace" -P anon_inode:inotify -e inject=read:error=EIO "${watch[@]}" >"$stage/said" 2>&1 && return 1
	is_said_soon "watch-pool: Input/output error"
}

with_cmake() {
	cmake -S "$stage" -B "$stage/cmake" -DCMAKE_PREFIX_PATH="$stage/root$prefix" &&
		cmake --build "$stage/cmake" && says "$stage/cmake/program"
}

# Each function by its own name, in the page that tells of it; and what pages tell to look at is there.
has_a_page_for_each_function() {
	local pages=$stage/root$prefix/share/man/man3 name

	nm -D --defined-only "$(library_dir)/libhvguest.so.0" | sed -n 's/.* T \(hvg_[a-z0-9_]*\).*/\1/p' | while read -r name; do
		grep -q "^\.Nm $name\b" "$pages/$name.3" || return
	done
}

# Programs, and files of settings: hvguest-kvp.conf(5) is of kvp.conf.
has_a_page_for_each_file() {
	local man=$stage/root$prefix/share/man name

	for name in "$stage/root$prefix"/{bin,sbin,libexec/hvguest}/*; do
		ls "$man"/man[18]/"${name##*/}".[18] >/dev/null || return
	done
	for name in "$stage"/root/etc/hvguest/*.conf; do
		ls "$man/man5/hvguest-${name##*/}.5" >/dev/null || return
	done
}

has_what_pages_name() {
	local named=$stage/named

	cat "$stage/root$prefix"/share/man/man[1-8]/* | grep -o '/usr/share/\(doc/\)\?hvguest[a-z0-9/.-]*[a-z]' | sort -u >"$named"
	[ -s "$named" ] && while read -r path; do
		[ -e "$stage/root$prefix${path#/usr}" ] || { echo "$path is not installed"; return 1; }
	done <"$named"
}

as_cplusplus() {
	c++ -x c++ -fsyntax-only -Wall -Wextra -Werror -I "$stage/root$prefix/include" "$stage/program.c"
}

check "it installs" installs
check "a program builds by pkg-config, and runs" with_pkg_config
check "a program builds by CMake, and runs" with_cmake
check "the example that lists devices does" lists_devices
check "the example that watches a pool sees others write to it" watches_a_pool
check "and says so if it cannot" tells_why_it_cannot_go_on
if [ -z "$packages" ]; then # which have them compressed
	check "each function has a page of its name" has_a_page_for_each_function
	check "each program and each file of settings has a page" has_a_page_for_each_file
	check "what the pages name in /usr/share is there" has_what_pages_name
fi
command -v c++ >/dev/null && check "the headers are C++ too" as_cplusplus
finish
