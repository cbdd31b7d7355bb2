// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "hvctl/features/feature.h"
#include "hvctl/recorded.h"

#include "base/units.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const guests[] = { "arm64", "azure-gen1", "azure-gen2-sriov", "broken",
	"driverless", "live", "nested", "onprem-gen1", "onprem-gen2-fc" };

static struct recorded recorded;

static void teardown(void)
{
	recorded_done(&recorded);
}

static bool is_there(const struct evidence *evidence)
{
	return strcmp(evidence->text, "missing") != 0 &&
		strncmp(evidence->text, "cannot be read", 14) != 0;
}

/* Whatever a guest is like. */
static void check_verdict(
	const struct feature *feature, const struct verdict *verdict, const char *where)
{
	const struct judgement *judgement = &verdict->judgement;
	size_t n_there = 0;

	for (size_t i = 0; i < judgement->n_evidence; i++)
		n_there += is_there(&judgement->evidence[i]);
	ck_assert_msg(
		judgement->text[0] != '\0', "%s of %s says nothing", feature->name, where);
	ck_assert_msg(
		judgement->n_evidence > 0, "%s of %s has no evidence", feature->name, where);
	ck_assert_msg(verdict->state != FEATURE_WORKS || n_there > 0,
		"%s of %s works without evidence", feature->name, where);
	switch (verdict->state) {
	case FEATURE_DEGRADED:
	case FEATURE_OFF:
	case FEATURE_MISSING:
	case FEATURE_NOT_OFFERED:
		ck_assert_msg(judgement->fix[0] != '\0', "%s of %s has no fix: %s",
			feature->name, where, judgement->text);
		break;
	case FEATURE_WORKS:
	case FEATURE_READY:
	case FEATURE_NOT_APPLICABLE:
	case FEATURE_UNKNOWN:
		break;
	}
}

static void check_all(const struct guest *guest, const char *where)
{
	struct verdict verdict;

	for (const struct feature *feature = features; feature->name; feature++) {
		feature_judge(feature, guest, &verdict);
		check_verdict(feature, &verdict, where);
	}
}

START_TEST(nothing_works_without_evidence)
{
	recorded_load(&recorded, guests[_i]);
	check_all(&recorded.guest, guests[_i]);
}
END_TEST

/* The judges meet a guest of which any one fact is unknown. */
START_TEST(nothing_works_without_evidence_whatever_is_missing)
{
	struct recorded whole;

	recorded_load(&whole, guests[_i]);
	for (size_t missing = 0; missing < facts_count(whole.facts); missing += 7) {
		struct facts *facts = facts_new();
		struct guest guest;

		for (size_t i = 0; i < facts_count(whole.facts); i++) {
			struct fact fact = facts_at(whole.facts, i);

			if (i != missing)
				(void)facts_add(facts, fact.kind, fact.path, fact.text);
		}
		facts_sort(facts);
		ck_assert_int_eq(guest_init(&guest, facts), 0);
		check_all(&guest, facts_at(whole.facts, missing).path);
		guest_done(&guest);
		facts_free(facts);
	}
	recorded_done(&whole);
}
END_TEST

START_TEST(nothing_works_where_nothing_is_known)
{
	struct facts *facts = facts_new();
	struct guest guest;
	struct verdict verdict;

	facts_sort(facts);
	ck_assert_int_eq(guest_init(&guest, facts), 0);
	for (const struct feature *feature = features; feature->name; feature++) {
		feature_judge(feature, &guest, &verdict);
		ck_assert_msg(verdict.state != FEATURE_WORKS, "%s", feature->name);
	}
	guest_done(&guest);
	facts_free(facts);
}
END_TEST

#define DEVICE   "/sys/bus/vmbus/devices/"
#define SHUTDOWN DEVICE "b6650ff7-33bc-4840-8048-e0676786f393"
#define TIME     DEVICE "2dd1ce17-079e-403c-b352-a1921ee207ee"
#define HEARTBEAT DEVICE "fd149e91-82e0-4a7d-afa6-2a4166cbd7c0"
#define KVP      DEVICE "242ff919-07db-4180-9c2e-b86cb68c8c55"
#define VSS      DEVICE "2450ee40-33bf-4fbd-892e-9fb06e9214cf"
#define FCOPY    DEVICE "eb765408-105f-49b6-b4aa-c123b64d17d4"
#define MEMORY   DEVICE "1eccfd72-4b41-45ef-b73a-4a6e44c12924"

static const struct {
	const char *guest, *changes, *feature;
	enum feature_state state;
	const char *why; /* a part of it */
} cases[] = {
	{ "nested", "", "shutdown", FEATURE_READY, "the host can ask" },
	{ "nested", "-" SHUTDOWN "\n", "shutdown", FEATURE_NOT_OFFERED, "does not offer" },
	{ "nested", "-/sbin/poweroff\n", "shutdown", FEATURE_DEGRADED,
		"/sbin/poweroff, which is not there" },
	{ "broken", "", "shutdown", FEATURE_OFF, "masked" },
	{ "driverless", "", "shutdown", FEATURE_MISSING, "no driver" },
	{ "nested", SHUTDOWN "/\n\tstate = 2\n", "shutdown", FEATURE_DEGRADED,
		"channel is not open" },

	{ "nested", "", "time", FEATURE_WORKS, "18.4 us behind" },
	{ "nested", "clock/\n\thost-offset = 2000000 ns\n", "time", FEATURE_WORKS,
		"2.000 ms ahead" },
	{ "nested", "-/sys/class/ptp\n", "time", FEATURE_DEGRADED, "PTP clock" },
	{ "nested", "-clock/host-offset\n", "time", FEATURE_WORKS, "the host tells its time" },
	{ "nested", "-clock/host-offset\n" TIME "/\n\tchannels/9/interrupts = 1\n", "time",
		FEATURE_READY, "not told" },
	{ "nested", "clock/\n\thost-offset ! ESTALE\n", "time", FEATURE_DEGRADED,
		"ten minutes" },
	{ "broken", "", "time", FEATURE_DEGRADED, "acpi_pm" },
	{ "nested", "-" TIME "\n", "time", FEATURE_NOT_OFFERED, "does not offer" },

	{ "nested", "", "smp", FEATURE_WORKS, "0-1" },
	{ "broken", "", "smp", FEATURE_DEGRADED, "only 0 are in use" },
	{ "onprem-gen1", "", "smp", FEATURE_READY, "one processor" },
	{ "nested", "/proc/\n\tinterrupts:\n\t\tCPU0 CPU1\n\t\t HYP: 12 0 Hypervisor\n", "smp",
		FEATURE_DEGRADED, "all interrupts" },
	{ "nested", "-/sys/devices/system/cpu\n", "smp", FEATURE_UNKNOWN, "does not tell" },

	{ "nested", "", "heartbeat", FEATURE_WORKS, "has asked" },
	{ "broken", "", "heartbeat", FEATURE_READY, "has not asked" },
	{ "nested", HEARTBEAT "/\n\tchannels/7/interrupts = 1\n", "heartbeat", FEATURE_READY,
		"has not asked" },
	{ "driverless", "", "heartbeat", FEATURE_MISSING, "no driver" },

	{ "nested", "", "mouse", FEATURE_READY, "pointer" },
	{ "nested", "/proc/bus/input/\n\tdevices = N: Name=\"Power Button\"\n", "mouse",
		FEATURE_DEGRADED, "no input device" },
	{ "broken", "", "mouse", FEATURE_MISSING, "no driver" },

	{ "nested", "", "storage", FEATURE_WORKS, "1 disk controller is" },
	{ "azure-gen1", "", "storage", FEATURE_WORKS, "3 disk controllers are" },
	{ "azure-gen1", "/sys/block/sda/device/\n\tmodel = Virtual HD\n", "storage",
		FEATURE_DEGRADED, "emulated" },
	{ "nested", "-" DEVICE "4d5c6b7a-8e10-4c6f-9d52-802e27ede19f/driver\n", "storage",
		FEATURE_MISSING, "no driver" },
	{ "nested", "-" DEVICE "4d5c6b7a-8e10-4c6f-9d52-802e27ede19f\n", "storage",
		FEATURE_NOT_OFFERED, "no disk" },
	{ "nested", "-/sys/block\n", "storage", FEATURE_READY, "no disk is attached" },

	{ "nested", "", "network", FEATURE_WORKS, "1 adapter is" },
	{ "nested", "/sys/class/net/eth0/statistics/\n\trx_packets = 0\n", "network",
		FEATURE_READY, "nothing has come" },
	{ "nested", "-" DEVICE "aa11bb22-cc33-4d44-8e55-667788990011/driver\n", "network",
		FEATURE_MISSING, "no driver" },
	{ "nested", "-" DEVICE "aa11bb22-cc33-4d44-8e55-667788990011\n", "network",
		FEATURE_NOT_OFFERED, "no adapter" },

	{ "onprem-gen2-fc", "", "jumbo", FEATURE_WORKS, "9000" },
	{ "nested", "", "jumbo", FEATURE_READY, "65521" },
	{ "nested", "ethtool/eth0/\n\tmtu-max = 1500\n", "jumbo", FEATURE_NOT_OFFERED, "1500" },
	{ "nested", "-ethtool\n", "jumbo", FEATURE_UNKNOWN, "was not asked" },
	{ "nested", "-/sys/class/net/eth0\n", "jumbo", FEATURE_NOT_APPLICABLE,
		"no synthetic adapter" },

	{ "onprem-gen2-fc", "", "vlan", FEATURE_WORKS, "eth0.20" },
	{ "onprem-gen2-fc", "/sys/class/net/eth0.20/statistics/\n\trx_packets = 0\n", "vlan",
		FEATURE_DEGRADED, "no trunk" },
	{ "onprem-gen2-fc",
		"/sys/class/net/eth0.20/statistics/\n\trx_packets = 0\n\ttx_packets = 0\n",
		"vlan", FEATURE_READY, "nothing has gone" },
	{ "nested", "", "vlan", FEATURE_READY, "trunk" },
	{ "azure-gen1", "", "vlan", FEATURE_NOT_APPLICABLE, "Azure" },
	{ "nested", "-ethtool\n", "vlan", FEATURE_UNKNOWN, "was not asked" },

	{ "nested", "", "live-migration", FEATURE_READY, "nothing in this guest" },
	{ "broken", "", "live-migration", FEATURE_NOT_APPLICABLE, "b4c5:00:00.0" },
	{ "nested", "/proc/\n\tcmdline = root=/dev/sda2 tsc=reliable ro\n", "live-migration",
		FEATURE_DEGRADED, "tsc=reliable" },
	{ "azure-gen2-sriov", "", "live-migration", FEATURE_READY, "nothing in this guest" },

	{ "onprem-gen2-fc", "", "ip-injection", FEATURE_READY, "hv-netd" },
	{ "onprem-gen2-fc", "-units/hv-netd.service\n", "ip-injection", FEATURE_MISSING,
		"hv-netd does not run" },
	{ "onprem-gen1", "", "ip-injection", FEATURE_MISSING,
		"hv_kvp_daemon would run a script that is not there" },
	{ "onprem-gen1", "/usr/libexec/hypervkvpd/\n\thv_set_ifconfig/\n", "ip-injection",
		FEATURE_READY, "may suit" },
	{ "onprem-gen1",
		"/proc/402/\n\tcgroup = 0::/system.slice/hv-kvpd.service\nunits/\n\thv-netd.socket = active\n",
		"ip-injection", FEATURE_READY, "hv-netd" },
	{ "onprem-gen1",
		"/proc/402/\n\tcgroup = 0::/system.slice/hv-kvpd.service.d/other\nunits/\n\thv-netd.socket = active\n",
		"ip-injection", FEATURE_MISSING, "hv_kvp_daemon would run" },
	{ "broken", "", "ip-injection", FEATURE_MISSING, "no daemon" },
	{ "nested", "", "ip-injection", FEATURE_NOT_OFFERED, "does not offer" },

	{ "onprem-gen2-fc", "", "vrss", FEATURE_WORKS, "8 channels" },
	{ "nested", "ethtool/eth0/\n\trx_queue_1_packets = 0\n", "vrss", FEATURE_READY,
		"little traffic" },
	{ "broken", "", "vrss", FEATURE_OFF, "one of 2" },
	{ "broken", "ethtool/eth0/\n\tchannels-max = 1\n", "vrss", FEATURE_NOT_OFFERED,
		"one channel" },
	{ "onprem-gen1", "", "vrss", FEATURE_NOT_APPLICABLE, "one processor" },
	{ "nested", "-ethtool\n", "vrss", FEATURE_UNKNOWN, "was not asked" },

	{ "nested", "", "offloads", FEATURE_WORKS, "left to the host" },
	{ "broken", "", "offloads", FEATURE_DEGRADED, "4 of 5" },
	{ "broken", "ethtool/eth0/\n\trx-checksum = off\n", "offloads", FEATURE_OFF, "5 of 5" },
	{ "nested", "ethtool/eth0/\n\ttx-tcp6-segmentation = off [fixed]\n", "offloads",
		FEATURE_DEGRADED, "the host offers 4" },
	{ "nested",
		"ethtool/eth0/\n\ttx-checksum-ipv4 = off [fixed]\n\ttx-checksum-ipv6 = off [fixed]\n\trx-checksum = off "
		"[fixed]\n\ttx-tcp-segmentation = off [fixed]\n\ttx-tcp6-segmentation = off [fixed]\n",
		"offloads", FEATURE_NOT_OFFERED, "offers none" },
	{ "nested", "-ethtool\n", "offloads", FEATURE_UNKNOWN, "was not asked" },

	{ "azure-gen2-sriov", "", "sriov", FEATURE_WORKS, "790133" },
	{ "azure-gen2-sriov", "ethtool/eth0/\n\tvf_tx_packets = 0\n", "sriov", FEATURE_READY,
		"below eth0" },
	{ "azure-gen2-sriov", "-/sys/class/net/enP53091s1/master\n", "sriov", FEATURE_DEGRADED,
		"below no adapter" },
	{ "azure-gen2-sriov", "-/sys/class/net/enP53091s1\n", "sriov", FEATURE_MISSING,
		"no driver" },
	{ "broken", "", "sriov", FEATURE_DEGRADED, "is down" },
	{ "nested", "", "sriov", FEATURE_NOT_OFFERED, "no adapter a virtual function" },

	{ "onprem-gen2-fc", "", "vhdx-resize", FEATURE_READY, "can grow" },
	{ "broken", "", "vhdx-resize", FEATURE_DEGRADED, "sda has grown" },
	{ "driverless", "-" DEVICE "4d5c6b7a-8e10-4c6f-9d52-802e27ede1b0/driver\n",
		"vhdx-resize", FEATURE_MISSING, "no driver" },
	{ "nested", "-" DEVICE "4d5c6b7a-8e10-4c6f-9d52-802e27ede19f\n", "vhdx-resize",
		FEATURE_NOT_APPLICABLE, "SCSI" },

	{ "onprem-gen2-fc", "", "fibre-channel", FEATURE_WORKS, "online" },
	{ "onprem-gen2-fc",
		"/sys/class/fc_host/host1/\n\tport_state = Linkdown\n/sys/class/fc_host/host2/\n\tport_state = "
		"Linkdown\n",
		"fibre-channel", FEATURE_READY, "no port" },
	{ "onprem-gen2-fc", "-" DEVICE "6b0a4d5e-9f3c-4b1a-8e2d-7c6f5a4b3e21/driver\n",
		"fibre-channel", FEATURE_MISSING, "no driver" },
	{ "nested", "", "fibre-channel", FEATURE_NOT_OFFERED, "as most have none" },

	{ "onprem-gen2-fc", "", "backup", FEATURE_READY, "hv-vssd" },
	{ "onprem-gen1", "", "backup", FEATURE_READY, "hv_vss_daemon" },
	{ "onprem-gen1",
		"/proc/self/\n\tmountinfo = 22 1 8:17 / /data rw shared:1 - exfat /dev/sdb1 rw\n",
		"backup", FEATURE_DEGRADED, "/data (exfat)" },
	{ "onprem-gen1",
		"/proc/self/\n\tmountinfo = 22 1 8:17 / /data rw shared:1 - exfat /dev/sdb1 ro\n",
		"backup", FEATURE_READY, "hv_vss_daemon" },
	{ "broken", "", "backup", FEATURE_MISSING, "no daemon" },
	{ "nested", "", "backup", FEATURE_NOT_OFFERED, "does not offer" },

	{ "onprem-gen2-fc", "", "trim", FEATURE_WORKS, "fstrim.timer" },
	{ "azure-gen1", "-units/fstrim.timer\n-/etc/systemd/system/timers.target.wants\n",
		"trim", FEATURE_WORKS, "discard" },
	{ "broken", "", "trim", FEATURE_OFF, "nobody does" },
	{ "nested", "units/\n\tfstrim.timer = inactive\n", "trim", FEATURE_OFF, "nobody does" },
	{ "nested", "/sys/block/sda/queue/\n\tdiscard_max_bytes = 0\n", "trim",
		FEATURE_NOT_OFFERED, "no disk can" },
	{ "nested", "-/sys/block/sda\n", "trim", FEATURE_NOT_APPLICABLE, "no disk of Hyper-V" },

	{ "nested", "", "mmio-gap", FEATURE_WORKS, "128 MiB below" },
	{ "broken", "", "mmio-gap", FEATURE_DEGRADED, "no room" },
	{ "onprem-gen1", "", "mmio-gap", FEATURE_UNKNOWN, "root may read it" },
	{ "nested", "kernel/\n\tlog = nothing\n", "mmio-gap", FEATURE_UNKNOWN,
		"does not tell any more" },

	{ "onprem-gen2-fc", "", "hot-add", FEATURE_WORKS, "1024 MiB" },
	{ "azure-gen1", "", "hot-add", FEATURE_READY, "comes into use" },
	{ "onprem-gen1", "", "hot-add", FEATURE_READY, "comes into use" },
	{ "nested", "", "hot-add", FEATURE_DEGRADED, "no rule" },
	{ "broken", "", "hot-add", FEATURE_DEGRADED, "8 of 32" },
	{ "azure-gen1", "/sys/module/hv_balloon/parameters/\n\thot_add = N\n", "hot-add",
		FEATURE_OFF, "told not to" },
	{ "azure-gen1", "/sys/bus/vmbus/\n\thibernation = 1\n", "hot-add", FEATURE_OFF,
		"hibernate" },
	{ "driverless", "", "hot-add", FEATURE_MISSING, "no driver" },
	{ "arm64", "", "hot-add", FEATURE_NOT_APPLICABLE, "arm64" },
	{ "nested", "-" MEMORY "\n", "hot-add", FEATURE_NOT_OFFERED, "does not offer" },

	{ "onprem-gen2-fc", "", "ballooning", FEATURE_WORKS, "512 MiB" },
	{ "azure-gen1", "", "ballooning", FEATURE_READY, "static" },
	{ "onprem-gen1", "", "ballooning", FEATURE_READY, "can take" },
	{ "arm64", "page/\n\tsize = 65536\n", "ballooning", FEATURE_NOT_APPLICABLE, "65536" },
	{ "driverless", "", "ballooning", FEATURE_MISSING, "no driver" },

	{ "onprem-gen2-fc", "", "video", FEATURE_WORKS, "hyperv_drm" },
	{ "onprem-gen2-fc", "/proc/\n\tfb = 0 EFI VGA\n", "video", FEATURE_READY, "elsewhere" },
	{ "driverless", "", "video", FEATURE_MISSING, "fixed size" },
	{ "arm64", "", "video", FEATURE_NOT_APPLICABLE, "Azure" },

	{ "onprem-gen2-fc", "", "kvp", FEATURE_WORKS, "hv-kvpd" },
	{ "onprem-gen2-fc", "kvp/files/\n\thost = 0 bytes, written at 1764000050\n", "kvp",
		FEATURE_READY, "sent nothing" },
	{ "onprem-gen2-fc", "kvp/files/\n\thost = 40960 bytes, written at 1763990000\n", "kvp",
		FEATURE_READY, "sent nothing" },
	{ "broken", "", "kvp", FEATURE_MISSING, "no daemon" },
	{ "driverless", "", "kvp", FEATURE_MISSING, "no driver" },
	{ "nested", "", "kvp", FEATURE_NOT_OFFERED, "does not offer" },

	{ "onprem-gen2-fc", "", "nmi", FEATURE_READY, "kdump" },
	{ "onprem-gen2-fc", "/sys/kernel/\n\tkexec_crash_loaded = 0\n", "nmi", FEATURE_DEGRADED,
		"nobody takes" },
	{ "nested", "", "nmi", FEATURE_READY, "stops nothing" },
	{ "arm64", "", "nmi", FEATURE_NOT_APPLICABLE, "arm64" },

	{ "nested", "", "pae", FEATURE_NOT_APPLICABLE, "64-bit" },
	{ "nested", "-uname\n", "pae", FEATURE_UNKNOWN, "not known" },
	{ "nested", "uname/\n\tmachine = i686\n", "pae", FEATURE_UNKNOWN, "32-bit" },

	{ "onprem-gen2-fc", "", "file-copy", FEATURE_READY, "hv-fcopyd" },
	{ "broken", "", "file-copy", FEATURE_MISSING, "no daemon" },
	{ "onprem-gen2-fc", "-" FCOPY "/driver\n", "file-copy", FEATURE_MISSING,
		"uio_hv_generic" },
	{ "nested", "", "file-copy", FEATURE_NOT_OFFERED, "does not offer" },

	{ "onprem-gen2-fc", "", "sockets", FEATURE_READY, "AF_VSOCK" },
	{ "broken", "", "sockets", FEATURE_OFF, "not loaded" },
	{ "nested", "cpuid/\n\t40000002 = 00002580 00060003 00000000 00000000\n", "sockets",
		FEATURE_NOT_OFFERED, "before" },

	{ "broken", "", "pci", FEATURE_MISSING, "has no driver" },
	{ "broken",
		"/sys/bus/pci/devices/b4c5:00:00.0/\n\tdriver -> ../../bus/pci/drivers/nvidia\n",
		"pci", FEATURE_WORKS, "nvidia" },
	{ "broken", "-/sys/bus/pci/devices/b4c5:00:00.0\n", "pci", FEATURE_DEGRADED,
		"does not appear" },
	{ "broken",
		"-" DEVICE
		"00000011-b4c5-4c6f-8e10-402f3e4d5c8d/driver\n-/sys/bus/pci/devices/b4c5:00:00.0\n",
		"pci", FEATURE_MISSING, "hv_pci" },
	{ "azure-gen2-sriov", "", "pci", FEATURE_NOT_OFFERED, "no device" },

	{ "nested", "", "uefi", FEATURE_WORKS, "UEFI" },
	{ "azure-gen1", "", "uefi", FEATURE_NOT_APPLICABLE, "generation 1" },

	{ "onprem-gen2-fc", "", "secure-boot", FEATURE_WORKS, "signs Linux" },
	{ "broken", "", "secure-boot", FEATURE_WORKS, "Windows alone" },
	{ "nested", "", "secure-boot", FEATURE_OFF, "switched it off" },
	{ "azure-gen1", "", "secure-boot", FEATURE_NOT_APPLICABLE, "generation 1" },
	{ "nested", "-/sys/firmware/efi/efivars\n", "secure-boot", FEATURE_UNKNOWN,
		"does not tell" },
	{ "nested",
		"/sys/firmware/efi/efivars/\n\tSecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c ! EACCES\n",
		"secure-boot", FEATURE_UNKNOWN, "for root" },

	/* A confidential guest: Linux accepts few devices. */
	{ "nested", "cpuid/\n\t40000003 = 00003e7f 00400000 00000002 00000000\n", "kvp",
		FEATURE_NOT_APPLICABLE, "confidential" },
};

START_TEST(judges)
{
	const struct feature *feature = feature_find(cases[_i].feature);
	struct verdict verdict;

	recorded_load_changed(&recorded, cases[_i].guest, cases[_i].changes);
	feature_judge(feature, &recorded.guest, &verdict);
	ck_assert_msg(verdict.state == cases[_i].state &&
			strstr(verdict.judgement.text, cases[_i].why),
		"%s of %s with\n%s\nis %s: %s", cases[_i].feature, cases[_i].guest,
		cases[_i].changes, feature_state_name(verdict.state), verdict.judgement.text);
	check_verdict(feature, &verdict, cases[_i].guest);
}
END_TEST

START_TEST(each_feature_is_there_once_and_complete)
{
	size_t n = 0;

	for (const struct feature *feature = features; feature->name; feature++, n++) {
		ck_assert_ptr_eq(feature_find(feature->name), feature);
		ck_assert(feature->group && feature->title && feature->needs && feature->judge);
		for (size_t i = 0; i < N_REFERENCES; i++)
			ck_assert_msg(
				feature->since[i] && *feature->since[i], "%s", feature->name);
	}
	ck_assert_uint_eq(n, 30);
	ck_assert_ptr_null(feature_find("nothing"));
}
END_TEST

Suite *hvg_suite_hvctl_features(void)
{
	Suite *suite = suite_create("features");
	TCase *tcase = hvg_suite_case(suite, "features");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_loop_test(tcase, nothing_works_without_evidence, 0, HVG_ELEMENTS(guests));
	tcase_add_loop_test(tcase, nothing_works_without_evidence_whatever_is_missing, 0,
		HVG_ELEMENTS(guests));
	tcase_add_test(tcase, nothing_works_where_nothing_is_known);
	tcase_add_loop_test(tcase, judges, 0, HVG_ELEMENTS(cases));
	tcase_add_test(tcase, each_feature_is_there_once_and_complete);
	return suite;
}
