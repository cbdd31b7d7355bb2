// SPDX-License-Identifier: LGPL-2.1-or-later

/* Disks: their size, their settings, and how they are named. */

#include "hvctl/doctor/doctor.h"

#include "hvctl/facts/disks.h"
#include "hvctl/facts/unit-fix.h"

#include "format/mountinfo.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void check_grown_disk(const struct guest *guest, struct findings *findings)
{
	const char *disk;
	size_t at = 0;

	while ((disk = disks_next(guest, &at))) {
		struct disk_room room = disk_room(guest, disk);
		struct judgement *finding;

		if (room.bytes == 0)
			continue;
		finding = findings_add(findings,
			"%s has %" PRIu64 " MiB at its end that are in no partition", disk,
			room.bytes >> 20);
		judgement_because(finding, room.size);
		judgement_because(finding, room.last);
		judgement_fix(finding, "hvctl disk grow /dev/%s", disk);
		judgement_fix(finding,
			"cp /usr/share/hvguest/udev/61-hvguest-grow.rules /etc/udev/rules.d/ && udevadm control "
			"--reload");
	}
}

void check_second_table(const struct guest *guest, struct findings *findings)
{
	const char *disk;
	size_t at = 0;

	while ((disk = disks_next(guest, &at))) {
		struct fact alternate = fact(guest->facts, "gpt/%s/alternate", disk),
			    size = fact(guest->facts, "/sys/block/%s/size", disk);
		struct judgement *finding;

		if (alternate.kind != FACT_FILE ||
			fact_number(&alternate, 0) == fact_number(&size, 0) - 1)
			continue;
		finding = findings_add(findings,
			"the second partition table of %s is not in its last sector", disk);
		judgement_because(finding, alternate);
		judgement_because(finding, size);
		judgement_fix(finding, "hvctl disk grow /dev/%s", disk);
		judgement_fix(finding, "sfdisk --no-reread --relocate gpt-bak-std /dev/%s", disk);
	}
}

/* The partition with that device number is not known by it, so the source's name has to do. */
static struct fact partition_of(const struct guest *guest, const struct mount_row *mount)
{
	const char *name = mount->source + strlen("/dev/"), *disk;
	size_t at = 0;

	while ((disk = disks_next(guest, &at)))
		if (strncmp(name, disk, strlen(disk)) == 0)
			return fact(guest->facts, "/sys/block/%s/%s/size", disk, name);
	return fact(guest->facts, "/sys/block/?/%s/size", name);
}

#define GIB (INT64_C(1) << 30)

/* What a file system needs for itself is a few percent; a tenth and a GiB are no accident. */
void check_small_file_system(const struct guest *guest, struct findings *findings)
{
	struct mount_row mount;
	size_t at = 0;

	while (mounts_next(guest, &at, &mount)) {
		struct fact partition = partition_of(guest, &mount);
		int64_t room = fact_number(&partition, 0) * 512,
			bytes = mount_bytes(guest, &mount);
		struct judgement *finding;

		if (!mount.is_on_disk || bytes <= 0 || room - bytes < GIB ||
			room - bytes < room / 10)
			continue;
		finding = findings_add(findings,
			"%s has %" PRId64 " MiB, and its partition %" PRId64, mount.point,
			bytes >> 20, room >> 20);
		judgement_because(finding, partition);
		judgement_because(finding, fact(guest->facts, "filesystems/%s", mount.dev));
		judgement_fix(finding, "hvctl disk grow %s", mount.source);
	}
}

void check_trim(const struct guest *guest, struct findings *findings)
{
	struct judgement *finding;
	struct mount_row mount;
	struct fact timer;
	const char *disk;
	size_t at = 0, mount_at = 0;

	while (mounts_next(guest, &mount_at, &mount))
		if (mount.discards)
			return;
	if (disks_are_trimmed(guest, &timer))
		return;
	while ((disk = disks_next(guest, &at))) {
		struct fact most =
			fact(guest->facts, "/sys/block/%s/queue/discard_max_bytes", disk);

		if (fact_number(&most, 0) == 0)
			continue;
		finding = findings_add(findings,
			"%s could give free space back to the host, and nobody does that",
			disk);
		judgement_because(finding, most);
		judgement_because(finding, timer);
		unit_fix_start(finding, guest, "fstrim.timer");
		return;
	}
}

/* For good. */
static void install_rules(struct judgement *finding)
{
	judgement_fix(finding,
		"cp /usr/share/hvguest/udev/61-hvguest-disk.rules /etc/udev/rules.d/ && udevadm control "
		"--reload");
}

void check_scheduler(const struct guest *guest, struct findings *findings)
{
	const char *disk;
	size_t at = 0;

	while ((disk = disks_next(guest, &at))) {
		struct fact scheduler =
			fact(guest->facts, "/sys/block/%s/queue/scheduler", disk);
		struct judgement *finding;

		if (scheduler.kind != FACT_FILE || !strchr(scheduler.text, '[') ||
			fact_has_word(&scheduler, "[none]") ||
			fact_has_word(&scheduler, "[noop]") ||
			fact_has_word(&scheduler, "[mq-deadline]"))
			continue;
		finding = findings_add(findings,
			"the guest sorts what it writes to %s, and the host does it again",
			disk);
		judgement_because(finding, scheduler);
		judgement_fix(finding, "echo none >%s", scheduler.path);
		install_rules(finding);
	}
}

#define TIMEOUT_S                                                                              \
	180 /* STORVSC's own; a host may pause a disk for longer than the usual 30 s */

void check_timeout(const struct guest *guest, struct findings *findings)
{
	const char *disk;
	size_t at = 0;

	while ((disk = disks_next(guest, &at))) {
		struct fact timeout = fact(guest->facts, "/sys/block/%s/device/timeout", disk);
		struct judgement *finding;

		if (fact_number(&timeout, TIMEOUT_S) >= TIMEOUT_S)
			continue;
		finding = findings_add(findings, "%s fails if the host pauses it for %s s",
			disk, timeout.text);
		judgement_because(finding, timeout);
		judgement_fix(finding, "echo %d >%s", TIMEOUT_S, timeout.path);
		install_rules(finding);
	}
}

static void add_name(struct findings *findings, struct fact table, const char *deed,
	const char *what, const char *disk)
{
	struct judgement *finding = findings_add(findings,
		"%s %s %s by the name %s, which another disk may have at the next boot",
		table.path, deed, what, disk);

	judgement_because(finding, table);
	judgement_fix(finding, "name it by UUID= as blkid tells");
}

/*
 * fstab(5) has "DISK POINT …", with blanks as \040, and crypttab(5) "NAME DISK …". The first line of
 * each will do.
 */
void check_disk_names(const struct guest *guest, struct findings *findings)
{
	struct fact fstab = fact(guest->facts, "/etc/fstab"),
		    crypttab = fact(guest->facts, "/etc/crypttab");
	char disk[64], word[256], point[256];

	if (sscanf(fstab.text, "%63s %255s", disk, word) == 2 &&
		hvg_mount_unescape(hvg_span_of(word), point, sizeof(point)) >= 0)
		add_name(findings, fstab, "mounts", point, disk);
	if (sscanf(crypttab.text, "%255s %63s", word, disk) == 2)
		add_name(findings, crypttab, "unlocks", word, disk);
}

void check_emulated_disk(const struct guest *guest, struct findings *findings)
{
	struct facts_child disk = { 0 };

	while (facts_next_child(guest->facts, "/sys/block", &disk)) {
		struct fact model = fact(guest->facts, "/sys/block/%s/device/model", disk.name);
		struct judgement *finding;

		if (strncmp(model.text, "Virtual HD", strlen("Virtual HD")) != 0)
			continue;
		finding = findings_add(findings,
			"%s is driven as an emulated IDE disk, slowly and without TRIM",
			disk.name);
		judgement_because(finding, model);
		judgement_fix(finding,
			"have hv_vmbus and hv_storvsc in the initramfs, and take ata_piix.* off the kernel's "
			"command line");
	}
}

void check_unseen_size(const struct guest *guest, struct findings *findings)
{
	const char *disk;
	size_t at = 0;

	while ((disk = disks_next(guest, &at))) {
		struct fact says = fact(guest->facts, "scsi/%s/sectors", disk),
			    believed = fact(guest->facts, "/sys/block/%s/size", disk);
		struct judgement *finding;

		if (says.kind != FACT_FILE || believed.kind != FACT_FILE ||
			fact_number(&says, 0) == fact_number(&believed, 0))
			continue;
		finding = findings_add(findings,
			"%s has %" PRId64 " MiB, and Linux believes %" PRId64, disk,
			fact_number(&says, 0) >> 11, fact_number(&believed, 0) >> 11);
		judgement_because(finding, says);
		judgement_because(finding, believed);
		judgement_fix(finding, "hvctl disk rescan %s", disk);
	}
}
