/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_SCENARIOS_FCOPY_H
#define HVG_TESTS_SCENARIOS_FCOPY_H

/* What the scenarios of file copy share. */

#include "scenario.h"

#include <inttypes.h>
#include <stdio.h>

/* Real kernels are emulated, and take 3 ms for each fragment: see system-fcopy.c for what is large there. */
static inline uint64_t size_of(const struct machine *m, uint64_t small, uint64_t full)
{
	return getenv("HVG_FULL") && !machine_has_kernel(m) ? full : small;
}

/* The host offers the service, and the guest's daemon serves it. */
static inline void begin_fcopy(struct machine *m)
{
	host_fcopy_offer(m);
	guest_start_daemon(m);
}

#define expect_copy_text(destination, name, text)                                              \
	expect_status(host_copy_text(m, destination, name, text), HV_S_OK)

#define expect_file(path, text) expect_given(guest_read_file(m, path, NULL), text)

#define expect_no_file(path) expect_number(guest_try(m, "[ -e '%s' ]", path), 1)

/* Nothing half is left anywhere that a scenario copies to. */
#define expect_nothing_half()                                                                  \
	guest_run(m, "! find /dst /srv /mnt -xdev -name '.hvcopy-*' | grep .")

/* Of a file that takes long to compare: an emulated machine has its answer within seconds. */
#define PIECE (UINT64_C(64) << 20)

/* A file that was sent without bytes of its own is there, byte for byte. */
static inline void expect_bytes(struct machine *m, const char *path, uint64_t size)
{
	guest_run(m, "[ $(stat -c %%s '%s') = %" PRIu64 " ]", path, size);
	for (uint64_t at = 0; at < size; at += PIECE)
		guest_run(m, "%s compare '%s' %" PRIu64 " %" PRIu64, HVG_GUEST_TOOL, path, at,
			size - at < PIECE ? size - at : PIECE);
}

/* A disk of its own at /srv. Loop devices are the machine's: somebody else may take the free one first. */
static inline void mount_disk_with(
	struct machine *m, const char *size, const char *features, const char *options)
{
	guest_run(m, "[ -e /dev/loop-control ] || { mknod /dev/loop-control c 10 237;"
		     " for n in $(seq 0 63); do mknod /dev/loop$n b 7 $n; done; };"
		     " truncate -s %s /tmp/disk && mkfs.ext4 -q %s /tmp/disk && for n in $(seq 20); do"
		     " mount -o loop,%s /tmp/disk /srv && exit; sleep 0.1; done; exit 1",
		size, features, options);
}

static inline void mount_disk(struct machine *m, const char *size)
{
	mount_disk_with(m, size, "", "rw");
}

#endif
