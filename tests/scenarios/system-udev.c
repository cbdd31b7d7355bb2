// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The rules that an administrator may have (conf/udev-extra) and the host's clock, before udevd and
 * a real kernel, as they are installed. Disks are made by scsi_debug, which calls them what it is
 * told to; what a rule starts is seen by what comes of it.
 */

#include "host/vm/system.h"
#include "scenario.h"

/* A udevd that is busy, on a machine that is busy, takes longer than the minute that it has at first. */
#define RELOAD "udevadm settle --timeout=600 && udevadm control --reload --timeout=600"

static void install_rule(struct machine *m, const char *name)
{
	guest_run(m, "cp /usr/share/hvguest/udev/61-hvguest-%s.rules /etc/udev/rules.d/ && " RELOAD, name);
}

static void remove_rule(struct machine *m, const char *name)
{
	guest_run(m, "rm /etc/udev/rules.d/61-hvguest-%s.rules && " RELOAD, name);
}

/* Memory. */

/* As what a host adds is at first; the name of the block is in a file. */
static void take_a_block_of_memory(struct machine *m)
{
	guest_run(m,
		"for block in $(ls -rd /sys/devices/system/memory/memory*); do "
		"echo offline >$block/state && echo $block >/run/block && exit 0; done 2>/dev/null; "
		"exit 1");
}

static void tell_of_the_block(struct machine *m)
{
	guest_run(m, "udevadm trigger --settle --action=add $(cat /run/block)");
}

static void memory_that_is_added_comes_online(struct machine *m)
{
	take_a_block_of_memory(m);
	tell_of_the_block(m);
	guest_run(m, "grep -qx offline $(cat /run/block)/state");
	install_rule(m, "memory");
	tell_of_the_block(m);
	guest_run(m, "grep -qx online $(cat /run/block)/state");
	remove_rule(m, "memory");
}

/* Disks. */

/* Whose disk it is, with room for nothing; /run/disk names it. */
static void attach_disk(struct machine *m, const char *vendor)
{
	guest_run(m,
		"modprobe scsi_debug fake_rw=1 dev_size_mb=1024 inq_vendor=%s && udevadm settle --timeout=600 && "
		"basename $(dirname $(dirname $(grep -l ^%s /sys/block/sd*/device/vendor))) >/run/disk",
		vendor, vendor);
}

static void detach_disk(struct machine *m)
{
	guest_run(m, "udevadm settle --timeout=600 && modprobe -r scsi_debug");
}

static void expect_disk(struct machine *m, const char *timeout, const char *scheduler)
{
	guest_run(m, "grep -qx %s /sys/block/$(cat /run/disk)/device/timeout", timeout);
	guest_run(m, "grep -qF '[%s]' /sys/block/$(cat /run/disk)/queue/scheduler", scheduler);
}

static void the_hosts_disks_wait_for_it_and_are_not_sorted(struct machine *m)
{
	attach_disk(m, "Msft");
	expect_disk(m, "30", "mq-deadline");
	detach_disk(m);
	install_rule(m, "disk");
	attach_disk(m, "Msft");
	expect_disk(m, "180", "none");
	detach_disk(m);
	attach_disk(m, "Other");
	expect_disk(m, "30", "mq-deadline");
	detach_disk(m);
	remove_rule(m, "disk");
}

/* The disk says so to who asks (HVG0309 goes by that), and Linux has to be told to. */
static void double_the_disk(struct machine *m)
{
	guest_run(m,
		"echo 2 >/sys/bus/pseudo/drivers/scsi_debug/virtual_gb && "
		"hvctl report --full >/run/report && grep -q 'sectors = 4194304$' /run/report && "
		"[ $(cat /sys/block/$(cat /run/disk)/size) = $((1 << 21)) ] && "
		"echo 1 >/sys/block/$(cat /run/disk)/device/rescan && "
		"[ $(cat /sys/block/$(cat /run/disk)/size) = $((2 << 21)) ] && udevadm settle --timeout=600");
}

static bool was_looked_at(struct machine *m)
{
	return guest_try(m,
		       "journalctl --boot --quiet --identifier=hvctl | "
		       "grep -qF \"/dev/$(cat /run/disk) (2.0 GiB)\"") == 0;
}

/* What comes of it stands in system-disks.c: here it is the rule as it is, with a disk of the host's. */
static void a_disk_of_the_hosts_that_grows_is_looked_at(struct machine *m)
{
	install_rule(m, "grow");
	attach_disk(m, "Msft");
	double_the_disk(m);
	expect(machine_eventually(m, was_looked_at(m)));
	detach_disk(m);
	guest_run(m, "journalctl --rotate && journalctl --vacuum-time=1s");
	attach_disk(m, "Other");
	double_the_disk(m);
	kernel_seconds_pass(m, 3);
	expect(!was_looked_at(m));
	detach_disk(m);
	remove_rule(m, "grow");
}

/* Hibernation. */

/* As far as systemd goes: what then writes memory to the disk and switches off is the kernel's. */
static void have_hibernation_leave_a_mark(struct machine *m)
{
	guest_run(m, "mkswap --quiet %s && swapon %s", GUEST_DISK_SECOND, GUEST_DISK_SECOND);
	guest_run(m,
		"mkdir -p /run/systemd/system/systemd-hibernate.service.d && "
		"printf '[Service]\\nExecStart=\\nExecStart=/usr/bin/touch /run/hibernated\\n' "
		">/run/systemd/system/systemd-hibernate.service.d/mark.conf && systemctl daemon-reload");
}

static void is_asked_to_hibernate(struct machine *m)
{
	host_wait_for_state(m, CONTROL_SHUTDOWN, CONTROL_NEGOTIATED);
	expect_status(host_shut_down(m, HOST_HIBERNATE), HV_S_OK);
}

/* The host is told that all is well in any case, which is why doctor looks. */
static void hibernates_when_the_host_asks(struct machine *m)
{
	have_hibernation_leave_a_mark(m);
	remove_rule(m, "hibernate");
	guest_run(m, "! hvctl doctor HVG0608 >/run/found");
	is_asked_to_hibernate(m);
	kernel_seconds_pass(m, 3);
	guest_run(m, "! [ -e /run/hibernated ]");
	guest_run(m, "sed -n 's/^ *Fix: //p' /run/found >/run/fix && grep -q . /run/fix && sh -ex /run/fix");
	guest_run(m, "hvctl doctor HVG0608");
	is_asked_to_hibernate(m);
	expect(machine_eventually(m, guest_try(m, "[ -e /run/hibernated ]") == 0));
}

/* The host's clock. */

static void the_hosts_clock_has_a_name_and_a_unit(struct machine *m)
{
	guest_wait_for_unit(m, "dev-ptp_hyperv.device", "active");
	guest_run(m, "grep -qx hyperv /sys/class/ptp/$(readlink /dev/ptp_hyperv)/clock_name");
	guest_run(m, "systemctl show -P Wants dev-ptp_hyperv.device | grep -qw hv-timed.service");
	host_withdraw_component(m, CONTROL_TIMESYNC);
	guest_wait_for_unit(m, "dev-ptp_hyperv.device", "inactive");
	host_offer_component(m, CONTROL_TIMESYNC);
	guest_wait_for_unit(m, "dev-ptp_hyperv.device", "active");
	guest_wait_for_unit(m, "hv-timed.service", "active");
}

static const struct scenario rows[] = {
	SYSTEM_ROW(memory_that_is_added_comes_online),
	SYSTEM_ROW(the_hosts_disks_wait_for_it_and_are_not_sorted),
	SYSTEM_ROW(a_disk_of_the_hosts_that_grows_is_looked_at),
	SYSTEM_ROW(the_hosts_clock_has_a_name_and_a_unit),
	SYSTEM_ROW(hibernates_when_the_host_asks, .spoils_system = true),
};

SCENARIO_SET(scenarios_system_udev, rows);
