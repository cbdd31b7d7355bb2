// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * ConfigureWithoutCarrier: an adapter that the host has not connected yet gets its addresses all the
 * same, so that a failover into an isolated network is no failure. DHCP waits for a carrier anyway.
 */

#include "format/networkd.h"

#include "format/inilines.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

static void render_match(const struct hvg_netmatch *match, struct hvg_printer *printer)
{
	char mac[HVG_MAC_TEXT_SIZE];

	hvg_mac_render(&match->mac, mac);
	hvg_print(printer, "[Match]\n");
	if (match->mac.is_known)
		hvg_print(printer, "%s=%s\n", match->mac_is_permanent ? "PermanentMACAddress" : "MACAddress", mac);
	else
		hvg_print(printer, "Name=%s\n", match->name);
	if (match->mac.is_known && match->driver[0])
		hvg_print(printer, "Driver=%s\n", match->driver);
}

static void render_gateway(const struct hvg_gateway *gateway, struct hvg_printer *printer)
{
	char text[HVG_IP_TEXT_SIZE];

	hvg_ip_render(&gateway->ip, text);
	hvg_print(printer, "\n[Route]\nGateway=%s\n", text);
	if (gateway->is_on_link)
		hvg_print(printer, "GatewayOnLink=yes\n");
	if (gateway->metric > 0)
		hvg_print(printer, "Metric=%u\n", gateway->metric);
}

void hvg_networkd_render(const struct hvg_netmatch *match, const struct hvg_ipconfig *config,
	struct hvg_printer *printer)
{
	char text[HVG_IP_TEXT_SIZE];

	hvg_print(printer, "# Written by hv-netd(8): the IP configuration that the Hyper-V host injected.\n"
			   "# The next injection replaces this file.\n");
	render_match(match, printer);
	hvg_print(printer, "\n[Network]\nDHCP=%s\nIPv6AcceptRA=%s\n", config->ipv4 == HVG_IPV4_DHCP ? "ipv4" : "no",
		config->ipv6 == HVG_IPV6_AUTO ? "yes" : "no");
	if (config->ipv4 != HVG_IPV4_DHCP)
		hvg_print(printer, "ConfigureWithoutCarrier=yes\n");
	for (size_t i = 0; i < config->n_addresses; i++) {
		hvg_ip_render(&config->addresses[i].ip, text);
		hvg_print(printer, "Address=%s/%u\n", text, config->addresses[i].prefix_length);
	}
	for (size_t i = 0; i < config->n_dns; i++) {
		hvg_ip_render(&config->dns[i], text);
		hvg_print(printer, "DNS=%s\n", text);
	}
	for (size_t i = 0; i < config->n_gateways; i++)
		render_gateway(&config->gateways[i], printer);
}

/* Each line becomes one of ipconfig's own. */
static void translate(const struct hvg_inilines *lines, struct hvg_printer *printer)
{
	const char *keyword = NULL;

	if (hvg_inilines_is(lines, "Network", "DHCP")) {
		if (hvg_span_is(lines->value, "ipv4"))
			hvg_print(printer, "ipv4 dhcp\n");
	} else if (hvg_inilines_is(lines, "Network", "IPv6AcceptRA")) {
		hvg_print(printer, "ipv6 %s\n", hvg_span_is(lines->value, "yes") ? "auto" : "static");
	} else if (hvg_inilines_is(lines, "Network", "Address")) {
		keyword = "address";
	} else if (hvg_inilines_is(lines, "Network", "DNS")) {
		keyword = "dns";
	}
	if (!keyword)
		return;
	hvg_print(printer, "%s ", keyword);
	hvg_print_span(printer, lines->value);
	hvg_print(printer, "\n");
}

struct route {
	struct hvg_span gateway, metric;
	bool is_on_link;
};

static void finish_route(struct route *route, struct hvg_printer *printer)
{
	if (route->gateway.size > 0) {
		hvg_print(printer, "gateway ");
		hvg_print_span(printer, route->gateway);
		hvg_print(printer, " metric ");
		hvg_print_span(printer, route->metric.size > 0 ? route->metric : hvg_span_of("0"));
		hvg_print(printer, "%s\n", route->is_on_link ? " onlink" : "");
	}
	*route = (struct route){ 0 };
}

static void take_route(const struct hvg_inilines *lines, struct route *route)
{
	if (hvg_span_is(lines->key, "Gateway"))
		route->gateway = lines->value;
	else if (hvg_span_is(lines->key, "Metric"))
		route->metric = lines->value;
	else if (hvg_span_is(lines->key, "GatewayOnLink"))
		route->is_on_link = hvg_span_is(lines->value, "yes");
}

int hvg_networkd_parse(const char *text, size_t size, struct hvg_ipconfig *ret)
{
	char own[HVG_IPCONFIG_TEXT_SIZE];
	struct hvg_printer printer;
	struct hvg_inilines lines;
	struct route route = { 0 };
	int r;

	hvg_printer_init(&printer, own, sizeof(own));
	hvg_inilines_init(&lines, text, size);
	while (hvg_inilines_next(&lines)) {
		if (lines.key.size == 0)
			finish_route(&route, &printer);
		else if (hvg_span_is(lines.section, "Route"))
			take_route(&lines, &route);
		else
			translate(&lines, &printer);
	}
	finish_route(&route, &printer);
	r = hvg_printer_result(&printer);
	if (lines.bad || r < 0)
		return -EBADMSG;
	r = hvg_ipconfig_parse(own, (size_t)r, ret);
	if (r >= 0 && ret->ipv4 == HVG_IPV4_OFF && hvg_ipconfig_n_addresses(ret, AF_INET) > 0)
		ret->ipv4 = HVG_IPV4_STATIC;
	return r;
}
