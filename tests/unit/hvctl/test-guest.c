// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "hvctl/facts/guest.h"
#include "hvctl/recorded.h"

#include <stdio.h>
#include <string.h>

static struct recorded recorded;

static const struct guest *load(const char *name)
{
	recorded_done(&recorded);
	recorded_load(&recorded, name);
	return &recorded.guest;
}

static void teardown(void)
{
	recorded_done(&recorded);
}

START_TEST(tells_hyperv_from_what_looks_like_it)
{
	ck_assert(guest_is_hyperv(load("nested")->facts));
	ck_assert(guest_is_hyperv(load("arm64")->facts));
	ck_assert(!guest_is_hyperv(load("kvm")->facts));
	ck_assert(!guest_is_hyperv(load("bare-metal")->facts));
	ck_assert_uint_eq(guest_host_build(load("kvm")->facts), 0);
}
END_TEST

START_TEST(tells_generations_and_platforms)
{
	ck_assert_int_eq(guest_generation(load("azure-gen1")->facts), 1);
	ck_assert(guest_is_azure(recorded.facts));
	ck_assert_int_eq(guest_generation(load("onprem-gen2-fc")->facts), 2);
	ck_assert(!guest_is_azure(recorded.facts));
	ck_assert(!guest_is_arm64(recorded.facts));
	ck_assert(!guest_is_isolated(recorded.facts));
	ck_assert_uint_eq(guest_host_build(recorded.facts), 20348);
	ck_assert(guest_is_arm64(load("arm64")->facts));
}
END_TEST

static unsigned int processors_of(const char *online)
{
	char changes[128];

	snprintf(changes, sizeof(changes),
		"-/sys/devices/system/cpu\n/sys/devices/system/cpu/\n\tonline = %s\n", online);
	recorded_done(&recorded);
	recorded_load_changed(&recorded, "nested", changes);
	return guest_processors(recorded.facts);
}

START_TEST(counts_processors)
{
	ck_assert_uint_eq(processors_of("0"), 1);
	ck_assert_uint_eq(processors_of("0-3"), 4);
	ck_assert_uint_eq(processors_of("0-3,5,8-11"), 9);
	ck_assert_uint_eq(processors_of("?"), 0);
}
END_TEST

START_TEST(names_hosts)
{
	ck_assert_str_eq(guest_host_name(20348), "Windows Server 2022");
	ck_assert_str_eq(guest_host_name(14393), "Windows Server 2016");
	ck_assert_ptr_null(guest_host_name(0));
	ck_assert_ptr_null(guest_host_name(20349));
}
END_TEST

START_TEST(reads_the_system_and_its_kernel)
{
	struct hvg_osrelease os;

	guest_os(load("onprem-gen2-fc")->facts, &os);
	ck_assert_str_eq(os.id, "debian");
	ck_assert_str_eq(os.version_id, "13");
	ck_assert_str_eq(os.name, ""); /* which no recording has */
	ck_assert(guest_kernel_is_at_least(recorded.facts, 6, 12));
	ck_assert(guest_kernel_is_at_least(recorded.facts, 5, 99));
	ck_assert(!guest_kernel_is_at_least(recorded.facts, 6, 13));
	ck_assert(!guest_kernel_is_at_least(recorded.facts, 7, 0));
}
END_TEST

START_TEST(reads_what_the_system_calls_itself_as_a_shell_would)
{
	struct hvg_osrelease os;

	recorded_load_changed(&recorded, "nested",
		"-/etc/os-release\n/usr/lib/\n\tos-release = PRETTY_NAME='Some \"Linux\"'\n");
	guest_os(recorded.facts, &os);
	ck_assert_str_eq(os.pretty_name, "Some \"Linux\"");
}
END_TEST

START_TEST(knows_each_device)
{
	const struct guest *guest = load("onprem-gen2-fc");
	const struct device *nic = guest_device(guest, CLASS_NETWORK),
			    *fc = guest_device(guest, CLASS_FC);
	struct channel channel;
	size_t at = 0, n = 0;

	ck_assert_uint_eq(guest->n_devices, 16);
	ck_assert_str_eq(nic->driver, "hv_netvsc");
	ck_assert_int_eq(nic->relid, 16);
	ck_assert(device_is_in_use(nic));
	while (device_next_channel(guest, nic, &at, &channel))
		ck_assert_int_eq(channel.cpu, (int64_t)n++);
	ck_assert_uint_eq(n, 8);
	ck_assert_uint_eq(nic->n_channels, 8);
	ck_assert_int_eq(fc->relid, 4);
	ck_assert_int_eq(guest_next_device(guest, fc)->relid, 5);
	ck_assert_ptr_null(guest_next_device(guest, guest_next_device(guest, fc)));
	ck_assert_ptr_null(guest_device(guest, CLASS_PCI));
}
END_TEST

START_TEST(knows_what_hangs_below_a_device)
{
	const struct guest *guest = load("azure-gen2-sriov");
	const struct device *pci = guest_device(guest, CLASS_PCI);

	ck_assert_ptr_eq(guest_device_of(guest, "net", "enP53091s1"), pci);
	ck_assert_ptr_eq(
		guest_device_of(guest, "net", "eth0"), guest_device(guest, CLASS_NETWORK));
	ck_assert_str_eq(guest_device_of(guest, "block", "sdc")->instance,
		"f8b3781b-1e82-4818-a1c3-63d806ec15bb");
	ck_assert_ptr_null(guest_device_of(guest, "net", "lo"));
}
END_TEST

START_TEST(minds_no_device_that_linux_leaves_alone)
{
	const struct guest *guest = load("azure-gen2-sriov");

	ck_assert(device_is_ignored(&guest->devices[0]));
	ck_assert(!device_is_in_use(&guest->devices[0]));
	ck_assert(!device_is_ignored(guest_device(guest, CLASS_VIDEO)));
	ck_assert(!device_is_in_use(guest_device(guest, CLASS_VIDEO)));
}
END_TEST

Suite *hvg_suite_hvctl_guest(void)
{
	Suite *suite = suite_create("guest");
	TCase *tcase = hvg_suite_case(suite, "guest");

	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_test(tcase, tells_hyperv_from_what_looks_like_it);
	tcase_add_test(tcase, tells_generations_and_platforms);
	tcase_add_test(tcase, counts_processors);
	tcase_add_test(tcase, names_hosts);
	tcase_add_test(tcase, reads_the_system_and_its_kernel);
	tcase_add_test(tcase, reads_what_the_system_calls_itself_as_a_shell_would);
	tcase_add_test(tcase, knows_each_device);
	tcase_add_test(tcase, knows_what_hangs_below_a_device);
	tcase_add_test(tcase, minds_no_device_that_linux_leaves_alone);
	return suite;
}
