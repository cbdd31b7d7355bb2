// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/units.h"
#include "hvguest/vmbus.h"
#include "os/fake-sysfs.h"
#include "os/sandbox.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct hvg_vmbus_devices *devices;

static void setup(void)
{
	hvg_sandbox_enter(CLONE_NEWNS);
}

static void enumerate(const char *manifest)
{
	hvg_fake_sysfs(manifest);
	ck_assert_int_eq(hvg_vmbus_devices_new(&devices), 0);
}

static void teardown(void)
{
	devices = hvg_vmbus_devices_free(devices);
}

static const struct {
	int relid;
	const char *name, *driver, *net_interface, *uio_node;
} generation2[] = {
	{ 4, "Synthetic SCSI Controller", "hv_storvsc", "", "" },
	{ 5, "[Dynamic Memory]", "hv_balloon", "", "" },
	{ 6, "[Reserved system device]", "", "", "" },
	{ 8, "Synthetic mouse", "hid_hyperv", "", "" },
	{ 9, "Synthetic keyboard", "hyperv_keyboard", "", "" },
	{ 10, "Synthetic framebuffer adapter", "hyperv_drm", "", "" },
	{ 11, "[Heartbeat]", "hv_utils", "", "" },
	{ 12, "[Operating system shutdown]", "hv_utils", "", "" },
	{ 13, "[Time Synchronization]", "hv_utils", "", "" },
	{ 14, "[Data Exchange]", "hv_utils", "", "" },
	{ 15, "[Backup (volume checkpoint)]", "hv_utils", "", "" },
	{ 16, "Synthetic SCSI Controller", "hv_storvsc", "", "" },
	{ 17, "[Guest services]", "uio_hv_generic", "", "/dev/uio0" },
	{ 18, "Synthetic network adapter", "hv_netvsc", "eth0", "" },
	{ 19, "Synthetic network adapter", "hv_netvsc", "eth1", "" },
	{ 20, "PCI Express pass-through", "hv_pci", "", "" },
};

START_TEST(lists_the_devices_of_a_guest_by_relid)
{
	enumerate("generation2.manifest");
	ck_assert_uint_eq(hvg_vmbus_devices_count(devices), HVG_ELEMENTS(generation2));
	for (size_t i = 0; i < HVG_ELEMENTS(generation2); i++) {
		const struct hvg_vmbus_device *device = hvg_vmbus_devices_get(devices, i);

		ck_assert_int_eq(device->relid, generation2[i].relid);
		ck_assert_str_eq(device->class_name, generation2[i].name);
		ck_assert_str_eq(device->driver, generation2[i].driver);
		ck_assert_str_eq(device->net_interface, generation2[i].net_interface);
		ck_assert_str_eq(device->uio_node, generation2[i].uio_node);
		ck_assert_int_eq(device->state, device->relid == 6 ? 2 : 3);
	}
	ck_assert_ptr_null(hvg_vmbus_devices_get(devices, HVG_ELEMENTS(generation2)));
}
END_TEST

START_TEST(finds_a_device_by_its_instance)
{
	const struct hvg_vmbus_device *device;

	enumerate("generation2.manifest");
	device = hvg_vmbus_devices_find(devices, "{6BD31A94-5A0E-4B5E-9D0F-3F1E2D3C4B5A}");
	ck_assert_ptr_nonnull(device);
	ck_assert_str_eq(device->instance, "6bd31a94-5a0e-4b5e-9d0f-3f1e2d3c4b5a");
	ck_assert_str_eq(device->class_guid, "f8615163-df3e-46c5-913f-f2d2f965ed0e");
	ck_assert_str_eq(device->net_interface, "eth0");
	ck_assert_ptr_null(
		hvg_vmbus_devices_find(devices, "6bd31a94-0000-4b5e-9d0f-3f1e2d3c4b5a"));
	ck_assert_ptr_null(hvg_vmbus_devices_find(devices, ""));
	ck_assert_ptr_null(hvg_vmbus_devices_find(devices, "eth0"));
}
END_TEST

static const struct hvg_vmbus_device *odd(unsigned int n)
{
	char instance[HVG_VMBUS_GUID_SIZE];

	snprintf(instance, sizeof(instance), "11111111-0000-4000-8000-%012u", n);
	return hvg_vmbus_devices_find(devices, instance);
}

START_TEST(tolerates_what_is_odd_or_vanishing)
{
	enumerate("odd.manifest");
	ck_assert_uint_eq(hvg_vmbus_devices_count(devices), 4);
	ck_assert_int_eq(odd(1)->relid, -1);
	ck_assert_int_eq(odd(1)->state, -1);
	ck_assert_str_eq(odd(1)->class_name, "Unknown");
	ck_assert_str_eq(odd(1)->driver, "hv_utils");
	ck_assert_str_eq(odd(2)->class_guid, "");
	ck_assert_str_eq(odd(2)->class_name, "Unknown");
	ck_assert_int_eq(odd(2)->relid, 7);
	ck_assert_int_eq(odd(3)->relid, 3000);
	ck_assert_str_eq(odd(3)->class_guid, "00000400-facb-11e6-bd58-64006a7986d3");
	ck_assert_ptr_null(odd(4));
	ck_assert_ptr_null(odd(5));
	ck_assert_str_eq(odd(6)->net_interface, "");
	ck_assert_str_eq(odd(6)->uio_node, "");
	ck_assert_ptr_eq(hvg_vmbus_devices_get(devices, 0), odd(1));
}
END_TEST

START_TEST(finds_no_device_where_there_is_no_vmbus)
{
	char node[64];

	enumerate(NULL);
	ck_assert_uint_eq(hvg_vmbus_devices_count(devices), 0);
	ck_assert_ptr_null(hvg_vmbus_devices_get(devices, 0));
	ck_assert_int_eq(hvg_vmbus_find_node(HVG_VMBUS_KVP, node, sizeof(node)), -ENOENT);
}
END_TEST

START_TEST(finds_the_nodes_of_the_services)
{
	char node[64] = "old", small[17];

	hvg_fake_sysfs("generation2.manifest");
	ck_assert_int_eq(hvg_vmbus_find_node(HVG_VMBUS_FCOPY, node, sizeof(node)), -ENOENT);
	ck_assert_str_eq(node, "old");
	ck_assert_int_eq(hvg_vmbus_find_node(HVG_VMBUS_KVP, node, sizeof(node)), 0);
	ck_assert_str_eq(node, "/dev/vmbus/hv_kvp");
	ck_assert_int_eq(hvg_vmbus_find_node(HVG_VMBUS_VSS, node, sizeof(node)), 0);
	ck_assert_str_eq(node, "/dev/vmbus/hv_vss");
	ck_assert_int_eq(hvg_vmbus_find_node(HVG_VMBUS_KVP, small, sizeof(small)), -ENOSPC);
}
END_TEST

START_TEST(names_classes_as_lsvmbus_does)
{
	ck_assert_str_eq(hvg_vmbus_class_name("a9a0f4e7-5a45-4d96-b827-8a841e8c03e6"),
		"[Data Exchange]");
	ck_assert_str_eq(hvg_vmbus_class_name("2f9bcc4a-0069-4af3-b76b-6fd0be528cda"),
		"Synthetic fiber channel adapter");
	ck_assert_str_eq(hvg_vmbus_class_name(""), "Unknown");
	ck_assert_str_eq(hvg_vmbus_class_name("a9a0f4e7-5a45-4d96-b827-8a841e8c03e7"), "Unknown");
}
END_TEST

START_TEST(frees_nothing)
{
	ck_assert_ptr_null(hvg_vmbus_devices_free(NULL));
}
END_TEST

Suite *hvg_suite_os_vmbus(void)
{
	Suite *suite = suite_create("vmbus");
	TCase *tcase = hvg_suite_case(suite, "vmbus");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, lists_the_devices_of_a_guest_by_relid);
	tcase_add_test(tcase, finds_a_device_by_its_instance);
	tcase_add_test(tcase, tolerates_what_is_odd_or_vanishing);
	tcase_add_test(tcase, finds_no_device_where_there_is_no_vmbus);
	tcase_add_test(tcase, finds_the_nodes_of_the_services);
	tcase_add_test(tcase, names_classes_as_lsvmbus_does);
	tcase_add_test(tcase, frees_nothing);
	return suite;
}
