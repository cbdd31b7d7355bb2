// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "hvctl/facts/filter.h"

#include "base/units.h"

#include <stdio.h>
#include <string.h>

static const struct {
	void (*filter)(char *bytes, size_t size);
	const char *bytes;
	size_t size; /* 0: up to the NUL */
	const char *kept;
} all[] = {
	{ fact_text_tidy, "one\ntwo\n", 0, "one\ntwo" },
	{ fact_text_tidy, "a\0b\0", 4, "a\nb" },
	{ fact_text_tidy, "", 0, "" },
	{ fact_text_tidy, "\n\n", 0, "" },
	{ filter_interrupts,
		"           CPU0       CPU1\n   0:  1 2  IO-APIC\n HYP:  3 4  Hypervisor\n LOC:  5 6\n",
		0, "           CPU0       CPU1\n HYP:  3 4  Hypervisor" },
	{ filter_meminfo, "MemTotal:  1 kB\nMemFree:  2 kB\nSwapTotal:  3 kB\n", 0,
		"MemTotal:  1 kB\nSwapTotal:  3 kB" },
	{ filter_os_release,
		"NAME=\"Debian\"\nID=debian\nVERSION_ID=\"12\"\nBUG_REPORT_URL=x\n", 0,
		"ID=debian\nVERSION_ID=\"12\"" },
	{ filter_chrony,
		"# refclock PHC /dev/ptp0\npool x\n  refclock PHC /dev/ptp_hyperv\nmakestep 1 -1\n",
		0, "  refclock PHC /dev/ptp_hyperv\nmakestep 1 -1" },
	{ filter_chrony, "server secret.example\n", 0, "" },
	{ filter_fstab, "# /dev/sda1\nUUID=1 / ext4\n/dev/sdb1 /data xfs\n", 0,
		"/dev/sdb1 /data xfs" },
	{ filter_crypttab,
		"# c\nroot UUID=1 /etc/secret.key luks,discard\n\tdata  /dev/sdb2 /etc/secret.key luks\n#old /dev/sdc x\n"
		"swap /dev/sda3",
		0, "data /dev/sdb2\nswap /dev/sda3" },
	{ filter_crypttab, "cdrom_crypt /dev/sr0 none\nnameless\n\n", 0, "" },
	{ filter_udev,
		"SUBSYSTEM==\"block\", X\nSUBSYSTEM==\"memory\", ATTR{state}=\"online\"\n", 0,
		"SUBSYSTEM==\"memory\", ATTR{state}=\"online\"" },
	{ filter_udev, " # SUBSYSTEM==\"memory\", ATTR{state}=\"online\"\n", 0, "" },
	{ filter_efi_variable, "\x06\0\0\0\x01", 5, "01" },
	{ filter_efi_variable, "\x06\0\0\0\0", 5, "00" },
	{ filter_efi_variable, "\x06\0\0", 3, "" },
	{ filter_authorities,
		"\0\1\2Microsoft Corporation UEFI CA 2011\0\3Microsoft Windows Production PCA 2011",
		76,
		"Microsoft Corporation UEFI CA 2011\nMicrosoft Windows Production PCA 2011" },
	{ filter_authorities, "\0\1\2\3", 4, "others" },
	{ filter_kernel_log,
		"[0.0] Linux version 6\n[1.0] hv_vmbus: Vmbus version:5.3\n[2.0] usb 1-1: new\n",
		0, "[1.0] hv_vmbus: Vmbus version:5.3" },
	{ filter_kernel_log,
		"<6>[0.0] hv_vmbus: one\n<14>[1.0] hv_utils: <3> two\n<unknown>[2.0] hv_balloon: three\n<7[3.0] BUG: four\n",
		0,
		"[0.0] hv_vmbus: one\n[1.0] hv_utils: <3> two\n<unknown>[2.0] hv_balloon: three\n<7[3.0] BUG: four" },
	{ filter_kernel_log, "<6>", 0, "" },
	{ filter_kernel_log, "<>[0.0] BUG: no level", 0, "<>[0.0] BUG: no level" },
};

START_TEST(keeps_what_is_wanted)
{
	char bytes[512];

	memset(bytes, 'x', sizeof(bytes)); /* whatever was read before */
	memcpy(bytes, all[_i].bytes, all[_i].size ? all[_i].size : strlen(all[_i].bytes));
	all[_i].filter(bytes, all[_i].size ? all[_i].size : strlen(all[_i].bytes));
	ck_assert_str_eq(bytes, all[_i].kept);
}
END_TEST

/* A file may be as long as what it is read into. */
START_TEST(a_line_that_is_kept_needs_no_room_but_for_its_end)
{
	static const char line[] = "/dev/sda1 / ext4";
	char bytes[sizeof(line) + 1];

	memset(bytes, 'x', sizeof(bytes));
	memcpy(bytes, line, sizeof(line) - 1);
	filter_fstab(bytes, sizeof(line) - 1);
	ck_assert_str_eq(bytes, line);
	ck_assert_int_eq(bytes[sizeof(line)], 'x');
}
END_TEST

/* One word of 135 characters, which is longer than the name and the device that could be made of it. */
START_TEST(a_name_without_end_is_no_name)
{
	char bytes[160];

	memset(bytes, 'x', sizeof(bytes));
	memcpy(bytes + 127, "/dev/sda", 8);
	filter_crypttab(bytes, 135);
	ck_assert_str_eq(bytes, "");
	ck_assert_int_eq(bytes[136], 'x');
}
END_TEST

Suite *hvg_suite_hvctl_filter(void)
{
	Suite *suite = suite_create("filter");
	TCase *tcase = hvg_suite_case(suite, "filter");

	tcase_add_loop_test(tcase, keeps_what_is_wanted, 0, HVG_ELEMENTS(all));
	tcase_add_test(tcase, a_line_that_is_kept_needs_no_room_but_for_its_end);
	tcase_add_test(tcase, a_name_without_end_is_no_name);
	return suite;
}
