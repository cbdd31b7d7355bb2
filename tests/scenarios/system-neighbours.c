// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What else is in the system, and can be turned on: other scenarios rely on it. Our daemons go on beside it.
 */

#include "host/vm/system.h"
#include "scenario.h"

static void starts_and_stops(struct machine *m, const char *unit)
{
	guest_run(m, "systemctl start %s", unit);
	guest_wait_for_unit(m, unit, "active");
	guest_run(m, "systemctl stop %s", unit);
}

static void network_managers_can_be_turned_on(struct machine *m)
{
	starts_and_stops(m, "systemd-networkd.service");
	starts_and_stops(m, "systemd-resolved.service");
	guest_run(m, "ifup -a && netplan info");
}

/* The last of them, and what it makes of an adapter that is on the VMBus. */
static void a_real_adapter_has_its_name_and_its_manager(struct machine *m)
{
	guest_run(m, "systemctl start NetworkManager");
	guest_wait_for_unit(m, "NetworkManager.service", "active");
	expect(machine_eventually(m,
		guest_try(m, "nmcli --terse --fields DEVICE,TYPE device | grep -qx %s:ethernet", GUEST_ADAPTER) == 0));
	expect_given(guest_ask(m, "cat /sys/class/net/%s/device/device_id", GUEST_ADAPTER),
		"{" GUEST_ADAPTER_GUID "}\n");
	guest_run(m, "systemctl stop NetworkManager");
}

static void chrony_takes_the_place_of_timesyncd(struct machine *m)
{
	starts_and_stops(m, "systemd-timesyncd.service");
	guest_run(m, "dpkg --purge systemd-timesyncd && dpkg --install " GUEST_PACKAGES "/chrony_*.deb");
	guest_wait_for_unit(m, "chrony.service", "active");
	guest_run(m, "chronyc tracking");
}

static void every_kind_of_file_system_can_be_made(struct machine *m)
{
	static const char *const types[] = { "ext4 -q", "xfs -q -f", "btrfs -q -f", "vfat" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		guest_run(m, "wipefs -q -a %s && mkfs.%s %s && mount %s /mnt && touch /mnt/file && umount /mnt",
			GUEST_DISK_SECOND, types[i], GUEST_DISK_SECOND, GUEST_DISK_SECOND);
	guest_run(m, "wipefs -q -a %s && vgcreate -q group %s && lvcreate -q -n volume -L 100M group && vgremove -q -f group",
		GUEST_DISK_THIRD, GUEST_DISK_THIRD);
}

static const struct scenario rows[] = {
	SYSTEM_ROW(network_managers_can_be_turned_on),
	SYSTEM_ROW(a_real_adapter_has_its_name_and_its_manager),
	SYSTEM_ROW(every_kind_of_file_system_can_be_made),
	SYSTEM_ROW(chrony_takes_the_place_of_timesyncd, .spoils_system = true),
};

SCENARIO_SET(scenarios_system_neighbours, rows);
