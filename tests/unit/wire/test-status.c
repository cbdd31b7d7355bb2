// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "hvguest/status.h"

#include <errno.h>
#include <linux/hyperv.h>

START_TEST(agrees_with_the_kernel_header)
{
	ck_assert_uint_eq(HVG_STATUS_OK, HV_S_OK);
	ck_assert_uint_eq(HVG_STATUS_FAIL, (uint32_t)HV_E_FAIL);
	ck_assert_uint_eq(HVG_STATUS_NO_MORE, (uint32_t)HV_S_CONT);
	ck_assert_uint_eq(HVG_STATUS_NOT_SUPPORTED, (uint32_t)HV_ERROR_NOT_SUPPORTED);
	ck_assert_uint_eq(HVG_STATUS_INVALID, (uint32_t)HV_INVALIDARG);
	ck_assert_uint_eq(HVG_STATUS_ALREADY_EXISTS, (uint32_t)HV_ERROR_ALREADY_EXISTS);
	ck_assert_uint_eq(HVG_STATUS_DISK_FULL, (uint32_t)HV_ERROR_DISK_FULL);
	ck_assert_uint_eq(HVG_STATUS_MACHINE_LOCKED, (uint32_t)HV_ERROR_MACHINE_LOCKED);
	ck_assert_uint_eq(HVG_STATUS_NOT_CONNECTED, (uint32_t)HV_ERROR_DEVICE_NOT_CONNECTED);
	ck_assert_uint_eq(HVG_STATUS_NOT_FOUND, (uint32_t)HV_GUID_NOTFOUND);
}
END_TEST

static const struct {
	int result;
	uint32_t status;
} map[] = {
	{ 0, HVG_STATUS_OK },
	{ 7, HVG_STATUS_OK },
	{ -ENOENT, HVG_STATUS_NO_MORE },
	{ -EOPNOTSUPP, HVG_STATUS_NOT_SUPPORTED },
	{ -EINVAL, HVG_STATUS_INVALID },
	{ -EBADMSG, HVG_STATUS_INVALID },
	{ -EMSGSIZE, HVG_STATUS_INVALID },
	{ -EEXIST, HVG_STATUS_ALREADY_EXISTS },
	{ -ENOSPC, HVG_STATUS_DISK_FULL },
	{ -EDQUOT, HVG_STATUS_DISK_FULL },
	{ -EFBIG, HVG_STATUS_DISK_FULL },
	{ -ENODEV, HVG_STATUS_NOT_FOUND },
	{ -EPERM, HVG_STATUS_FAIL },
	{ -EIO, HVG_STATUS_FAIL },
	{ -ETIMEDOUT, HVG_STATUS_FAIL },
};

START_TEST(maps_results)
{
	ck_assert_uint_eq(hvg_status_from_errno(map[_i].result), map[_i].status);
}
END_TEST

START_TEST(names_what_it_knows)
{
	ck_assert_str_eq(hvg_status_name(HVG_STATUS_NO_MORE), "HV_S_CONT");
	ck_assert_str_eq(hvg_status_name(1), "unknown status");
}
END_TEST

Suite *hvg_suite_wire_status(void)
{
	Suite *suite = suite_create("wire/status");
	TCase *tcase = hvg_suite_case(suite, "status");

	tcase_add_test(tcase, agrees_with_the_kernel_header);
	tcase_add_loop_test(tcase, maps_results, 0, 15);
	tcase_add_test(tcase, names_what_it_knows);
	return suite;
}
