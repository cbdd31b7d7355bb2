// SPDX-License-Identifier: LGPL-2.1-or-later

/* What a backup by the host leaves out, or fails by. */

#include "hvctl/doctor/doctor.h"

#include "hvctl/facts/disks.h"
#include "hvctl/facts/services.h"
#include "hvctl/facts/unit-fix.h"

#include <string.h>

/* Ours goes on without what cannot be frozen. */
static void replace_daemon(struct judgement *finding, const struct guest *guest)
{
	unit_fix_stop_others(finding, guest, &service_vss);
	unit_fix_start(finding, guest, "hv-vssd.service");
}

void check_freezing(const struct guest *guest, struct findings *findings)
{
	struct mount_row mount;
	struct attached daemon;
	size_t at = 0;

	if (!guest_device(guest, CLASS_VSS))
		return;
	(void)service_find_daemon(guest, &service_vss, &daemon);
	while (mounts_next(guest, &at, &mount)) {
		struct judgement *finding;

		if (!mount.is_writable || !mount.is_on_disk || mount.can_freeze)
			continue;
		finding = findings_add(findings, "%s is %s, which cannot be frozen: %s",
			mount.point, mount.type,
			daemon.is_ours ? "a backup has it as after a loss of power"
				       : "with the kernel tree's daemon every backup fails");
		judgement_because_of(finding, "/proc/self/mountinfo", "%s on %s type %s",
			mount.source, mount.point, mount.type);
		if (!daemon.is_ours)
			replace_daemon(finding, guest);
		judgement_fix(finding, "use ext4, xfs or btrfs there, or mount it read-only");
	}
}

void check_foreign_disks(const struct guest *guest, struct findings *findings)
{
	struct fact sessions = fact(guest->facts, "/sys/class/iscsi_session");
	struct judgement *finding;

	if (!guest_device(guest, CLASS_VSS))
		return;
	if (facts_count_children(guest->facts, "/sys/class/iscsi_session") > 0) {
		finding = findings_add(findings,
			"there are iSCSI disks, which the host's backup does not have");
		judgement_because(finding, sessions);
		judgement_fix(finding, "back these disks up from within the guest");
	}
	for (size_t i = 0; i < guest->n_parts; i++) {
		const struct part *part = &guest->parts[i];
		struct fact vendor =
			fact(guest->facts, "/sys/block/%s/device/vendor", part->name);

		if (strcmp(part->kind, "block") != 0 || vendor.kind != FACT_FILE ||
			strncmp(vendor.text, "Msft", 4) == 0)
			continue;
		finding = findings_add(findings,
			"%s is passed through, so the host's backup does not have it",
			part->name);
		judgement_because(finding, vendor);
		judgement_fix(
			finding, "back this disk up from within the guest, or on its storage");
		return;
	}
}
