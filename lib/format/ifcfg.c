// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Ours goes to the end: the last assignment of a shell file counts.
 */

#include "format/ifcfg.h"

#include "base/units.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Keys about addresses; those with a star go on with digits or "_" and digits. */
static const char *const own_keys[] = { "BOOTPROTO", "BROADCAST", "DNS*", "GATEWAY*", "IPADDR*", "IPV6ADDR*",
	"IPV6ADDR_SECONDARIES", "IPV6INIT", "IPV6_AUTOCONF", "IPV6_DEFAULTGW*", "METRIC", "NETMASK*", "NETWORK", "ONBOOT",
	"PREFIX*" };

static bool is_key(struct hvg_span key, const char *own)
{
	size_t n = strcspn(own, "*");

	if (key.size < n || memcmp(key.start, own, n) != 0)
		return false;
	if (own[n] == '\0')
		return key.size == n;
	for (size_t i = n; i < key.size; i++)
		if (!strchr("_0123456789", key.start[i]))
			return false;
	return true;
}

/* Cuts KEY=VALUE; the value without the quotes around it. */
static bool cut_assignment(struct hvg_span line, struct hvg_span *ret_key, struct hvg_span *ret_value)
{
	struct hvg_span key;

	line = hvg_span_trim(line);
	if (line.size == 0 || line.start[0] == '#' || !memchr(line.start, '=', line.size))
		return false;
	(void)hvg_span_cut(&line, '=', &key);
	if (line.size >= 2 && strchr("'\"", line.start[0]) && line.start[line.size - 1] == line.start[0])
		line = (struct hvg_span){ line.start + 1, line.size - 2 };
	*ret_key = key;
	*ret_value = line;
	return true;
}

static bool is_own(struct hvg_span line)
{
	struct hvg_span key, value;

	if (!cut_assignment(line, &key, &value))
		return false;
	for (size_t i = 0; i < HVG_ELEMENTS(own_keys); i++)
		if (is_key(key, own_keys[i]))
			return true;
	return false;
}

bool hvg_ifcfg_find(struct hvg_span text, const char *wanted, struct hvg_span *ret_value)
{
	struct hvg_span line, key, value;
	bool found = false;

	while (hvg_span_cut(&text, '\n', &line))
		if (cut_assignment(line, &key, &value) && hvg_span_is(key, wanted)) {
			*ret_value = value;
			found = true;
		}
	return found;
}

bool hvg_ifcfg_is_for(const char *text, size_t size, const struct hvg_netmatch *match)
{
	char mac[HVG_MAC_TEXT_SIZE];
	struct hvg_span value;

	if (hvg_ifcfg_find((struct hvg_span){ text, size }, "DEVICE", &value))
		return hvg_span_is(value, match->name);
	hvg_mac_render(&match->mac, mac);
	return *mac && hvg_ifcfg_find((struct hvg_span){ text, size }, "HWADDR", &value) && value.size == strlen(mac) &&
		strncasecmp(value.start, mac, value.size) == 0;
}

/* Writing. */

static void print_ipv4(const struct hvg_ipconfig *config, struct hvg_printer *printer)
{
	const struct hvg_gateway *gateway = hvg_ipconfig_gateway(config, AF_INET);
	char text[HVG_IP_TEXT_SIZE];
	unsigned int n = 0;

	hvg_print(printer, "BOOTPROTO=%s\n", config->ipv4 == HVG_IPV4_DHCP ? "dhcp" : "none");
	for (size_t i = 0; i < config->n_addresses; i++) {
		if (config->addresses[i].ip.family != AF_INET)
			continue;
		hvg_ip_render(&config->addresses[i].ip, text);
		hvg_print(printer, "IPADDR%u=%s\nPREFIX%u=%u\n", n, text, n, config->addresses[i].prefix_length);
		n++;
	}
	if (!gateway)
		return;
	hvg_ip_render(&gateway->ip, text);
	hvg_print(printer, "GATEWAY=%s\n", text);
	if (gateway->metric > 0)
		hvg_print(printer, "METRIC=%u\n", gateway->metric);
}

/* The first address has a key of its own, the others share one. */
static void print_ipv6(const struct hvg_ipconfig *config, struct hvg_printer *printer)
{
	const struct hvg_gateway *gateway = hvg_ipconfig_gateway(config, AF_INET6);
	size_t n = 0, n_all = hvg_ipconfig_n_addresses(config, AF_INET6);
	char text[HVG_IP_TEXT_SIZE];

	hvg_print(printer, "IPV6INIT=yes\nIPV6_AUTOCONF=%s\n", config->ipv6 == HVG_IPV6_AUTO ? "yes" : "no");
	for (size_t i = 0; i < config->n_addresses; i++) {
		if (config->addresses[i].ip.family != AF_INET6)
			continue;
		hvg_ip_render(&config->addresses[i].ip, text);
		n++;
		hvg_print(printer, "%s%s/%u%s", n == 1 ? "IPV6ADDR=" : n == 2 ? "IPV6ADDR_SECONDARIES=\"" : " ", text,
			config->addresses[i].prefix_length, n == 1 ? "\n" : n == n_all ? "\"\n" : "");
	}
	if (!gateway)
		return;
	hvg_ip_render(&gateway->ip, text);
	hvg_print(printer, "IPV6_DEFAULTGW=%s\n", text);
}

static void print_identity(struct hvg_span old, const struct hvg_netmatch *match, struct hvg_printer *printer)
{
	struct hvg_span value;
	char mac[HVG_MAC_TEXT_SIZE];

	hvg_mac_render(&match->mac, mac);
	if (!hvg_ifcfg_find(old, "DEVICE", &value))
		hvg_print(printer, "DEVICE=%s\n", match->name);
	if (*mac && match->mac_is_permanent && !hvg_ifcfg_find(old, "HWADDR", &value))
		hvg_print(printer, "HWADDR=%s\n", mac);
}

int hvg_ifcfg_edit(struct hvg_span text, const struct hvg_netmatch *match, const struct hvg_ipconfig *config,
	struct hvg_printer *printer)
{
	struct hvg_span rest = text, line;
	char ip[HVG_IP_TEXT_SIZE];

	while (hvg_span_cut(&rest, '\n', &line)) {
		if (is_own(line))
			continue;
		hvg_print_span(printer, line);
		hvg_print(printer, "\n");
	}
	print_identity(text, match, printer);
	hvg_print(printer, "ONBOOT=yes\n");
	print_ipv4(config, printer);
	print_ipv6(config, printer);
	for (size_t i = 0; i < config->n_dns; i++) {
		hvg_ip_render(&config->dns[i], ip);
		hvg_print(printer, "DNS%zu=%s\n", i + 1, ip);
	}
	return hvg_printer_result(printer);
}

/* Reading. */

struct reading {
	struct hvg_printer printer; /* of ipconfig's text form */
	struct hvg_span address;    /* IPADDR0, until its PREFIX0 comes */
	struct hvg_span gateway, metric;
};

static void take_list(struct reading *reading, const char *keyword, struct hvg_span list, const char *end)
{
	struct hvg_span entry;

	while (hvg_span_cut(&list, ' ', &entry)) {
		hvg_print(&reading->printer, "%s ", keyword);
		hvg_print_span(&reading->printer, entry);
		hvg_print(&reading->printer, "%s\n", end);
	}
}

static void take_prefix(struct reading *reading, struct hvg_span prefix)
{
	hvg_print(&reading->printer, "address ");
	hvg_print_span(&reading->printer, reading->address);
	hvg_print(&reading->printer, "/");
	hvg_print_span(&reading->printer, prefix);
	hvg_print(&reading->printer, "\n");
}

static void take(struct reading *reading, struct hvg_span key, struct hvg_span value)
{
	if (hvg_span_is(key, "BOOTPROTO"))
		hvg_print(&reading->printer, "ipv4 %s\n", hvg_span_is(value, "dhcp") ? "dhcp" : "off");
	else if (is_key(key, "IPADDR*"))
		reading->address = value;
	else if (is_key(key, "PREFIX*"))
		take_prefix(reading, value);
	else if (hvg_span_is(key, "GATEWAY"))
		reading->gateway = value;
	else if (hvg_span_is(key, "METRIC"))
		reading->metric = value;
	else if (hvg_span_is(key, "IPV6_DEFAULTGW"))
		take_list(reading, "gateway", value, " metric 0");
	else if (hvg_span_is(key, "IPV6ADDR") || hvg_span_is(key, "IPV6ADDR_SECONDARIES"))
		take_list(reading, "address", value, "");
	else if (is_key(key, "DNS*"))
		take_list(reading, "dns", value, "");
}

static void take_gateway(struct reading *reading)
{
	if (reading->gateway.size == 0)
		return;
	hvg_print(&reading->printer, "gateway ");
	hvg_print_span(&reading->printer, reading->gateway);
	hvg_print(&reading->printer, " metric ");
	hvg_print_span(&reading->printer, reading->metric.size > 0 ? reading->metric : hvg_span_of("0"));
	hvg_print(&reading->printer, "\n");
}

int hvg_ifcfg_parse(const char *text, size_t size, struct hvg_ipconfig *ret)
{
	struct hvg_span rest = { text, size }, line, key, value;
	struct reading reading = { .address = { text, 0 }, .gateway = { text, 0 }, .metric = { text, 0 } };
	char own[HVG_IPCONFIG_TEXT_SIZE];
	int r;

	hvg_printer_init(&reading.printer, own, sizeof(own));
	while (hvg_span_cut(&rest, '\n', &line))
		if (cut_assignment(line, &key, &value))
			take(&reading, key, value);
	take_gateway(&reading);
	r = hvg_printer_result(&reading.printer);
	r = r < 0 ? -EBADMSG : hvg_ipconfig_parse(own, (size_t)r, ret);
	if (r < 0)
		return r;
	if (ret->ipv4 == HVG_IPV4_OFF && hvg_ipconfig_n_addresses(ret, AF_INET) > 0)
		ret->ipv4 = HVG_IPV4_STATIC;
	ret->ipv6 = hvg_ipconfig_n_addresses(ret, AF_INET6) > 0 ? HVG_IPV6_STATIC : HVG_IPV6_AUTO;
	hvg_ipconfig_find_on_link(ret);
	return 0;
}
