// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "hvctl/doctor/doctor.h"
#include "hvctl/recorded.h"

#include "base/units.h"

#include <stdlib.h>
#include <string.h>

static struct recorded recorded;
static struct findings *findings;

static void setup(void)
{
	findings = calloc(1, sizeof(*findings));
}

static void teardown(void)
{
	free(findings);
	recorded_done(&recorded);
}

#define DEVICE "/sys/bus/vmbus/devices/"
#define KVP    DEVICE "242ff919-07db-4180-9c2e-b86cb68c8c55"
#define VSS    DEVICE "2450ee40-33bf-4fbd-892e-9fb06e9214cf"
#define FCOPY  DEVICE "eb765408-105f-49b6-b4aa-c123b64d17d4"
#define DB     "/sys/firmware/efi/efivars/\n\tdb-d719b2cb-3d3a-4596-a3bc-dad00e67656f"

/* Each check has a guest where it finds something, and one where it does not. */
static const struct {
	const char *id, *guest, *changes;
	size_t n;
	const char *found; /* a part of the last finding */
} cases[] = {
	{ "HVG0001", "driverless", "", 1, "5 services" },
	{ "HVG0001", "broken", "", 0, "" },
	{ "HVG0002", "broken", "", 2, "Synthetic mouse" },
	{ "HVG0002", "driverless", "", 5, "Guest services" },
	{ "HVG0002", "azure-gen2-sriov", "", 0, "" },
	{ "HVG0002", "azure-gen2-sriov",
		"-" DEVICE "f8b3781b-1e82-4818-a1c3-63d806ec15bb/driver\n", 1, "SCSI" },

	{ "HVG0003", "broken", "", 1, "key-value pairs" },
	{ "HVG0003", "broken", "/proc/77/\n\tcomm = hv-kvpd\n", 0, "" },
	{ "HVG0003", "broken", "units/\n\thypervkvpd.service = active\n", 0, "" },
	{ "HVG0003", "driverless", "", 0, "" },
	{ "HVG0003", "nested", "", 0, "" },
	{ "HVG0004", "azure-gen1", "", 1, "backups" },
	{ "HVG0004", "onprem-gen1", "", 0, "" },
	{ "HVG0005", "broken", "", 1, "file copies" },
	{ "HVG0005", "onprem-gen2-fc", "", 0, "" },
	{ "HVG0005", "onprem-gen2-fc", "-/proc/502\n-units/hv-fcopyd.service\n", 1,
		"file copies" },
	{ "HVG0006", "onprem-gen2-fc", "", 0, "" },
	{ "HVG0006", "onprem-gen2-fc", "/proc/77/\n\tcomm = hv_kvp_daemon\n", 1,
		"/dev/vmbus/hv_kvp" },
	{ "HVG0006", "onprem-gen2-fc", "/proc/77/\n\tcomm = hv_fcopy_uio_da\n", 1,
		"/dev/vmbus/hv_fcopy" },
	{ "HVG0006", "onprem-gen2-fc",
		"/proc/77/\n\tcomm = hv_kvp_daemon\n\tcgroup = 0::/system.slice/hv-kvp-daemon.service\n", 1,
		"/dev/vmbus/hv_kvp" },
	{ "HVG0006", "onprem-gen2-fc",
		"/proc/77/\n\tcomm = hv_kvp_daemon\n\tcgroup = 0::/system.slice/hv-kvpd.service\n", 0,
		"" },
	{ "HVG0007", "onprem-gen2-fc", "kvp/files/\n\thost = 0 bytes, written at 1764000001\n",
		1, "hv-kvpd runs" },
	{ "HVG0007", "onprem-gen2-fc", "", 0, "" },
	{ "HVG0007", "nested", "", 0, "" },
	{ "HVG0008", "broken", "", 1, "before this boot" },
	{ "HVG0008", "onprem-gen2-fc", "", 0, "" },
	{ "HVG0009", "onprem-gen1", "", 1, "hv_kvp_daemon would run a script" },
	{ "HVG0009", "onprem-gen1", "/usr/libexec/hypervkvpd/\n\thv_set_ifconfig/\n", 0, "" },
	{ "HVG0009", "onprem-gen2-fc", "-units/hv-netd.service\n", 1, "hv-netd does not run" },
	{ "HVG0009", "onprem-gen2-fc",
		"-units/hv-netd.service\nunits/\n\thv-netd.socket = active\n", 0, "" },
	{ "HVG0009", "azure-gen1", "", 0, "" },

	{ "HVG0010", "onprem-gen2-fc", "units/\n\tdhcpcd.service = active\n", 1,
		"dhcpcd manages the adapters" },
	{ "HVG0010", "onprem-gen2-fc", "units/\n\tdhcpcd.service = inactive\n", 0, "" },
	{ "HVG0010", "azure-gen1", "units/\n\tdhcpcd.service = active\n", 0, "" },

	{ "HVG0101", "broken", "", 1, "acpi_pm" },
	{ "HVG0101", "arm64", "", 0, "" },
	{ "HVG0102", "broken", "", 1, "chronyd and systemd-timesyncd" },
	{ "HVG0102", "azure-gen2-sriov", "", 0, "" },
	{ "HVG0102", "azure-gen1", "units/\n\tntpsec.service = active\n", 1,
		"chronyd and ntpd" },
	{ "HVG0103", "broken", "", 1, "/dev/ptp_hyperv" },
	{ "HVG0103", "azure-gen1", "", 0, "" },
	{ "HVG0103", "azure-gen2-sriov",
		"/etc/chrony/\n\tchrony.conf = refclock PHC /dev/ptp0 poll 3\n", 1,
		"/dev/ptp0, which" },
	{ "HVG0103", "azure-gen2-sriov",
		"/etc/chrony/\n\tchrony.conf = refclock PHC /dev/ptp1 poll 3\n", 0, "" },
	{ "HVG0104", "nested", "-units/systemd-timesyncd.service\n-/proc/300\n", 1, "neither" },
	{ "HVG0104", "nested", "-units\n-/proc/300\n", 0, "" },
	{ "HVG0104", "nested", "", 0, "" },
	{ "HVG0104", "nested",
		"-units/systemd-timesyncd.service\n-/proc/300\n/proc/9/\n\tcomm = hv-timed\n",
		0, "" },
	{ "HVG0105", "broken", "", 1, "ten minutes" },
	{ "HVG0105", "nested", "", 0, "" },
	{ "HVG0105", "onprem-gen1", "", 0, "" },

	{ "HVG0201", "broken", "", 1, "8 of 32" },
	{ "HVG0201", "nested", "", 0, "" },
	{ "HVG0202", "broken", "", 1, "stays offline" },
	{ "HVG0202", "onprem-gen1", "", 0, "" },
	{ "HVG0202", "onprem-gen1", "-/etc/udev/rules.d\n", 1, "stays offline" },
	{ "HVG0202", "nested", "", 0, "" },
	{ "HVG0203", "broken", "", 1, "could not add" },
	{ "HVG0203", "nested", "", 0, "" },
	{ "HVG0204", "onprem-gen2-fc",
		"/sys/devices/system/memory/\n\tblock_size_bytes = 80000000\n", 1, "2048 MiB" },
	{ "HVG0204", "onprem-gen2-fc", "", 0, "" },
	{ "HVG0204", "nested", "/sys/devices/system/memory/\n\tblock_size_bytes = 80000000\n",
		0, "" },
	{ "HVG0205", "broken", "", 1, "only 0" },
	{ "HVG0205", "nested", "", 0, "" },

	{ "HVG0301", "broken", "", 1, "32769 MiB" },
	{ "HVG0301", "azure-gen2-sriov", "", 0, "" },
	{ "HVG0302", "broken", "", 1, "sda" },
	{ "HVG0302", "nested", "", 0, "" },
	{ "HVG0302", "onprem-gen1", "", 0, "" },
	{ "HVG0303", "nested", "filesystems/\n\t8:2 = 21474836480\n", 1, "20480 MiB" },
	{ "HVG0303", "nested", "", 0, "" },
	{ "HVG0304", "broken", "", 1, "sda" },
	{ "HVG0304", "azure-gen1", "", 0, "" },
	{ "HVG0304", "nested",
		"units/\n\tfstrim.timer = inactive\n/sys/block/sda/queue/\n\tdiscard_max_bytes = 0\n",
		0, "" },
	{ "HVG0305", "broken", "", 1, "sda" },
	{ "HVG0305", "azure-gen1", "", 0, "" },
	{ "HVG0306", "broken", "", 1, "30 s" },
	{ "HVG0306", "azure-gen1", "", 0, "" },
	{ "HVG0307", "broken", "", 1, "/etc/fstab mounts /data by the name /dev/sdb1" },
	{ "HVG0307", "nested", "/etc/\n\tfstab = /dev/sdb1 /srv/my\\\\040data xfs\n", 1,
		"mounts /srv/my data by" },
	{ "HVG0307", "nested", "/etc/\n\tcrypttab = swap /dev/sda3\n", 1,
		"/etc/crypttab unlocks swap by the name /dev/sda3" },
	{ "HVG0307", "nested", "", 0, "" },
	{ "HVG0308", "azure-gen1", "/sys/block/sda/device/\n\tmodel = Virtual HD\n", 1, "sda" },
	{ "HVG0308", "azure-gen1", "", 0, "" },

	{ "HVG0309", "broken", "", 1, "sdb has 30720 MiB, and Linux believes 20480" },
	{ "HVG0309", "nested", "", 0, "" },
	{ "HVG0309", "nested", "scsi/sda/\n\tsectors = 4096\n", 1, "sda has 2 MiB" },

	{ "HVG0401", "broken", "", 1, "/data is exfat" },
	{ "HVG0401", "onprem-gen1", "", 0, "" },
	{ "HVG0401", "onprem-gen2-fc",
		"/proc/self/\n\tmountinfo = 22 1 8:17 / /data rw - ntfs3 /dev/sdb1 rw\n", 1,
		"loss of power" },
	{ "HVG0401", "onprem-gen2-fc",
		"/proc/self/\n\tmountinfo = 22 1 0:17 / /tmp rw - tmpfs tmpfs rw\n", 0, "" },
	{ "HVG0402", "broken", "", 1, "iSCSI" },
	{ "HVG0402", "onprem-gen2-fc", "", 1, "sdb is passed through" },
	{ "HVG0402", "nested", "", 0, "" },
	{ "HVG0402", "azure-gen1", "", 0, "" },

	{ "HVG0501", "broken", "", 1, "enP41651s2" },
	{ "HVG0501", "azure-gen2-sriov", "units/\n\tNetworkManager.service = active\n", 0, "" },
	{ "HVG0501", "broken", "/etc/udev/rules.d/\n\t10-vf.rules = ENV{NM_UNMANAGED}=\"1\"\n",
		0, "" },
	{ "HVG0501", "broken",
		"/usr/lib/udev/rules.d/\n\t85-nm-unmanaged.rules = ENV{DEVTYPE}==\"gadget\", ENV{NM_UNMANAGED}=\"1\"\n",
		1, "enP41651s2" },
	{ "HVG0501", "broken", "units/\n\tNetworkManager.service = inactive\n", 0, "" },
	{ "HVG0502", "broken", "", 1, "slow way" },
	{ "HVG0502", "azure-gen2-sriov", "", 0, "" },
	{ "HVG0503", "broken", "", 1, "9000" },
	{ "HVG0503", "azure-gen2-sriov", "", 0, "" },
	{ "HVG0504", "azure-gen2-sriov", "-/sys/bus/pci/devices/cf63:00:02.0/driver\n", 1,
		"cf63:00:02.0" },
	{ "HVG0504", "azure-gen2-sriov", "", 0, "" },
	{ "HVG0505", "azure-gen1",
		"/sys/bus/pci/devices/0000:00:0a.0/\n\tvendor = 0x1011\n\tdevice = 0x0009\n", 1,
		"0000:00:0a.0" },
	{ "HVG0505", "broken", "", 0, "" },

	{ "HVG0601", "broken", "", 1, "/sbin/poweroff" },
	{ "HVG0601", "nested", "", 0, "" },
	{ "HVG0601", "nested", "-" DEVICE "b6650ff7-33bc-4840-8048-e0676786f393\n-/sbin\n", 0,
		"" },
	{ "HVG0602", "broken", "", 1, "poweroff.target" },
	{ "HVG0602", "nested", "/etc/systemd/system/\n\treboot.target -> ../x\n", 0, "" },
	{ "HVG0603", "broken", "", 1, "no Linux boots" },
	{ "HVG0603", "nested", "", 0, "" },
	{ "HVG0604", "azure-gen2-sriov", "", 1, "2011" },
	{ "HVG0604", "azure-gen2-sriov",
		DB " = Microsoft Corporation UEFI CA 2011\\nMicrosoft UEFI CA 2023\n", 0, "" },
	{ "HVG0604", "nested", "", 0, "" },
	{ "HVG0605", "broken", "", 1, "EFI/BOOT" },
	{ "HVG0605", "nested", "", 0, "" },
	{ "HVG0605", "azure-gen1", "", 0, "" },
	{ "HVG0605", "broken", "caller/\n\tuser = 1000\n", 0, "" },
	{ "HVG0606", "onprem-gen2-fc", "/sys/kernel/\n\tkexec_crash_loaded = 0\n", 1,
		"no kernel is loaded" },
	{ "HVG0606", "onprem-gen2-fc", "", 0, "" },
	{ "HVG0606", "nested", "", 0, "" },
	{ "HVG0607", "broken", "", 2, "elevator=noop" },
	{ "HVG0607", "nested", "", 0, "" },
	{ "HVG0608", "nested", "/sys/bus/vmbus/\n\thibernation = 1\n", 1, "hibernate" },
	{ "HVG0608", "nested",
		"/sys/bus/vmbus/\n\thibernation = 1\n/usr/lib/udev/rules.d/\n\t60-a.rules = systemctl "
		"hibernate\n",
		0, "" },
	{ "HVG0608", "nested", "", 0, "" },

	{ "HVG0701", "broken", "", 1, "crashed" },
	{ "HVG0701", "nested",
		"kernel/\n\tlog = BUG: kernel NULL pointer dereference in ext4\n", 0, "" },
	{ "HVG0702", "broken", "", 1, "no program" },
	{ "HVG0702", "nested", "", 0, "" },
	{ "HVG0703", "broken", "", 1, "too small" },
	{ "HVG0703", "nested", "", 0, "" },
};

START_TEST(finds)
{
	recorded_load_changed(&recorded, cases[_i].guest, cases[_i].changes);
	check_run(check_find(cases[_i].id), &recorded.guest, findings);
	ck_assert_msg(findings->n == cases[_i].n, "%s of %s with\n%s\nfound %zu, the last: %s",
		cases[_i].id, cases[_i].guest, cases[_i].changes, findings->n,
		findings->n ? findings->items[findings->n - 1].judgement.text : "");
	if (findings->n > 0)
		ck_assert_msg(strstr(findings->items[findings->n - 1].judgement.text,
				      cases[_i].found),
			"%s", findings->items[findings->n - 1].judgement.text);
}
END_TEST

/* What is to be done depends on what was found. */
static const struct {
	const char *id, *guest, *changes, *fix;
} fixes[] = {
	{ "HVG0102", "azure-gen1", "units/\n\tntpsec.service = active\n",
		"systemctl disable --now ntpsec.service" },
	{ "HVG0102", "azure-gen1", "/proc/77/\n\tcomm = phc2sys\n",
		"systemctl stop $(ps -o unit= -p 77)" },
	{ "HVG0003", "broken", "", "systemctl enable --now hv-kvpd.service" },
	{ "HVG0003", "broken", "-units\n", "systemctl enable --now hv-kvpd.service" },
	{ "HVG0003", "broken", "-units/hv-kvpd.service\n",
		"install the package hvguest\nsystemctl enable --now hv-kvpd.service" },
	{ "HVG0004", "broken", "",
		"systemctl unmask hv-vssd.service\nsystemctl enable --now hv-vssd.service" },
	{ "HVG0005", "broken", "",
		"journalctl -b -u hv-fcopyd.service (it tells why it failed)\n"
		"systemctl enable --now hv-fcopyd.service" },
	{ "HVG0006", "onprem-gen2-fc",
		"/proc/77/\n\tcomm = hypervkvpd\nunits/\n\thypervkvpd.service = active\n",
		"systemctl disable --now hypervkvpd.service" },
	{ "HVG0006", "onprem-gen2-fc", "/proc/77/\n\tcomm = hv_kvp_daemon\n",
		"systemctl disable --now $(ps -o unit= -p 77)" },
	{ "HVG0009", "onprem-gen1", "",
		"systemctl disable --now hv-kvp-daemon.service\ninstall the package hvguest\n"
		"systemctl enable --now hv-kvpd.service\nsystemctl enable --now hv-netd.socket" },
	{ "HVG0303", "nested",
		"/proc/self/\n\tmountinfo = 30 1 8:2 / /srv/my\\\\040data rw - ext4 /dev/sda2 rw\n"
		"filesystems/\n\t8:2 = 21474836480\n",
		"hvctl disk grow /dev/sda2" },
};

START_TEST(prints_a_fix_that_fits)
{
	recorded_load_changed(&recorded, fixes[_i].guest, fixes[_i].changes);
	check_run(check_find(fixes[_i].id), &recorded.guest, findings);
	ck_assert_uint_eq(findings->n, 1);
	ck_assert_str_eq(findings->items[0].judgement.fix, fixes[_i].fix);
}
END_TEST

START_TEST(each_check_has_a_case_where_it_finds_and_one_where_it_does_not)
{
	for (const struct check *check = checks; check->id; check++) {
		size_t n_found = 0, n_clean = 0;

		for (size_t i = 0; i < HVG_ELEMENTS(cases); i++)
			if (strcmp(cases[i].id, check->id) == 0)
				*(cases[i].n > 0 ? &n_found : &n_clean) += 1;
		ck_assert_msg(n_found > 0 && n_clean > 0, "%s: %zu and %zu", check->id, n_found,
			n_clean);
	}
}
END_TEST

START_TEST(ids_are_in_order_and_once)
{
	for (const struct check *check = checks; check->id; check++) {
		ck_assert_uint_eq(strlen(check->id), 7);
		ck_assert_ptr_eq(check_find(check->id), check);
		if (check > checks)
			ck_assert_msg(strcmp(check[-1].id, check->id) < 0, "%s", check->id);
	}
	ck_assert_ptr_null(check_find("HVG9999"));
}
END_TEST

START_TEST(each_finding_has_evidence_and_a_fix)
{
	recorded_load(&recorded, "broken");
	for (const struct check *check = checks; check->id; check++)
		check_run(check, &recorded.guest, findings);
	ck_assert_uint_gt(findings->n, 30);
	for (size_t i = 0; i < findings->n; i++) {
		const struct finding *finding = &findings->items[i];

		ck_assert_msg(finding->judgement.n_evidence > 0, "%s", finding->check->id);
		ck_assert_msg(finding->judgement.fix[0] != '\0', "%s", finding->check->id);
	}
}
END_TEST

/* However many there are. */
START_TEST(a_flood_of_findings_does_no_harm)
{
	recorded_load(&recorded, "broken");
	for (int round = 0; round < 5; round++)
		for (const struct check *check = checks; check->id; check++)
			check_run(check, &recorded.guest, findings);
	ck_assert_uint_eq(findings->n, FINDINGS_MAX);
}
END_TEST

START_TEST(finds_nothing_where_nothing_is_known)
{
	struct facts *facts = facts_new();
	struct guest guest;

	facts_sort(facts);
	ck_assert_int_eq(guest_init(&guest, facts), 0);
	for (const struct check *check = checks; check->id; check++)
		check_run(check, &guest, findings);
	ck_assert_uint_eq(findings->n, 0);
	guest_done(&guest);
	facts_free(facts);
}
END_TEST

Suite *hvg_suite_hvctl_doctor(void)
{
	Suite *suite = suite_create("doctor");
	TCase *tcase = hvg_suite_case(suite, "doctor");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, finds, 0, HVG_ELEMENTS(cases));
	tcase_add_loop_test(tcase, prints_a_fix_that_fits, 0, HVG_ELEMENTS(fixes));
	tcase_add_test(tcase, each_check_has_a_case_where_it_finds_and_one_where_it_does_not);
	tcase_add_test(tcase, ids_are_in_order_and_once);
	tcase_add_test(tcase, each_finding_has_evidence_and_a_fix);
	tcase_add_test(tcase, a_flood_of_findings_does_no_harm);
	tcase_add_test(tcase, finds_nothing_where_nothing_is_known);
	return suite;
}
