// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * File copy into a whole system: our unit with its own rights, disks that are large, a journal, a systemd that
 * runs the hook, and a power cut in the middle of a copy.
 */

#include "fcopy.h"
#include "host/vm/system.h"

#define CONFIG "/etc/hvguest/fcopy.conf"
#define HOOK   "/usr/local/bin/copied"
#define CALLS  "/run/calls"

#define GIBIBYTE  (UINT64_C(1) << 30)
#define LARGE_MIB 2048

static void be_ready(struct machine *m)
{
	guest_wait_for_unit(m, "hv-fcopyd.service", "active");
	host_fcopy_wait_until_served(m);
}

/* "": as it was installed. */
static void set(struct machine *m, const char *settings)
{
	guest_write_file(m, CONFIG, settings, strlen(settings));
	guest_run(m, "systemctl reload hv-fcopyd");
}

static void a_gibibyte_is_copied_byte_for_byte(struct machine *m)
{
	struct host_file file = { .name = "large", .destination = "/mnt/large/", .size = GIBIBYTE };

	host_resize_disk(m, 1, LARGE_MIB);
	expect(machine_eventually(m,
		guest_try(m, "[ $(blockdev --getsize64 %s) = $((%u << 20)) ]", GUEST_DISK_SECOND, LARGE_MIB) == 0));
	guest_run(m, "mkdir -p /mnt/large && mkfs.ext4 -q -F %s && mount %s /mnt/large", GUEST_DISK_SECOND, GUEST_DISK_SECOND);
	be_ready(m);
	expect_status(host_copy_file(m, &file), HV_S_OK);
	expect_bytes(m, "/mnt/large/large", file.size);
	guest_run(m, "[ \"$(ls -A /mnt/large | grep -v lost+found)\" = large ]");
	expect_given(guest_unit(m, "hv-fcopyd.service", "NRestarts"), "0");
}

/* What an administrator searches for: the fields of one entry, and the file's own checksum among them. */
static void the_journal_has_a_file_with_its_checksum(struct machine *m)
{
	struct host_file file = { .name = "file", .destination = "/srv/", .size = 100000, .force = true };

	be_ready(m);
	set(m, "[Files]\nChecksum=yes\n");
	expect_status(host_copy_file(m, &file), HV_S_OK);
	expect_bytes(m, "/srv/file", file.size);
	guest_wait_for_log(m, "The host copied /srv/file, 100000 bytes");
	guest_run(m, "[ \"$(journalctl --unit hv-fcopyd --output=cat --output-fields=HVGUEST_SHA256"
		     " HVGUEST_PATH=/srv/file HVGUEST_RESULT=done HVGUEST_BYTES=100000 | tail -n 1)\" ="
		     " $(sha256sum </srv/file | cut -c1-64) ]");
	guest_run(m, "hvctl fcopy history | grep -q 'done.*/srv/file'");
	set(m, "");
}

/* Not ours: neither the sandbox nor a group that dies with the daemon. */
static void the_hook_is_a_unit_of_its_own(struct machine *m)
{
	static const char hook[] = "#!/bin/sh\n"
				   "{ echo \"$# $1\"; id -un; cat /proc/self/cgroup; grep NoNewPrivs /proc/self/status; } >" CALLS ".new\n"
				   "mv " CALLS ".new " CALLS "\n";

	be_ready(m);
	guest_write_file(m, HOOK, hook, strlen(hook));
	guest_run(m, "chmod 0755 " HOOK "; rm -f " CALLS);
	set(m, "[Hook]\nPostCopyHook=" HOOK "\n");
	expect_status(host_copy_text(m, "/root/", "a name", "1"), HV_S_OK);
	expect(machine_eventually(m, guest_try(m, "[ -e " CALLS " ]") == 0));
	guest_run(m, "cat " CALLS "; sed -n 1p " CALLS " | grep -qx '1 /root/a name' && sed -n 2p " CALLS " | grep -qx root &&"
		     " grep -q '^0::/system.slice/hvguest-fcopy-hook-[0-9]*-[0-9]*.service$' " CALLS " &&"
		     " grep -q 'NoNewPrivs:.0' " CALLS);
	set(m, "");
	guest_run(m, "rm " HOOK);
}

/* Whatever of it was on the disk by then: the note was there before. */
static void a_copy_that_a_power_cut_ends_leaves_nothing(struct machine *m)
{
	struct host_file file = { .name = "file", .destination = "/srv/made/for/it/", .size = 1 << 20,
		.creates_path = true };

	be_ready(m);
	expect_status(host_copy_start(m, &file), HV_S_OK);
	expect_status(host_copy_write(m, &file, 0, 6144), HV_S_OK);
	guest_run(m, "sync && [ -e /srv/made/for/it/.hvcopy-* ]");
	host_cut_power(m);
	be_ready(m);
	guest_wait_for_log(m, "A copy into /srv/made/for/it was cut off; what was left of it is removed.");
	guest_run(m, "[ ! -e /srv/made ]");
	expect_status(host_copy_file(m, &file), HV_S_OK);
	expect_bytes(m, "/srv/made/for/it/file", file.size);
	guest_run(m, "rm -r /srv/made");
}

static const struct scenario rows[] = {
	SYSTEM_ROW(the_journal_has_a_file_with_its_checksum),
	SYSTEM_ROW(the_hook_is_a_unit_of_its_own),
	SYSTEM_ROW(a_copy_that_a_power_cut_ends_leaves_nothing),
	SYSTEM_ROW(a_gibibyte_is_copied_byte_for_byte, .only_in_full = true, .spoils_system = true),
};

SCENARIO_SET(scenarios_system_fcopy, rows);
