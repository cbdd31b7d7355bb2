// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The real resolver, in a namespace where /etc/hosts is all that it has to ask.
 */

#include "suites.h"

#include "base/units.h"
#include "os/fqdn.h"
#include "os/sandbox.h"

#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

static void replace(const char *path, const char *copy, const char *content)
{
	hvg_sandbox_write(copy, content);
	ck_assert_int_eq(mount(copy, path, NULL, MS_BIND, NULL), 0);
}

static void setup(void)
{
	hvg_sandbox_enter(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWNET);
	replace("/etc/nsswitch.conf", "/run/nsswitch.conf", "hosts: files\n");
}

static const struct {
	const char *hosts, *name, *expected;
} cases[] = {
	{ "127.0.1.1 guest.example.com guest\n", "guest", "guest.example.com" },
	{ "2001:db8::1 guest.example.com guest\n", "guest", "guest.example.com" },
	{ "192.0.2.1 guest.example.com. guest\n", "guest", "guest.example.com" },
	{ "192.0.2.1 guest.example.com\n", "guest.example.com", "guest.example.com" },
	{ "127.0.0.1 localhost guest\n", "guest", "guest" },
	{ "127.0.0.1 localhost.localdomain guest\n", "guest", "guest" },
	{ "127.0.0.1 LocalHost4.localdomain4 guest\n", "guest", "guest" },
	{ "192.0.2.1 guest\n", "guest", "guest" },
	{ "192.0.2.1 other guest\n", "guest", "guest" },
	{ "192.0.2.1 .example guest\n", "guest", "guest" },
	{ "192.0.2.1 example. guest\n", "guest", "guest" },
	{ "192.0.2.1 a\xff.example guest\n", "guest", "guest" },
	{ "192.0.2.1 somebody.example.com else\n", "guest", "guest" },
	{ "", "guest.example.com", "guest.example.com" },
	{ "", "", "" },
};

START_TEST(finds_the_full_name_or_keeps_the_plain_one)
{
	char name[HVG_FQDN_SIZE];

	replace("/etc/hosts", "/run/hosts", cases[_i].hosts);
	ck_assert_int_eq(sethostname(cases[_i].name, strlen(cases[_i].name)), 0);
	hvg_fqdn_resolve(name);
	ck_assert_str_eq(name, cases[_i].expected);
}
END_TEST

/* The longest host name of Linux, and a name in /etc/hosts that is longer than any in the DNS. */
START_TEST(survives_long_names)
{
	char plain[65], hosts[512] = "192.0.2.1 ", name[HVG_FQDN_SIZE];

	memset(plain, 'h', 64);
	plain[64] = '\0';
	for (int i = 0; i < 30; i++)
		strcat(hosts, "123456789.");
	strcat(hosts, " ");
	strcat(hosts, plain);
	strcat(hosts, "\n");
	replace("/etc/hosts", "/run/hosts", hosts);
	ck_assert_int_eq(sethostname(plain, 64), 0);
	hvg_fqdn_resolve(name);
	ck_assert_str_eq(name, plain);
}
END_TEST

Suite *hvg_suite_os_fqdn(void)
{
	Suite *suite = suite_create("fqdn");
	TCase *tcase = hvg_suite_case(suite, "fqdn");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_loop_test(tcase, finds_the_full_name_or_keeps_the_plain_one, 0,
		HVG_ELEMENTS(cases));
	tcase_add_test(tcase, survives_long_names);
	return suite;
}
