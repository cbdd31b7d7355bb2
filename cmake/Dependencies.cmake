# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Every library we stand on, found by pkg-config. A missing one is named together with its package.

find_package(PkgConfig REQUIRED)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

# hvg_require(TARGET MODULE PACKAGE): PkgConfig::TARGET, or stop and say what to install.
function(hvg_require target module package)
	pkg_check_modules(${target} IMPORTED_TARGET GLOBAL ${module})
	if(NOT ${target}_FOUND)
		message(FATAL_ERROR "${module} not found: install ${package} "
			"(./dev setup installs everything that debian-packages.txt lists)")
	endif()
endfunction()

hvg_require(SYSTEMD "libsystemd>=252" libsystemd-dev)
hvg_require(UDEV "libudev>=252" libudev-dev)
hvg_require(INIH "inih>=55" libinih-dev)
hvg_require(MNL "libmnl>=1.0.4" libmnl-dev)
hvg_require(BLKID "blkid>=2.38" libblkid-dev)
hvg_require(SMARTCOLS "smartcols>=2.38" libsmartcols-dev)
hvg_require(JANSSON "jansson>=2.14" libjansson-dev)
if(HVG_BUILD_TESTS)
	hvg_require(CHECK "check>=0.15" check)
	hvg_require(FUSE "fuse3>=3.14" libfuse3-dev)
endif()
