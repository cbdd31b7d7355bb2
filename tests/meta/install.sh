#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What is installed is complete: a program of somebody else's builds against it, by pkg-config, by
# CMake and as C++, and runs: install.sh BUILD-DIR.
set -eu
tap_name=meta-install
. "$(dirname "$0")/tap.sh"
build_dir=$(realpath "$1")
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
prefix=$(sed -n 's/^CMAKE_INSTALL_PREFIX:PATH=//p' "$build_dir/CMakeCache.txt")

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

library_dir() {
	dirname "$(find "$stage/root" -name libhvguest.so.0)"
}

says() {
	local said

	said=$(LD_LIBRARY_PATH=$(library_dir) "$@")
	[ "${said%% *}" = guest ] || { echo "$said"; return 1; }
}

with_pkg_config() {
	local flags

	flags=$(PKG_CONFIG_LIBDIR=$(library_dir)/pkgconfig PKG_CONFIG_SYSROOT_DIR=$stage/root \
		PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 PKG_CONFIG_ALLOW_SYSTEM_LIBS=1 pkg-config --cflags --libs hvguest) || return
	# shellcheck disable=SC2086 # flags are words
	cc -Wall -Wextra -Werror -o "$stage/by-pkg-config" "$stage/program.c" $flags && says "$stage/by-pkg-config"
}

with_cmake() {
	cmake -S "$stage" -B "$stage/cmake" -DCMAKE_PREFIX_PATH="$stage/root$prefix" &&
		cmake --build "$stage/cmake" && says "$stage/cmake/program"
}

as_cplusplus() {
	c++ -x c++ -fsyntax-only -Wall -Wextra -Werror -I "$stage/root$prefix/include" "$stage/program.c"
}

check "it installs" env DESTDIR="$stage/root" cmake --install "$build_dir"
check "a program builds by pkg-config, and runs" with_pkg_config
check "a program builds by CMake, and runs" with_cmake
command -v c++ >/dev/null && check "the headers are C++ too" as_cplusplus
finish
