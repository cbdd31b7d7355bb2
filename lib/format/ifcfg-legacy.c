// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Which first key has a number, and which has not, is as it grew in hv_kvp_daemon.c.
 */

#include "format/ifcfg.h"

#include <arpa/inet.h>

/* Eight groups of four digits. */
static void print_long_ipv6(struct hvg_printer *printer, const struct hvg_ip *ip)
{
	for (size_t i = 0; i < 16; i += 2)
		hvg_print(printer, "%s%02x%02x", i ? ":" : "", ip->bytes[i], ip->bytes[i + 1]);
	hvg_print(printer, "\n");
}

static void print_ip(struct hvg_printer *printer, const struct hvg_ip *ip)
{
	char text[HVG_IP_TEXT_SIZE];

	hvg_ip_render(ip, text);
	if (ip->family == AF_INET6)
		print_long_ipv6(printer, ip);
	else
		hvg_print(printer, "%s\n", text);
}

/* "KEY" for the first, then "KEY_1" or "KEY1". */
static void print_key(struct hvg_printer *printer, const char *key, const char *separator, unsigned int n)
{
	if (n == 0)
		hvg_print(printer, "%s=", key);
	else
		hvg_print(printer, "%s%s%u=", key, separator, n);
}

static void print_legacy_addresses(const struct hvg_ipconfig *config, struct hvg_printer *printer)
{
	unsigned int n_v4 = 0, n_v6 = 0;

	for (size_t i = 0; i < config->n_addresses; i++) {
		const struct hvg_ip *ip = &config->addresses[i].ip;

		if (ip->family == AF_INET)
			hvg_print(printer, "IPADDR%u=", n_v4++);
		else
			print_key(printer, "IPV6ADDR", "_", n_v6++);
		print_ip(printer, ip);
	}
}

static void print_legacy_masks(const struct hvg_ipconfig *config, struct hvg_printer *printer)
{
	unsigned int n_v4 = 0, n_v6 = 0;
	char mask[HVG_IP_TEXT_SIZE];

	for (size_t i = 0; i < config->n_addresses; i++) {
		const struct hvg_ipaddress *address = &config->addresses[i];

		hvg_ipv4_mask_render(address->prefix_length, mask);
		if (address->ip.family == AF_INET) {
			hvg_print(printer, "NETMASK%u=%s\n", n_v4++, mask);
			continue;
		}
		print_key(printer, "IPV6NETMASK", "_", n_v6++);
		hvg_print(printer, "%u\n", address->prefix_length);
	}
}

static void print_legacy_gateways(const struct hvg_ipconfig *config, struct hvg_printer *printer)
{
	unsigned int n_v4 = 0, n_v6 = 0;

	for (size_t i = 0; i < config->n_gateways; i++) {
		const struct hvg_ip *ip = &config->gateways[i].ip;

		if (ip->family == AF_INET)
			print_key(printer, "GATEWAY", "", n_v4++);
		else
			print_key(printer, "IPV6_DEFAULTGW", "_", n_v6++);
		print_ip(printer, ip);
	}
}

void hvg_ifcfg_render_legacy(const struct hvg_netmatch *match, const struct hvg_ipconfig *config,
	struct hvg_printer *printer)
{
	char mac[HVG_MAC_TEXT_SIZE];

	hvg_mac_render(&match->mac, mac);
	hvg_print(printer, "HWADDR=%s\nDEVICE=%s\nBOOTPROTO=%s\n", mac, match->name,
		config->ipv4 == HVG_IPV4_DHCP ? "dhcp" : "none");
	print_legacy_addresses(config, printer);
	print_legacy_masks(config, printer);
	print_legacy_gateways(config, printer);
	for (size_t i = 0; i < config->n_dns; i++) {
		hvg_print(printer, "DNS%zu=", i + 1);
		print_ip(printer, &config->dns[i]);
	}
}
