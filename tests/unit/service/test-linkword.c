// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "service/linkword.h"

#include <stdio.h>
#include <string.h>

static struct hvg_linkword words[3], believed;

static void setup(void)
{
	memset(words, 0, sizeof(words));
	memset(&believed, 0xff, sizeof(believed));
}

static void believe(void)
{
	hvg_linkword_believe(words, 3, &believed);
}

START_TEST(knows_nothing_when_nobody_speaks)
{
	hvg_linkword_add_dns(&words[0], "192.0.2.1"); /* said by the way */
	believe();
	ck_assert(!believed.knows_dns);
	ck_assert_uint_eq(believed.n_dns, 0);
	ck_assert_int_eq(believed.dhcp, HVG_DHCP_UNSAID);
}
END_TEST

START_TEST(believes_the_first_that_speaks)
{
	words[1].knows_dns = words[2].knows_dns = true;
	hvg_linkword_add_dns(&words[1], "192.0.2.1");
	hvg_linkword_add_dns(&words[2], "192.0.2.2");
	words[1].dhcp = HVG_DHCP_OFF;
	words[2].dhcp = HVG_DHCP_ON;
	believe();
	ck_assert_uint_eq(believed.n_dns, 1);
	ck_assert_str_eq(believed.dns[0], "192.0.2.1");
	ck_assert_int_eq(believed.dhcp, HVG_DHCP_OFF);
}
END_TEST

START_TEST(takes_each_thing_from_who_knows_it)
{
	words[1].knows_dns = true;
	hvg_linkword_add_dns(&words[1], "192.0.2.1");
	words[2].dhcp = HVG_DHCP_ON;
	believe();
	ck_assert_uint_eq(believed.n_dns, 1);
	ck_assert_int_eq(believed.dhcp, HVG_DHCP_ON);
}
END_TEST

START_TEST(believes_that_there_are_no_servers)
{
	words[0].knows_dns = words[2].knows_dns = true;
	hvg_linkword_add_dns(&words[2], "192.0.2.1");
	believe();
	ck_assert(believed.knows_dns);
	ck_assert_uint_eq(believed.n_dns, 0);
}
END_TEST

START_TEST(has_each_server_once_and_no_more_than_there_is_room_for)
{
	char text[32];

	for (unsigned int i = 0; i < 2 * HVG_LINKWORD_DNS_MAX; i++) {
		snprintf(text, sizeof(text), "192.0.2.%u", i / 2);
		hvg_linkword_add_dns(&words[0], text);
	}
	ck_assert_uint_eq(words[0].n_dns, HVG_LINKWORD_DNS_MAX);
	hvg_linkword_add_dns(&words[0], "198.51.100.1");
	ck_assert_uint_eq(words[0].n_dns, HVG_LINKWORD_DNS_MAX);
	ck_assert_str_eq(words[0].dns[1], "192.0.2.1");
}
END_TEST

Suite *hvg_suite_service_linkword(void)
{
	Suite *suite = suite_create("service/linkword");
	TCase *tcase = hvg_suite_case(suite, "linkword");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, knows_nothing_when_nobody_speaks);
	tcase_add_test(tcase, believes_the_first_that_speaks);
	tcase_add_test(tcase, takes_each_thing_from_who_knows_it);
	tcase_add_test(tcase, believes_that_there_are_no_servers);
	tcase_add_test(tcase, has_each_server_once_and_no_more_than_there_is_room_for);
	return suite;
}
