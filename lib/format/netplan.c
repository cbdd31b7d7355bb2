// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Addresses are quoted, because "::" and a bare number mean something else in YAML.
 */

#include "format/netplan.h"

#include <stdio.h>
#include <string.h>

void hvg_netplan_id(const struct hvg_netmatch *match, char ret[static HVG_NETPLAN_ID_SIZE])
{
	(void)snprintf(ret, HVG_NETPLAN_ID_SIZE, "00-hvguest-%s", match->name);
}

static void render_match(const struct hvg_netmatch *match, struct hvg_printer *printer)
{
	char mac[HVG_MAC_TEXT_SIZE];

	hvg_print(printer, "      match:\n");
	if (!match->mac.is_known || !match->mac_is_permanent) {
		hvg_print(printer, "        name: \"%s\"\n", match->name);
		return;
	}
	hvg_mac_render(&match->mac, mac);
	hvg_print(printer, "        macaddress: \"%s\"\n", mac);
	if (match->driver[0])
		hvg_print(printer, "        driver: \"%s\"\n", match->driver);
}

static void render_gateways(const struct hvg_ipconfig *config, struct hvg_printer *printer)
{
	char text[HVG_IP_TEXT_SIZE];

	if (config->n_gateways > 0)
		hvg_print(printer, "      routes:\n");
	for (size_t i = 0; i < config->n_gateways; i++) {
		const struct hvg_gateway *gateway = &config->gateways[i];

		hvg_ip_render(&gateway->ip, text);
		hvg_print(printer, "      - to: \"%s\"\n        via: \"%s\"\n",
			strchr(text, ':') ? "::/0" : "0.0.0.0/0", text);
		if (gateway->is_on_link)
			hvg_print(printer, "        on-link: true\n");
		if (gateway->metric > 0)
			hvg_print(printer, "        metric: %u\n", gateway->metric);
	}
}

static void render_lists(const struct hvg_ipconfig *config, struct hvg_printer *printer)
{
	char text[HVG_IP_TEXT_SIZE];

	if (config->n_addresses > 0)
		hvg_print(printer, "      addresses:\n");
	for (size_t i = 0; i < config->n_addresses; i++) {
		hvg_ip_render(&config->addresses[i].ip, text);
		hvg_print(printer, "      - \"%s/%u\"\n", text, config->addresses[i].prefix_length);
	}
	render_gateways(config, printer);
	if (config->n_dns > 0)
		hvg_print(printer, "      nameservers:\n        addresses:\n");
	for (size_t i = 0; i < config->n_dns; i++) {
		hvg_ip_render(&config->dns[i], text);
		hvg_print(printer, "        - \"%s\"\n", text);
	}
}

void hvg_netplan_render(const struct hvg_netmatch *match, const char *renderer,
	const struct hvg_ipconfig *config, struct hvg_printer *printer)
{
	char id[HVG_NETPLAN_ID_SIZE];
	bool is_nm = strcmp(renderer, "NetworkManager") == 0;

	hvg_netplan_id(match, id);
	hvg_print(printer,
		"# Written by hv-netd(8): the IP configuration that the Hyper-V host injected.\n"
		"# The next injection replaces this file.\n"
		"network:\n"
		"  version: 2\n"
		"  ethernets:\n"
		"    \"%s\":\n"
		"      renderer: %s\n",
		id, renderer);
	render_match(match, printer);
	hvg_print(printer, "      dhcp4: %s\n      accept-ra: %s\n",
		config->ipv4 == HVG_IPV4_DHCP ? "true" : "false",
		config->ipv6 == HVG_IPV6_AUTO ? "true" : "false");
	render_lists(config, printer);
	if (is_nm)
		hvg_print(printer, "      networkmanager:\n        passthrough:\n"
				   "          connection.autoconnect-priority: \"999\"\n");
}
