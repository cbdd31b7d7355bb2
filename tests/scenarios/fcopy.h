/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_SCENARIOS_FCOPY_H
#define HVG_TESTS_SCENARIOS_FCOPY_H

/* What the scenarios of file copy share. */

#include "scenario.h"

#include <inttypes.h>
#include <stdio.h>

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

/* A file that was sent without bytes of its own is there, byte for byte. */
static inline void expect_bytes(struct machine *m, const char *path, uint64_t size)
{
	size_t found = 0;
	char *bytes = guest_read_file(m, path, &found);

	expect(bytes);
	expect_number(found, size);
	for (size_t i = 0; i < found; i++)
		if ((uint8_t)bytes[i] != host_file_byte(i))
			machine_fail(m, "%s differs at %zu", path, i);
	free(bytes);
}

/* Of a file too large to be read: the 4096 bytes at a multiple of that. */
static inline void expect_piece(struct machine *m, const char *path, uint64_t offset)
{
	char *bytes;
	size_t found;

	guest_run(m, "dd if='%s' of=/tmp/piece bs=4096 skip=%" PRIu64 " count=1 status=none", path, offset / 4096);
	bytes = guest_read_file(m, "/tmp/piece", &found);
	for (size_t i = 0; i < found; i++)
		if ((uint8_t)bytes[i] != host_file_byte(offset + i))
			machine_fail(m, "%s differs at %" PRIu64, path, offset + i);
	free(bytes);
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
