// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * One section for each family. The gateway is a single address there; further ones are routes.
 */

#include "format/keyfile.h"

#include "base/bytes.h"
#include "format/inilines.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* The highest that NetworkManager has. */
#define PRIORITY 999

/* Two hashes make 16 bytes; version 8 (RFC 9562) is for UUIDs of one's own making. */
void hvg_keyfile_uuid(const struct hvg_netmatch *match, char ret[static HVG_UUID_TEXT_SIZE])
{
	const void *bytes = match->mac.is_known ? (const void *)match->mac.bytes : match->name;
	size_t size = match->mac.is_known ? sizeof(match->mac.bytes) : strlen(match->name);
	uint64_t high = hvg_hash64(UINT64_C(0x6876677565737431), bytes, size);
	uint64_t low = hvg_hash64(high, bytes, size);

	high = (high & ~UINT64_C(0xf000)) | 0x8000;
	low = (low & ~(UINT64_C(3) << 62)) | UINT64_C(2) << 62;
	(void)snprintf(ret, HVG_UUID_TEXT_SIZE, "%08x-%04x-%04x-%04x-%04x%08x", (unsigned int)(high >> 32),
		(unsigned int)(high >> 16 & 0xffff), (unsigned int)(high & 0xffff),
		(unsigned int)(low >> 48), (unsigned int)(low >> 32 & 0xffff), (unsigned int)low);
}

static void render_routes(const struct hvg_ipconfig *config, uint8_t family, struct hvg_printer *printer)
{
	const struct hvg_gateway *first = hvg_ipconfig_gateway(config, family);
	char text[HVG_IP_TEXT_SIZE];
	unsigned int n = 0;

	if (first) {
		hvg_ip_render(&first->ip, text);
		hvg_print(printer, "gateway=%s\n", text);
	}
	if (first && first->metric > 0)
		hvg_print(printer, "route-metric=%u\n", first->metric);
	for (size_t i = 0; i < config->n_gateways; i++) {
		const struct hvg_gateway *gateway = &config->gateways[i];

		if (gateway->ip.family != family || !hvg_gateway_is_fallback(gateway))
			continue;
		hvg_ip_render(&gateway->ip, text);
		hvg_print(printer, "route%u=%s,%s,%u\n", ++n, family == AF_INET ? "0.0.0.0/0" : "::/0", text,
			gateway->metric);
		if (gateway->is_on_link)
			hvg_print(printer, "route%u_options=onlink=true\n", n);
	}
}

static void render_dns(const struct hvg_ipconfig *config, uint8_t family, struct hvg_printer *printer)
{
	char text[HVG_IP_TEXT_SIZE];

	if (hvg_ipconfig_n_dns(config, family) == 0)
		return;
	hvg_print(printer, "dns=");
	for (size_t i = 0; i < config->n_dns; i++) {
		hvg_ip_render(&config->dns[i], text);
		if (config->dns[i].family == family)
			hvg_print(printer, "%s;", text);
	}
	hvg_print(printer, "\n");
}

static void render_family(const struct hvg_ipconfig *config, uint8_t family, struct hvg_printer *printer)
{
	char text[HVG_IP_TEXT_SIZE];
	unsigned int n = 0;

	for (size_t i = 0; i < config->n_addresses; i++) {
		if (config->addresses[i].ip.family != family)
			continue;
		hvg_ip_render(&config->addresses[i].ip, text);
		hvg_print(printer, "address%u=%s/%u\n", ++n, text, config->addresses[i].prefix_length);
	}
	render_routes(config, family, printer);
	render_dns(config, family, printer);
}

static const char *const ipv4_methods[] = {
	[HVG_IPV4_OFF] = "disabled",
	[HVG_IPV4_DHCP] = "auto",
	[HVG_IPV4_STATIC] = "manual",
};

void hvg_keyfile_render(const struct hvg_netmatch *match, const struct hvg_ipconfig *config,
	struct hvg_printer *printer)
{
	char uuid[HVG_UUID_TEXT_SIZE], mac[HVG_MAC_TEXT_SIZE];

	hvg_keyfile_uuid(match, uuid);
	hvg_mac_render(&match->mac, mac);
	hvg_print(printer,
		"# Written by hv-netd(8): the IP configuration that the Hyper-V host injected.\n"
		"# The next injection replaces this file.\n"
		"[connection]\nid=hyperv-%s\nuuid=%s\ntype=ethernet\nautoconnect-priority=%d\n",
		match->name, uuid, PRIORITY);
	if (!match->mac.is_known || !match->mac_is_permanent)
		hvg_print(printer, "interface-name=%s\n", match->name);
	hvg_print(printer, "\n[ethernet]\n");
	if (match->mac.is_known && match->mac_is_permanent)
		hvg_print(printer, "mac-address=%s\n", mac);
	hvg_print(printer, "\n[ipv4]\nmethod=%s\n", ipv4_methods[config->ipv4]);
	if (config->ipv4 != HVG_IPV4_OFF)
		render_family(config, AF_INET, printer);
	hvg_print(printer, "\n[ipv6]\nmethod=%s\n", config->ipv6 == HVG_IPV6_STATIC ? "manual" : "auto");
	render_family(config, AF_INET6, printer);
}

/* Back. */

/* "address1", "route12": the word, then a number and nothing else. */
static bool is_numbered(struct hvg_span key, const char *word)
{
	size_t n = strlen(word);

	if (key.size <= n || memcmp(key.start, word, n) != 0)
		return false;
	for (size_t i = n; i < key.size; i++)
		if (key.start[i] < '0' || key.start[i] > '9')
			return false;
	return true;
}

static void translate_list(struct hvg_span list, struct hvg_printer *printer)
{
	struct hvg_span entry;

	while (hvg_span_cut(&list, ';', &entry)) {
		hvg_print(printer, "dns ");
		hvg_print_span(printer, entry);
		hvg_print(printer, "\n");
	}
}

/* "0.0.0.0/0,192.0.2.1,2000" */
static void translate_route(struct hvg_span value, struct hvg_printer *printer)
{
	struct hvg_span destination, gateway = { value.start, 0 };

	(void)hvg_span_cut(&value, ',', &destination);
	(void)hvg_span_cut(&value, ',', &gateway);
	hvg_print(printer, "gateway ");
	hvg_print_span(printer, gateway);
	hvg_print(printer, " metric ");
	hvg_print_span(printer, value);
	hvg_print(printer, "\n");
}

static void translate_method(const struct hvg_inilines *lines, struct hvg_printer *printer)
{
	bool is_manual = hvg_span_is(lines->value, "manual");

	if (hvg_span_is(lines->section, "ipv6"))
		hvg_print(printer, "ipv6 %s\n", is_manual ? "static" : "auto");
	else
		hvg_print(printer, "ipv4 %s\n", is_manual ? "static" :
			hvg_span_is(lines->value, "auto") ? "dhcp" : "off");
}

static void translate(const struct hvg_inilines *lines, struct hvg_printer *printer)
{
	if (!hvg_span_is(lines->section, "ipv4") && !hvg_span_is(lines->section, "ipv6"))
		return;
	if (hvg_span_is(lines->key, "method"))
		translate_method(lines, printer);
	else if (hvg_span_is(lines->key, "dns"))
		translate_list(lines->value, printer);
	else if (is_numbered(lines->key, "route"))
		translate_route(lines->value, printer);
	else if (is_numbered(lines->key, "address")) {
		hvg_print(printer, "address ");
		hvg_print_span(printer, lines->value);
		hvg_print(printer, "\n");
	}
}

/* A section's gateway, whose metric may stand below it. */
struct first {
	struct hvg_span gateway, metric;
};

static void finish_first(struct first *first, struct hvg_printer *printer)
{
	if (first->gateway.size > 0) {
		hvg_print(printer, "gateway ");
		hvg_print_span(printer, first->gateway);
		hvg_print(printer, " metric ");
		hvg_print_span(printer, first->metric.size > 0 ? first->metric : hvg_span_of("0"));
		hvg_print(printer, "\n");
	}
	*first = (struct first){ 0 };
}

static void take_first(const struct hvg_inilines *lines, struct first *first, struct hvg_printer *printer)
{
	if (lines->key.size == 0 || is_numbered(lines->key, "route"))
		finish_first(first, printer);
	else if (hvg_span_is(lines->key, "gateway"))
		first->gateway = lines->value;
	else if (hvg_span_is(lines->key, "route-metric"))
		first->metric = lines->value;
}

int hvg_keyfile_parse(const char *text, size_t size, struct hvg_ipconfig *ret)
{
	char own[HVG_IPCONFIG_TEXT_SIZE];
	struct hvg_printer printer;
	struct hvg_inilines lines;
	struct first first = { 0 };
	int r;

	hvg_printer_init(&printer, own, sizeof(own));
	hvg_inilines_init(&lines, text, size);
	while (hvg_inilines_next(&lines)) {
		take_first(&lines, &first, &printer);
		translate(&lines, &printer);
	}
	finish_first(&first, &printer);
	r = hvg_printer_result(&printer);
	if (lines.bad || r < 0)
		return -EBADMSG;
	r = hvg_ipconfig_parse(own, (size_t)r, ret);
	if (r >= 0)
		hvg_ipconfig_find_on_link(ret);
	return r;
}
