// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "os/sandbox.h"
#include "os/synthetic.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#define GUID "b5e15ac5-0000-4000-8000-00155d010203"

/* near looks like a synthetic adapter, far like a virtual function, gone is no interface any more. */
static void setup(void)
{
	hvg_sandbox_enter(CLONE_NEWNET | CLONE_NEWNS);
	hvg_sandbox_run("ip link add near type veth peer name far");
	hvg_sandbox_write("/run/sys/class/net/near/device/device_id", "{" GUID "}\n");
	hvg_sandbox_write("/run/sys/class/net/gone/device/device_id", "{" GUID "}\n");
	hvg_sandbox_run("mkdir -p /run/sys/class/net/far/device /run/sys/class/net/lo /run/sys/class/net/bonding_masters.d");
	hvg_sandbox_run("for i in near gone; do ln -s ../../../bus/vmbus/drivers/hv_netvsc /run/sys/class/net/$i/device/driver; done");
	hvg_sandbox_run("ln -s ../../../bus/pci/drivers/mlx5_core /run/sys/class/net/far/device/driver");
}

START_TEST(finds_what_vmbus_has)
{
	struct hvg_synthetics found;

	ck_assert_int_eq(hvg_synthetic_list("/run/sys", &found), 0);
	ck_assert_uint_eq(found.n, 1);
	ck_assert_uint_eq(found.items[0].index, if_nametoindex("near"));
	ck_assert_str_eq(found.items[0].guid, "{" GUID "}");
	ck_assert_str_eq(found.items[0].driver, "hv_netvsc");
	free((void *)(uintptr_t)found.items);
}
END_TEST

START_TEST(tells_that_there_is_no_sysfs)
{
	struct hvg_synthetics found;

	ck_assert_int_eq(hvg_synthetic_list("/run/none", &found), -ENOENT);
}
END_TEST

START_TEST(knows_drivers_by_their_own_name)
{
	char driver[32] = "x";

	hvg_netif_driver("near", driver, sizeof(driver));
	ck_assert_str_eq(driver, "veth");
	hvg_netif_driver("none", driver, sizeof(driver));
	ck_assert_str_eq(driver, "");
}
END_TEST

Suite *hvg_suite_os_synthetic(void)
{
	Suite *suite = suite_create("os/synthetic");
	TCase *tcase = hvg_suite_case(suite, "synthetic");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, finds_what_vmbus_has);
	tcase_add_test(tcase, tells_that_there_is_no_sysfs);
	tcase_add_test(tcase, knows_drivers_by_their_own_name);
	return suite;
}
