// SPDX-License-Identifier: LGPL-2.1-or-later

/* Disks beyond reading and writing, and their backup. */

#include "hvctl/features/offered.h"

#include "hvctl/facts/disks.h"
#include "hvctl/facts/unit-fix.h"

#include <stdio.h>
#include <string.h>

/* VHDX resize. */

void judge_vhdx_resize(const struct guest *guest, struct verdict *ret)
{
	const struct device *scsi = guest_device(guest, CLASS_SCSI);
	const char *disk;
	size_t at = 0;

	if (!scsi) {
		judgement_because(
			&ret->judgement, fact(guest->facts, "/sys/bus/vmbus/devices"));
		verdict_is(ret, FEATURE_NOT_APPLICABLE,
			"only disks on a SCSI controller can be resized, and there is none");
		return;
	}
	judgement_because(&ret->judgement, device_fact(guest, scsi, "driver"));
	if (!device_is_in_use(scsi)) {
		verdict_is(ret, FEATURE_MISSING, "no driver takes the SCSI controller");
		judgement_fix(&ret->judgement, "modprobe hv_storvsc");
		return;
	}
	verdict_is(
		ret, FEATURE_READY, "disks on a SCSI controller can grow while they are used");
	while ((disk = disks_next(guest, &at))) {
		struct disk_room room = disk_room(guest, disk);

		if (room.bytes == 0)
			continue;
		judgement_because(&ret->judgement, room.size);
		judgement_because(&ret->judgement, room.last);
		verdict_is(ret, FEATURE_DEGRADED,
			"%s has grown, and %llu MiB of it are in no partition", disk,
			(unsigned long long)(room.bytes >> 20));
		judgement_fix(&ret->judgement, "hvctl disk grow /dev/%s", disk);
		return;
	}
}

/* Virtual Fibre Channel. */

void judge_fibre_channel(const struct guest *guest, struct verdict *ret)
{
	const struct device *adapter = guest_device(guest, CLASS_FC);
	struct facts_child host = { 0 };

	if (!adapter) {
		judgement_because(&ret->judgement, fact(guest->facts, "/sys/class/fc_host"));
		verdict_is(ret, FEATURE_NOT_OFFERED,
			"this virtual machine has no Fibre Channel adapter, as most have none");
		judgement_fix(&ret->judgement,
			"host: Add-VMFibreChannelHba -VMName NAME -SanName SAN");
		return;
	}
	judgement_because(&ret->judgement, device_fact(guest, adapter, "driver"));
	if (!device_is_in_use(adapter)) {
		verdict_is(ret, FEATURE_MISSING, "no driver takes the Fibre Channel adapter");
		judgement_fix(&ret->judgement, "modprobe hv_storvsc");
		return;
	}
	verdict_is(ret, FEATURE_READY, "the adapter is driven, and no port is online");
	while (facts_next_child(guest->facts, "/sys/class/fc_host", &host)) {
		struct fact state =
			fact(guest->facts, "/sys/class/fc_host/%s/port_state", host.name);

		judgement_because(&ret->judgement,
			fact(guest->facts, "/sys/class/fc_host/%s/port_name", host.name));
		judgement_because(&ret->judgement, state);
		if (fact_is(&state, "Online"))
			verdict_is(ret, FEATURE_WORKS, "%s is online", host.name);
	}
}

/* Live backup. */

void judge_backup(const struct guest *guest, struct verdict *ret)
{
	struct attached daemon;
	struct mount_row mount;
	size_t at = 0;

	if (!offered_daemon(guest, &service_vss, ret, &daemon))
		return;
	verdict_is(ret, FEATURE_READY, "%s freezes file systems when the host asks%s",
		daemon.name, daemon.is_ours ? " (hvctl vss test rehearses it)" : "");
	while (!daemon.is_ours && mounts_next(guest, &at, &mount)) {
		if (!mount.is_writable || !mount.is_on_disk || mount.can_freeze)
			continue;
		judgement_because_of(&ret->judgement, "/proc/self/mountinfo", "%s on %s is %s",
			mount.source, mount.point, mount.type);
		verdict_is(ret, FEATURE_DEGRADED,
			"%s fails each backup, because %s (%s) cannot be frozen", daemon.name,
			mount.point, mount.type);
		unit_fix_stop_others(&ret->judgement, guest, &service_vss);
		unit_fix_start(&ret->judgement, guest, "hv-vssd.service");
		return;
	}
}

/* TRIM. */

static bool discards_at_once(const struct guest *guest, struct fact *ret)
{
	struct mount_row mount;
	size_t at = 0;

	while (mounts_next(guest, &at, &mount))
		if (mount.discards) {
			*ret = fact(guest->facts, "/proc/self/mountinfo");
			return true;
		}
	return false;
}

void judge_trim(const struct guest *guest, struct verdict *ret)
{
	struct fact timer, most = { .kind = FACT_MISSING, .text = "" }, mount;
	const char *disk;
	size_t at = 0;

	while ((disk = disks_next(guest, &at)) && fact_number(&most, 0) == 0)
		most = fact(guest->facts, "/sys/block/%s/queue/discard_max_bytes", disk);
	if (most.kind == FACT_MISSING) {
		judgement_because(&ret->judgement, fact(guest->facts, "/sys/block"));
		verdict_is(ret, FEATURE_NOT_APPLICABLE, "there is no disk of Hyper-V");
		return;
	}
	judgement_because(&ret->judgement, most);
	if (fact_number(&most, 0) == 0) {
		verdict_is(ret, FEATURE_NOT_OFFERED,
			"no disk can give space back (only VHDX on SCSI can)");
		judgement_fix(
			&ret->judgement, "host: attach the disk as VHDX to a SCSI controller");
		return;
	}
	if (disks_are_trimmed(guest, &timer)) {
		judgement_because(&ret->judgement, timer);
		verdict_is(
			ret, FEATURE_WORKS, "fstrim.timer gives free space back to the host");
	} else if (discards_at_once(guest, &mount)) {
		judgement_because_of(&ret->judgement, mount.path, "discard");
		verdict_is(ret, FEATURE_WORKS, "file systems are mounted with discard");
	} else {
		judgement_because(&ret->judgement, timer);
		verdict_is(ret, FEATURE_OFF,
			"disks could give free space back, and nobody does that");
		unit_fix_start(&ret->judgement, guest, "fstrim.timer");
	}
}
