// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/units.h"
#include "format/ipconfig.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static const char full[] =
	"ipv4 static\n"
	"ipv6 static\n"
	"address 192.0.2.7/24\n"
	"address 2001:db8::7/64\n"
	"gateway 192.0.2.1 metric 0\n"
	"gateway 198.51.100.1 metric 2000 onlink\n"
	"gateway fe80::1 metric 0\n"
	"dns 192.0.2.2\n"
	"dns 2001:db8::2\n";

static struct hvg_ipconfig parse(const char *text)
{
	struct hvg_ipconfig config;

	ck_assert_int_eq(hvg_ipconfig_parse(text, strlen(text), &config), 0);
	return config;
}

static const char *render(const struct hvg_ipconfig *config)
{
	static char text[HVG_IPCONFIG_TEXT_SIZE];
	struct hvg_printer printer;

	hvg_printer_init(&printer, text, sizeof(text));
	hvg_ipconfig_render(config, &printer);
	ck_assert_int_ge(hvg_printer_result(&printer), 0);
	return text;
}

START_TEST(reads_back_what_it_writes)
{
	static const char *const texts[] = { full, "ipv4 dhcp\nipv6 auto\n", "ipv4 off\nipv6 static\naddress ::7/1\n" };
	struct hvg_ipconfig config = parse(texts[_i]);

	ck_assert_str_eq(render(&config), texts[_i]);
}
END_TEST

START_TEST(knows_what_it_has_read)
{
	struct hvg_ipconfig config = parse(full);

	ck_assert_int_eq(config.ipv4, HVG_IPV4_STATIC);
	ck_assert_int_eq(config.ipv6, HVG_IPV6_STATIC);
	ck_assert_uint_eq(hvg_ipconfig_n_addresses(&config, AF_INET), 1);
	ck_assert_uint_eq(hvg_ipconfig_n_gateways(&config, AF_INET), 2);
	ck_assert_uint_eq(hvg_ipconfig_n_gateways(&config, AF_INET6), 1);
	ck_assert_uint_eq(hvg_ipconfig_n_dns(&config, AF_INET6), 1);
	ck_assert(config.gateways[1].is_on_link && !config.gateways[0].is_on_link);
	ck_assert_uint_eq(config.gateways[1].metric, 2000);
}
END_TEST

START_TEST(skips_comments_and_empty_lines)
{
	struct hvg_ipconfig config = parse("# of ours\n\nipv4 dhcp\nipv6 auto\n");

	ck_assert_int_eq(config.ipv4, HVG_IPV4_DHCP);
}
END_TEST

START_TEST(refuses_what_it_would_not_write)
{
	static const char *const texts[] = {
		"ipv4\n",
		"ipv4 maybe\n",
		"ipv6 off\n",
		"address 192.0.2.7\n",
		"address 192.0.2.7/\n",
		"address 192.0.2.7/33\n",
		"address 192.0.2.7/-1\n",
		"address 192.0.2.7/24 \n",
		"address 2001:db8::7/129\n",
		"address 192.0.2/24\n",
		"gateway 192.0.2.1\n",
		"gateway 192.0.2.1 metric\n",
		"gateway 192.0.2.1 metric 4294967296\n",
		"gateway 192.0.2.1 metric 0 offlink\n",
		"gateway x metric 0\n",
		"dns fe80::1%eth0\n",
		"dns\n",
		"mtu 1500\n",
	};
	struct hvg_ipconfig config = { .n_dns = 77 };

	ck_assert_int_eq(hvg_ipconfig_parse(texts[_i], strlen(texts[_i]), &config), -EBADMSG);
	ck_assert_uint_eq(config.n_dns, 77);
}
END_TEST

START_TEST(refuses_more_than_there_is_room_for)
{
	static const struct {
		const char *line;
		size_t most;
	} cases[] = {
		{ "address 192.0.2.7/24\n", HVG_IPCONFIG_ADDRESSES_MAX },
		{ "gateway 192.0.2.1 metric 0\n", HVG_IPCONFIG_GATEWAYS_MAX },
		{ "dns 192.0.2.2\n", HVG_IPCONFIG_DNS_MAX },
	};
	size_t size = strlen(cases[_i].line), n = cases[_i].most;
	char *text = malloc((n + 1) * size);
	struct hvg_ipconfig config;

	for (size_t i = 0; i <= n; i++)
		memcpy(text + i * size, cases[_i].line, size);
	ck_assert_int_eq(hvg_ipconfig_parse(text, n * size, &config), 0);
	ck_assert_int_eq(hvg_ipconfig_parse(text, (n + 1) * size, &config), -EBADMSG);
	free(text);
}
END_TEST

START_TEST(tells_configurations_apart)
{
	static const char *const others[] = {
		"ipv4 off\nipv6 static\naddress 192.0.2.7/24\ngateway 192.0.2.1 metric 0\ndns 192.0.2.2\n",
		"ipv4 static\nipv6 auto\naddress 192.0.2.7/24\ngateway 192.0.2.1 metric 0\ndns 192.0.2.2\n",
		"ipv4 static\nipv6 static\naddress 192.0.2.8/24\ngateway 192.0.2.1 metric 0\ndns 192.0.2.2\n",
		"ipv4 static\nipv6 static\naddress 192.0.2.7/25\ngateway 192.0.2.1 metric 0\ndns 192.0.2.2\n",
		"ipv4 static\nipv6 static\naddress 192.0.2.7/24\ngateway 192.0.2.2 metric 0\ndns 192.0.2.2\n",
		"ipv4 static\nipv6 static\naddress 192.0.2.7/24\ngateway 192.0.2.1 metric 1\ndns 192.0.2.2\n",
		"ipv4 static\nipv6 static\naddress 192.0.2.7/24\ngateway 192.0.2.1 metric 0 onlink\ndns 192.0.2.2\n",
		"ipv4 static\nipv6 static\naddress 192.0.2.7/24\ngateway 192.0.2.1 metric 0\ndns 192.0.2.3\n",
		"ipv4 static\nipv6 static\naddress 192.0.2.7/24\ngateway 192.0.2.1 metric 0\n",
		"ipv4 static\nipv6 static\ngateway 192.0.2.1 metric 0\ndns 192.0.2.2\n",
		"ipv4 static\nipv6 static\naddress 192.0.2.7/24\ndns 192.0.2.2\n",
		"ipv4 static\nipv6 static\naddress 192.0.2.7/24\naddress 192.0.2.8/24\ngateway 192.0.2.1 metric 0\n"
		"dns 192.0.2.2\n",
		"ipv4 static\nipv6 static\naddress 192.0.2.7/24\ngateway 192.0.2.1 metric 0\ngateway 192.0.2.1 metric 1\n"
		"dns 192.0.2.2\n",
		"ipv4 static\nipv6 static\naddress 192.0.2.7/24\ngateway 192.0.2.1 metric 0\ndns 192.0.2.2\ndns 192.0.2.3\n",
		"ipv4 static\nipv6 static\naddress 192.0.2.7/24\naddress ::7/64\ngateway 192.0.2.1 metric 0\n"
		"dns 192.0.2.2\n",
	};
	struct hvg_ipconfig one = parse("ipv4 static\nipv6 static\naddress 192.0.2.7/24\n"
					"gateway 192.0.2.1 metric 0\ndns 192.0.2.2\n"),
			    other = parse(others[_i]);

	ck_assert(hvg_ipconfig_is_equal(&one, &one));
	ck_assert(!hvg_ipconfig_is_equal(&one, &other));
}
END_TEST

START_TEST(knows_what_a_subnet_covers)
{
	static const struct {
		const char *address;
		uint8_t prefix;
		const char *ip;
		bool covers;
	} cases[] = {
		{ "192.0.2.7", 24, "192.0.2.254", true },
		{ "192.0.2.7", 24, "192.0.3.7", false },
		{ "192.0.2.7", 31, "192.0.2.6", true },
		{ "192.0.2.7", 32, "192.0.2.6", false },
		{ "2001:db8::7", 64, "2001:db8::ffff", true },
		{ "2001:db8::7", 64, "2001:db8:0:1::1", false },
		{ "192.0.2.7", 1, "2001:db8::1", false },
	};
	struct hvg_ipaddress address = { .prefix_length = cases[_i].prefix };
	struct hvg_ip ip;

	ck_assert(hvg_ip_parse(cases[_i].address, &address.ip));
	ck_assert(hvg_ip_parse(cases[_i].ip, &ip));
	ck_assert_int_eq(hvg_ipaddress_covers(&address, &ip), cases[_i].covers);
}
END_TEST

START_TEST(renders_masks)
{
	static const struct {
		uint8_t prefix;
		const char *mask;
	} cases[] = { { 0, "0.0.0.0" }, { 1, "128.0.0.0" }, { 23, "255.255.254.0" }, { 32, "255.255.255.255" } };
	char text[HVG_IP_TEXT_SIZE];

	hvg_ipv4_mask_render(cases[_i].prefix, text);
	ck_assert_str_eq(text, cases[_i].mask);
}
END_TEST

Suite *hvg_suite_format_ipconfig(void)
{
	Suite *suite = suite_create("format/ipconfig");
	TCase *tcase = hvg_suite_case(suite, "ipconfig");

	tcase_add_loop_test(tcase, reads_back_what_it_writes, 0, 3);
	tcase_add_test(tcase, knows_what_it_has_read);
	tcase_add_test(tcase, skips_comments_and_empty_lines);
	tcase_add_loop_test(tcase, refuses_what_it_would_not_write, 0, 18);
	tcase_add_loop_test(tcase, refuses_more_than_there_is_room_for, 0, 3);
	tcase_add_loop_test(tcase, tells_configurations_apart, 0, 15);
	tcase_add_loop_test(tcase, knows_what_a_subnet_covers, 0, 7);
	tcase_add_loop_test(tcase, renders_masks, 0, 4);
	return suite;
}
