// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What Microsoft's own tests (LISA) look at in a guest, by their names and by the same
 * commands: verify_… are LISAv3's, the others LISAv2's. Those of file copy are in fcopy-lisa.c.
 * Our packages are all that is installed.
 */

#include "host/machine.h"
#include "host/vm/system.h"
#include "hvctl.h"

#include <stdio.h>
#include <time.h>

#define MAC     "00:15:5D:01:02:03"
#define GUID    "{" GUEST_ADAPTER_GUID "}"

#define TOGGLES 20
#define NEAR_S  5
#define DAY_S   86400

/* What a host says of itself, and in what order. */
static const char *const told_by_a_host[] = { "HostName", "HostingSystemEditionId",
	"HostingSystemNestedLevel", "HostingSystemOsMajor", "HostingSystemOsMinor",
	"HostingSystemProcessorArchitecture", "HostingSystemProcessorIdleStateMax",
	"HostingSystemProcessorThrottleMax", "HostingSystemProcessorThrottleMin",
	"HostingSystemSpMajor", "HostingSystemSpMinor", "PhysicalHostName",
	"PhysicalHostNameFullyQualified", "VirtualMachineDynamicMemoryBalancingEnabled",
	"VirtualMachineId", "VirtualMachineName" };

static void host_introduces_itself(struct machine *m)
{
	host_wait_for_contact(m);
	for (size_t i = 0; i < sizeof(told_by_a_host) / sizeof(told_by_a_host[0]); i++)
		expect_set(3, told_by_a_host[i], "1");
}

static long n_descriptors(struct machine *m)
{
	char *text = guest_ask(m, "ls /proc/$(pgrep 'hypervkvpd|hv_kvp_daemon')/fd | wc -l");
	long n = strtol(text, NULL, 10);

	free(text);
	return n;
}

static void verify_kvp(struct machine *m)
{
	host_introduces_itself(m);
	expect_given(guest_ask(m, "stat -c %%a /var/lib/hyperv/.kvp_pool_*"),
		"644\n644\n644\n644\n644\n");
	expect_given(guest_ask(m, "pgrep 'hypervkvpd|hv_kvp_daemon' | wc -l"), "1\n");
	guest_run(m,
		"ls -l /proc/$(pgrep 'hypervkvpd|hv_kvp_daemon')/fd | grep -q ' -> /dev/vmbus/hv_kvp$'");
	guest_run(m, "[ $(stat -c %%s /var/lib/hyperv/.kvp_pool_3) -gt 0 ]");
	expect(guest_pool_size(m, 3) >= 11);
	expect_given(guest_ask(m, "systemctl is-active hv-kvp-daemon hv_kvp_daemon hypervkvpd"),
		"active\nactive\nactive\n");
}

static void verify_hv_kvp_daemon_installed(struct machine *m)
{
	guest_wait_for_unit(m, "hv-kvp-daemon.service", "active");
	guest_run(m, "ps -A -o comm | grep -qx hv_kvp_daemon");
}

/*
 * KVP-BASIC-CHECKS. It looks for descriptors that are left open, after two minutes, which two
 * hundred requests show sooner.
 */
static void kvp_basic_checks(struct machine *m)
{
	long before;

	host_introduces_itself(m);
	expect(guest_pool_size(m, 3) >= 11);
	before = n_descriptors(m);
	for (unsigned int i = 0; i < 200; i++)
		expect_status(host_kvp_set(m, 0, "again", "and again"), HV_S_OK);
	expect_number(n_descriptors(m), before);
}

/* CHECK-HYPERVDAEMONS-FILES-STATUS. */
static void check_hypervdaemons_files_status(struct machine *m)
{
	static const char *const units[] = { "hypervkvpd.service", "hypervvssd.service",
		"hypervfcopyd.service" };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		guest_run(m, "[ -e /usr/lib/systemd/system/%s ]", units[i]);
		guest_wait_for_unit(m, units[i], "active");
	}
	guest_run(m,
		"ps -A -o comm | grep -qx hv_vss_daemon && ps -A -o comm | grep -qx hv_fcopy_daemon");
}

static bool has_address(struct machine *m, const char *address)
{
	struct host_ip ip;

	return host_get_ip_info(m, MAC, &ip) == HV_S_OK && strstr(ip.addresses, address);
}

/* NET-IP-INJECTION: the script is looked for, and the host sees the address within 20 s. */
static void net_ip_injection(struct machine *m)
{
	static const struct host_ip ip = { .adapter = GUID,
		.family = ADDR_FAMILY_IPV4,
		.addresses = "192.168.1.14",
		.subnets = "255.255.255.0",
		.gateways = "192.168.1.1",
		.dns = "192.168.1.1" };
	uint64_t begin_us;

	guest_run(m, "find /usr | grep hv_set_ifconfig");
	host_wait_for_contact(m);
	begin_us = kernel_now_us(m);
	expect_status(host_inject_ip(m, &ip), HV_S_OK);
	expect(machine_eventually(m, has_address(m, "192.168.1.14")));
	expect(kernel_seconds_since(m, begin_us) < 20);
	guest_run(m, "hvctl net rollback " GUEST_ADAPTER);
}

/* The script that is found does what it is called for. */
static void hv_set_ifconfig_sets_addresses(struct machine *m)
{
	static const char ifcfg[] =
		"HWADDR=" MAC "\nDEVICE=" GUEST_ADAPTER
		"\nBOOTPROTO=none\nIPADDR0=192.168.1.15\nNETMASK0=255.255.255.0\nGATEWAY=192.168.1.1\n";

	guest_write_file(m, "/var/lib/hyperv/ifcfg-" GUEST_ADAPTER, ifcfg, strlen(ifcfg));
	guest_run(m, "$(find /usr -name hv_set_ifconfig) /var/lib/hyperv/ifcfg-" GUEST_ADAPTER);
	guest_run(
		m, "ip -4 address show dev " GUEST_ADAPTER " | grep -q 'inet 192.168.1.15/24'");
	guest_run(m, "hvctl net rollback " GUEST_ADAPTER);
}

/* Microsoft looks into the audit log for this. */
static void expect_nothing_denied(struct machine *m)
{
	guest_run(m, "! journalctl --boot --quiet | grep 'avc: *denied'");
}

/* KVP-TEST-RESCIND. */
static void kvp_test_rescind(struct machine *m)
{
	for (unsigned int i = 0; i < TOGGLES; i++) {
		host_withdraw(m);
		host_wait_for_state(m, CONTROL_KVP, CONTROL_ABSENT);
		host_offer(m);
		host_wait_for_contact(m);
	}
	guest_wait_for_unit(m, "hv-kvp-daemon.service", "active");
	expect_set(0, "after", "the last");
	expect_nothing_denied(m);
}

/* VSS-BACKUP-RESTORE-DISABLE-ENABLE-VSS, as often. */
static void vss_disable_enable(struct machine *m)
{
	for (unsigned int i = 0; i < TOGGLES; i++) {
		host_withdraw_backup(m);
		host_wait_for_state(m, CONTROL_VSS, CONTROL_ABSENT);
		host_offer_backup(m);
		host_wait_for_state(m, CONTROL_VSS, CONTROL_NEGOTIATED);
	}
	host_wait_for_backup_service(m);
	guest_wait_for_unit(m, "hv-vss-daemon.service", "active");
	expect_status(host_vss(m, VSS_OP_HOT_BACKUP), HV_S_OK);
	expect_nothing_denied(m);
}

/* FCOPY-DISABLE-ENABLE. */
static void fcopy_disable_enable(struct machine *m)
{
	for (unsigned int i = 0; i < TOGGLES; i++) {
		host_fcopy_withdraw(m);
		host_wait_for_state(m, CONTROL_FCOPY, CONTROL_ABSENT);
		host_fcopy_offer(m);
		host_fcopy_wait_until_served(m);
	}
	guest_wait_for_unit(m, "hv-fcopy-daemon.service", "active");
	expect_status(host_copy_text(m, "/root/", "lisa", "copied"), HV_S_OK);
	expect_given(guest_ask(m, "cat /root/lisa && rm /root/lisa"), "copied");
	expect_nothing_denied(m);
}

/* Microsoft has no such test: with the clock device goes what hv-timed reads. */
static void timesync_disable_enable(struct machine *m)
{
	for (unsigned int i = 0; i < TOGGLES; i++) {
		host_withdraw_component(m, CONTROL_TIMESYNC);
		host_wait_for_state(m, CONTROL_TIMESYNC, CONTROL_ABSENT);
		host_offer_component(m, CONTROL_TIMESYNC);
		host_wait_for_state(m, CONTROL_TIMESYNC, CONTROL_NEGOTIATED);
	}
	guest_wait_for_unit(m, "hv-timed.service", "active");
	expect(machine_eventually(m,
		guest_try(m, "hvctl --json time status | grep -q '\"owner\": *\"hv-timed\"'") ==
			0));
	expect_nothing_denied(m);
}

static void verify_timesync_ptp(struct machine *m)
{
	guest_run(m, "journalctl --boot --dmesg | grep 'PTP clock support registered'");
	guest_run(m, "grep -qx hyperv /sys/class/ptp/*/clock_name && [ -e /dev/ptp_hyperv ]");
	guest_run(
		m, "grep 'refclock PHC /dev/ptp_hyperv' /usr/share/hvguest/chrony/hyperv.conf");
}

/* The host's clock, which tests may move, is this machine's but for that. */
static int64_t seconds_apart(struct machine *m, int64_t shift_s)
{
	char *text = guest_ask(m, "date +%%s");
	int64_t apart_s = strtoll(text, NULL, 10) - (time(NULL) + shift_s);

	free(text);
	return apart_s < 0 ? -apart_s : apart_s;
}

/* TIMESYNC-BASIC, TIMESYNC-HOST: less than 5 s, with chronyd off. */
static void timesync_host_chronyoff(struct machine *m)
{
	guest_wait_for_unit(m, "hv-timed.service", "active");
	expect(machine_eventually(m, seconds_apart(m, 0) < NEAR_S));
}

/* TIMESYNC-PAUSEDVM: ten minutes pass for the host alone. */
static void timesync_pausedvm_chronyoff(struct machine *m)
{
	guest_wait_for_unit(m, "hv-timed.service", "active");
	expect(machine_eventually(m, seconds_apart(m, 0) < NEAR_S));
	host_pause(m);
	host_shift_clock(m, 600 * INT64_C(1000000));
	host_resume(m);
	expect(machine_eventually(m, seconds_apart(m, 600) < NEAR_S));
	host_shift_clock(m, -600 * INT64_C(1000000));
	expect(machine_eventually(m, seconds_apart(m, 0) < NEAR_S));
}

/* Two days back, three times, and right again within two minutes. */
static void verify_timedrift_corrected(struct machine *m)
{
	uint64_t begin_us;

	guest_wait_for_unit(m, "hv-timed.service", "active");
	for (unsigned int i = 0; i < 3; i++) {
		guest_run(m, "date --set=-2days");
		begin_us = kernel_now_us(m);
		expect(machine_eventually(m, seconds_apart(m, 0) < NEAR_S));
		expect(kernel_seconds_since(m, begin_us) < 120);
	}
}

/* VMBUS_VERIFY_HEARTBEAT_PROPERTIES. */
static void verify_vmbus_heartbeat_properties(struct machine *m)
{
	guest_run(m,
		"cd /sys/bus/vmbus/devices/fd149e91-82e0-4a7d-afa6-2a4166cbd7c0 && grep -qx 3 state && "
		"cat class_id device_id id modalias vendor device channels/*/cpu channels/*/events");
	hvctl_expect_state(m, "hvctl", "heartbeat", "works");
}

/* After all of this. */
static void nothing_has_failed(struct machine *m)
{
	expect_given(guest_ask(m, "systemctl list-units --failed --no-legend --plain"), "");
	expect_given(
		guest_ask(
			m, "journalctl --boot --quiet --no-pager --priority=err --unit='hv-*'"),
		"");
	expect_nothing_denied(m);
}

static const struct scenario rows[] = {
	PACKAGE_ROW(verify_kvp),
	PACKAGE_ROW(verify_hv_kvp_daemon_installed),
	PACKAGE_ROW(kvp_basic_checks),
	PACKAGE_ROW(check_hypervdaemons_files_status),
	PACKAGE_ROW(net_ip_injection),
	PACKAGE_ROW(hv_set_ifconfig_sets_addresses),
	PACKAGE_ROW(verify_timesync_ptp),
	PACKAGE_ROW(timesync_host_chronyoff),
	PACKAGE_ROW(timesync_pausedvm_chronyoff),
	PACKAGE_ROW(verify_timedrift_corrected),
	PACKAGE_ROW(verify_vmbus_heartbeat_properties),
	PACKAGE_ROW(kvp_test_rescind),
	PACKAGE_ROW(vss_disable_enable),
	PACKAGE_ROW(fcopy_disable_enable),
	PACKAGE_ROW(timesync_disable_enable),
	PACKAGE_ROW(nothing_has_failed),
};

SCENARIO_SET(scenarios_package_lisa, rows);
