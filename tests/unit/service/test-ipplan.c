// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/units.h"
#include "hvguest/ipinfo.h"
#include "service/ipplan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define V4   HVG_IPINFO_IPV4
#define V6   HVG_IPINFO_IPV6
#define BOTH (V4 | V6)
#define LIST_MAX 200

/* A request as a host writes it, in one line for each list. */
struct asked {
	uint8_t families;
	bool dhcp;
	const char *addresses, *subnets, *gateways, *dns;
};

static struct hvg_ipconfig config;
static struct hvg_refusal refusal;

/* Cuts "a;b" into words; the storage lives until the next call for the same list. */
static const char *const *cut(const char *text, unsigned int list)
{
	static char storage[4][8192];
	static const char *words[4][LIST_MAX + 1];
	size_t n = 0;

	snprintf(storage[list], sizeof(storage[list]), "%s", text ? text : "");
	for (char *rest = storage[list], *word; n < LIST_MAX && (word = strsep(&rest, ";"));)
		if (text)
			words[list][n++] = word;
	words[list][n] = NULL;
	return words[list];
}

static int make(const struct asked *asked)
{
	struct hvg_ipplan_request request = {
		.families = asked->families,
		.dhcp = asked->dhcp,
		.addresses = cut(asked->addresses, 0),
		.subnets = cut(asked->subnets, 1),
		.gateways = cut(asked->gateways, 2),
		.dns = cut(asked->dns, 3),
	};

	memset(&refusal, 0, sizeof(refusal));
	return hvg_ipplan_make(&request, &config, &refusal);
}

static const struct {
	struct asked asked;
	const char *plan;
} plans[] = {
	{ { V4, false, "192.0.2.7", "255.255.255.0", "192.0.2.1", "192.0.2.2;1.1.1.1" },
		"ipv4 static\nipv6 auto\naddress 192.0.2.7/24\ngateway 192.0.2.1 metric 0\n"
		"dns 192.0.2.2\ndns 1.1.1.1\n" },
	{ { V6, true, "2001:db8::7", "64", "2001:db8::1", "2001:db8::2" },
		"ipv4 dhcp\nipv6 static\naddress 2001:db8::7/64\ngateway 2001:db8::1 metric 0\n"
		"dns 2001:db8::2\n" },
	{ { V6, false, "2001:db8::7", "/64", "fe80::1", NULL },
		"ipv4 off\nipv6 static\naddress 2001:db8::7/64\ngateway fe80::1 metric 0\n" },
	{ { BOTH, false, "2001:db8::7;192.0.2.7", "/48;255.255.0.0", "2001:db8::1;192.0.2.1", NULL },
		"ipv4 static\nipv6 static\naddress 2001:db8::7/48\naddress 192.0.2.7/16\n"
		"gateway 2001:db8::1 metric 0\ngateway 192.0.2.1 metric 0\n" },
	{ { V4, true, NULL, NULL, NULL, NULL }, "ipv4 dhcp\nipv6 auto\n" },
	/* A host that writes back what it read sends the lease along. */
	{ { BOTH, true, "192.0.2.7;fe80::215:5dff:fe01:203", "255.255.255.0;/64", "192.0.2.1", "192.0.2.2" },
		"ipv4 dhcp\nipv6 auto\ndns 192.0.2.2\n" },
	{ { BOTH, true, "192.0.2.7;2001:db8::7", "255.255.255.0;64", "192.0.2.1;2001:db8::1", NULL },
		"ipv4 dhcp\nipv6 static\naddress 2001:db8::7/64\ngateway 2001:db8::1 metric 0\n" },
	/* IPv6 is automatic: its router is the one that announces itself. */
	{ { V4, false, "192.0.2.7", "255.255.255.0", "192.0.2.1;fe80::1", NULL },
		"ipv4 static\nipv6 auto\naddress 192.0.2.7/24\ngateway 192.0.2.1 metric 0\n" },
	{ { V6, false, NULL, NULL, NULL, "192.0.2.2;2001:db8::2" }, "ipv4 off\nipv6 auto\ndns 2001:db8::2\n" },
	{ { 0, false, "192.0.2.7", "24", NULL, NULL }, "ipv4 static\nipv6 auto\naddress 192.0.2.7/24\n" },
	{ { V4, false, "192.0.2.7", "/32", "198.51.100.1", NULL },
		"ipv4 static\nipv6 auto\naddress 192.0.2.7/32\ngateway 198.51.100.1 metric 0 onlink\n" },
	{ { V4, false, "192.0.2.7;198.51.100.7", "255.255.255.0;255.255.255.128", "192.0.2.1;198.51.100.1;192.0.2.3", NULL },
		"ipv4 static\nipv6 auto\naddress 192.0.2.7/24\naddress 198.51.100.7/25\n"
		"gateway 192.0.2.1 metric 0\ngateway 198.51.100.1 metric 2000\ngateway 192.0.2.3 metric 2001\n" },
	{ { V6, false, "2001:DB8:0::7", "ffff:ffff:ffff:ffff::", NULL, NULL },
		"ipv4 off\nipv6 static\naddress 2001:db8::7/64\n" },
	/* Said twice is said once. */
	{ { V4, false, "192.0.2.7;192.0.2.7", "24;24", "192.0.2.1;192.0.2.1", "::1;::1" },
		"ipv4 static\nipv6 auto\naddress 192.0.2.7/24\ngateway 192.0.2.1 metric 0\ndns ::1\n" },
	{ { V4, false, "192.0.2.7", "255.255.255.255", NULL, "127.0.0.1" },
		"ipv4 static\nipv6 auto\naddress 192.0.2.7/32\ndns 127.0.0.1\n" },
};

START_TEST(makes_a_plan)
{
	static char text[HVG_IPCONFIG_TEXT_SIZE];
	struct hvg_printer printer;

	ck_assert_int_eq(make(&plans[_i].asked), 0);
	hvg_printer_init(&printer, text, sizeof(text));
	hvg_ipconfig_render(&config, &printer);
	ck_assert_str_eq(text, plans[_i].plan);
}
END_TEST

START_TEST(gives_a_second_adapter_its_own_metric)
{
	static const char *const addresses[] = { "192.0.2.7", "2001:db8::7", NULL }, *const subnets[] = { "24", "64", NULL },
				 *const gateways[] = { "192.0.2.1", "192.0.2.2", "2001:db8::1", NULL }, *const dns[] = { NULL };
	struct hvg_ipplan_request request = { BOTH, false, addresses, subnets, gateways, dns, 100 };

	ck_assert_int_eq(hvg_ipplan_make(&request, &config, &refusal), 0);
	ck_assert_uint_eq(config.gateways[0].metric, 100);
	ck_assert_uint_eq(config.gateways[1].metric, HVG_FALLBACK_METRIC);
	ck_assert_uint_eq(config.gateways[2].metric, 100);
}
END_TEST

static const struct {
	struct asked asked;
	const char *field, *words;
} refusals[] = {
	{ { 4, false, "192.0.2.7", "24", NULL, NULL }, "families", "4 is no set" },
	{ { 255, true, NULL, NULL, NULL, NULL }, "families", "255" },
	{ { V4, false, "192.0.2", "24", NULL, NULL }, "addresses", "'192.0.2' is no IP address" },
	{ { V4, false, "", "24", NULL, NULL }, "addresses", "'' is no" },
	{ { V4, false, "192.0.2.7/24", "24", NULL, NULL }, "addresses", "'192.0.2.7/24'" },
	{ { V4, false, "192.0.2.256", "24", NULL, NULL }, "addresses", "192.0.2.256" },
	{ { V4, false, "192.0.2.07", "24", NULL, NULL }, "addresses", "192.0.2.07" },
	{ { V6, false, "fe80::1%eth0", "64", NULL, NULL }, "addresses", "fe80::1%eth0" },
	{ { V6, false, "2001:db8::7::", "64", NULL, NULL }, "addresses", "2001:db8::7::" },
	{ { V4, false, "0.0.0.0", "24", NULL, NULL }, "addresses", "of no network" },
	{ { V4, false, "127.0.0.1", "8", NULL, NULL }, "addresses", "of the loopback" },
	{ { V4, false, "224.0.0.1", "24", NULL, NULL }, "addresses", "multicast" },
	{ { V4, false, "239.255.255.255", "24", NULL, NULL }, "addresses", "multicast" },
	{ { V4, false, "255.255.255.255", "24", NULL, NULL }, "addresses", "reserved" },
	{ { V6, false, "::", "64", NULL, NULL }, "addresses", "of no network" },
	{ { V6, false, "::1", "64", NULL, NULL }, "addresses", "of the loopback" },
	{ { V6, false, "::ffff:192.0.2.7", "64", NULL, NULL }, "addresses", "in disguise" },
	{ { V6, false, "ff02::1", "64", NULL, NULL }, "addresses", "multicast" },
	{ { V4, true, "192.0.2.x", "24", NULL, NULL }, "addresses", "192.0.2.x" },
	{ { V4, false, NULL, NULL, NULL, NULL }, "addresses", "could not be reached" },
	{ { 0, false, NULL, NULL, NULL, NULL }, "addresses", "could not be reached" },
	{ { V4, false, "fe80::7", "64", NULL, NULL }, "addresses", "could not be reached" },
	{ { V4, false, "192.0.2.7", NULL, NULL, NULL }, "subnets", "192.0.2.7 has none" },
	{ { V4, false, "192.0.2.7;192.0.2.8", "24", NULL, NULL }, "subnets", "192.0.2.8 has none" },
	{ { V4, false, "192.0.2.7", "24;25", NULL, NULL }, "subnets", "'25' belongs to no address" },
	{ { V4, true, NULL, "24", NULL, NULL }, "subnets", "belongs to no address" },
	{ { V4, false, "192.0.2.7", "255.0.255.0", NULL, NULL }, "subnets", "with holes" },
	{ { V4, false, "192.0.2.7", "0.255.255.255", NULL, NULL }, "subnets", "with holes" },
	{ { V4, false, "192.0.2.7", "0.0.0.0", NULL, NULL }, "subnets", "outside 1 to 32" },
	{ { V4, false, "192.0.2.7", "0", NULL, NULL }, "subnets", "outside 1 to 32" },
	{ { V4, false, "192.0.2.7", "33", NULL, NULL }, "subnets", "outside 1 to 32" },
	{ { V4, false, "192.0.2.7", "1000", NULL, NULL }, "subnets", "neither" },
	{ { V4, false, "192.0.2.7", "", NULL, NULL }, "subnets", "neither" },
	{ { V4, false, "192.0.2.7", "/", NULL, NULL }, "subnets", "neither" },
	{ { V4, false, "192.0.2.7", "//24", NULL, NULL }, "subnets", "neither" },
	{ { V4, false, "192.0.2.7", "-1", NULL, NULL }, "subnets", "neither" },
	{ { V4, false, "192.0.2.7", "255.255.255", NULL, NULL }, "subnets", "neither" },
	{ { V4, false, "192.0.2.7", "ffff::", NULL, NULL }, "subnets", "other family" },
	{ { V6, false, "2001:db8::7", "129", NULL, NULL }, "subnets", "outside 1 to 128" },
	{ { V6, false, "2001:db8::7", "255.255.255.0", NULL, NULL }, "subnets", "other family" },
	{ { V6, false, "2001:db8::7", "ffff:0:ffff::", NULL, NULL }, "subnets", "with holes" },
	{ { V4, false, "192.0.2.7;192.0.2.7", "24;25", NULL, NULL }, "subnets", "different subnets" },
	{ { V4, true, "192.0.2.7", "x", NULL, NULL }, "subnets", "'x'" },
	{ { V4, false, "192.0.2.7", "24", "gateway", NULL }, "gateways", "'gateway' is no" },
	{ { V4, false, "192.0.2.7", "24", "", NULL }, "gateways", "'' is no" },
	{ { V4, false, "192.0.2.7", "24", "0.0.0.0", NULL }, "gateways", "of no network" },
	{ { V4, false, "192.0.2.7", "24", "192.0.2.7", NULL }, "gateways", "own address" },
	{ { V4, true, NULL, NULL, "192.0.2.300", NULL }, "gateways", "192.0.2.300" },
	{ { V6, false, "2001:db8::7", "64", "192.0.2.1", NULL }, "gateways", "no IPv4 address" },
	{ { V6, false, "2001:db8::7", "64", "ff02::2", NULL }, "gateways", "multicast" },
	{ { V4, false, "192.0.2.7", "24", NULL, "dns.example" }, "dns", "'dns.example' is no" },
	{ { V4, false, "192.0.2.7", "24", NULL, "192.0.2.2;" }, "dns", "'' is no" },
	{ { V4, false, "192.0.2.7", "24", NULL, "0.0.0.0" }, "dns", "of no network" },
	{ { V4, false, "192.0.2.7", "24", NULL, "::" }, "dns", "of no network" },
	{ { V4, false, "192.0.2.7", "24", NULL, "ff02::fb" }, "dns", "multicast" },
};

START_TEST(refuses_and_names_the_field)
{
	memset(&config, 0x55, sizeof(config));
	ck_assert_int_eq(make(&refusals[_i].asked), -EINVAL);
	ck_assert_str_eq(refusal.field, refusals[_i].field);
	ck_assert_msg(strstr(refusal.text, refusals[_i].words), "%s", refusal.text);
	ck_assert_uint_eq(config.n_dns, SIZE_MAX / 0xff * 0x55); /* untouched */
}
END_TEST

/* 10.NET.0.1;10.NET.0.2;… */
static const char *series(char text[static 8192], unsigned int net, unsigned int n)
{
	size_t used = 0;

	for (unsigned int i = 0; i < n; i++)
		used += (size_t)snprintf(text + used, 8192 - used, "10.%u.%u.%u;", net, i / 200, i % 200 + 1);
	text[used - 1] = '\0';
	return text;
}

static const char *masks(char text[static 8192], unsigned int n)
{
	text[0] = '\0';
	for (unsigned int i = 0; i < n; i++)
		strcat(text, i ? ";24" : "24");
	return text;
}

START_TEST(takes_no_more_than_there_is_room_for)
{
	static char addresses[8192], subnets[8192], more[8192];
	struct asked asked = { V4, false, NULL, NULL, NULL, NULL };
	static const struct {
		const char *field;
		unsigned int most;
	} cases[] = {
		{ "addresses", HVG_IPCONFIG_ADDRESSES_MAX },
		{ "gateways", HVG_IPCONFIG_GATEWAYS_MAX },
		{ "dns", HVG_IPCONFIG_DNS_MAX },
	};

	for (unsigned int extra = 0; extra < 2; extra++) {
		unsigned int n = cases[_i].most + extra;

		asked.addresses = _i == 0 ? series(addresses, 0, n) : "192.0.2.7";
		asked.subnets = _i == 0 ? masks(subnets, n) : "24";
		asked.gateways = _i == 1 ? series(more, 9, n) : NULL;
		asked.dns = _i == 2 ? series(more, 9, n) : NULL;
		ck_assert_int_eq(make(&asked), extra ? -EINVAL : 0);
	}
	ck_assert_str_eq(refusal.field, cases[_i].field);
	ck_assert(strstr(refusal.text, "more than"));
}
END_TEST

Suite *hvg_suite_service_ipplan(void)
{
	Suite *suite = suite_create("service/ipplan");
	TCase *tcase = hvg_suite_case(suite, "ipplan");

	tcase_add_loop_test(tcase, makes_a_plan, 0, HVG_ELEMENTS(plans));
	tcase_add_test(tcase, gives_a_second_adapter_its_own_metric);
	tcase_add_loop_test(tcase, refuses_and_names_the_field, 0, HVG_ELEMENTS(refusals));
	tcase_add_loop_test(tcase, takes_no_more_than_there_is_room_for, 0, 3);
	return suite;
}
