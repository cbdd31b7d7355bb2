// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Small questions about addresses, and a text form of one thing a line: a keyword, then its value.
 */

#include "format/ipconfig.h"

#include "base/units.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static unsigned int bits_of(uint8_t family)
{
	return family == AF_INET ? 32 : 128;
}

bool hvg_ip_is_equal(const struct hvg_ip *a, const struct hvg_ip *b)
{
	return a->family == b->family && memcmp(a->bytes, b->bytes, bits_of(a->family) / 8) == 0;
}

bool hvg_ip_parse(const char *text, struct hvg_ip *ret)
{
	struct hvg_ip ip = { .family = strchr(text, ':') ? AF_INET6 : AF_INET };

	if (inet_pton(ip.family, text, ip.bytes) != 1)
		return false;
	*ret = ip;
	return true;
}

bool hvg_ipaddress_covers(const struct hvg_ipaddress *address, const struct hvg_ip *ip)
{
	if (address->ip.family != ip->family)
		return false;
	for (unsigned int bit = 0; bit < address->prefix_length; bit++)
		if ((address->ip.bytes[bit / 8] ^ ip->bytes[bit / 8]) & (0x80 >> bit % 8))
			return false;
	return true;
}

bool hvg_ip_is_link_local(const struct hvg_ip *ip)
{
	return ip->family == AF_INET6 && ip->bytes[0] == 0xfe && (ip->bytes[1] & 0xc0) == 0x80;
}

bool hvg_ipconfig_covers(const struct hvg_ipconfig *config, const struct hvg_ip *ip)
{
	for (size_t i = 0; i < config->n_addresses; i++)
		if (hvg_ipaddress_covers(&config->addresses[i], ip))
			return true;
	return hvg_ip_is_link_local(ip);
}

void hvg_ipconfig_find_on_link(struct hvg_ipconfig *config)
{
	for (size_t i = 0; i < config->n_gateways; i++)
		config->gateways[i].is_on_link = !hvg_ipconfig_covers(config, &config->gateways[i].ip);
}

void hvg_ipv4_mask_render(uint8_t prefix_length, char ret[static HVG_IP_TEXT_SIZE])
{
	struct hvg_ip mask = { .family = AF_INET };

	for (unsigned int bit = 0; bit < HVG_MIN((unsigned int)prefix_length, 32u); bit++)
		mask.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	hvg_ip_render(&mask, ret);
}

static bool is_equal_address(const struct hvg_ipaddress *a, const struct hvg_ipaddress *b)
{
	return a->prefix_length == b->prefix_length && hvg_ip_is_equal(&a->ip, &b->ip);
}

static bool is_equal_gateway(const struct hvg_gateway *a, const struct hvg_gateway *b)
{
	return a->is_on_link == b->is_on_link && a->metric == b->metric && hvg_ip_is_equal(&a->ip, &b->ip);
}

/* The first entry of that family from *at on; false if there is none. *at is behind it then. */
#define NEXT_OF(list, n, member, wanted, at)                                      \
	({                                                                        \
		while (*(at) < (n) && (list)[*(at)] member.family != (wanted))    \
			(*(at))++;                                                \
		*(at) < (n) ? &(list)[(*(at))++] : NULL;                          \
	})

static bool has_equal_addresses(const struct hvg_ipconfig *a, const struct hvg_ipconfig *b, uint8_t family)
{
	const struct hvg_ipaddress *one, *other;
	size_t i = 0, j = 0;

	do {
		one = NEXT_OF(a->addresses, a->n_addresses, .ip, family, &i);
		other = NEXT_OF(b->addresses, b->n_addresses, .ip, family, &j);
	} while (one && other && is_equal_address(one, other));
	return !one && !other;
}

static bool has_equal_gateways(const struct hvg_ipconfig *a, const struct hvg_ipconfig *b, uint8_t family)
{
	const struct hvg_gateway *one, *other;
	size_t i = 0, j = 0;

	do {
		one = NEXT_OF(a->gateways, a->n_gateways, .ip, family, &i);
		other = NEXT_OF(b->gateways, b->n_gateways, .ip, family, &j);
	} while (one && other && is_equal_gateway(one, other));
	return !one && !other;
}

static bool has_equal_dns(const struct hvg_ipconfig *a, const struct hvg_ipconfig *b, uint8_t family)
{
	const struct hvg_ip *one, *other;
	size_t i = 0, j = 0;

	do {
		one = NEXT_OF(a->dns, a->n_dns, , family, &i);
		other = NEXT_OF(b->dns, b->n_dns, , family, &j);
	} while (one && other && hvg_ip_is_equal(one, other));
	return !one && !other;
}

static bool is_equal_family(const struct hvg_ipconfig *a, const struct hvg_ipconfig *b, uint8_t family)
{
	return has_equal_addresses(a, b, family) && has_equal_gateways(a, b, family) &&
		has_equal_dns(a, b, family);
}

bool hvg_ipconfig_is_equal(const struct hvg_ipconfig *a, const struct hvg_ipconfig *b)
{
	return a->ipv4 == b->ipv4 && a->ipv6 == b->ipv6 && is_equal_family(a, b, AF_INET) &&
		is_equal_family(a, b, AF_INET6);
}

const struct hvg_gateway *hvg_ipconfig_gateway(const struct hvg_ipconfig *config, uint8_t family)
{
	for (size_t i = 0; i < config->n_gateways; i++)
		if (config->gateways[i].ip.family == family && !hvg_gateway_is_fallback(&config->gateways[i]))
			return &config->gateways[i];
	return NULL;
}

size_t hvg_ipconfig_n_addresses(const struct hvg_ipconfig *config, uint8_t family)
{
	size_t n = 0;

	for (size_t i = 0; i < config->n_addresses; i++)
		n += config->addresses[i].ip.family == family;
	return n;
}

size_t hvg_ipconfig_n_gateways(const struct hvg_ipconfig *config, uint8_t family)
{
	size_t n = 0;

	for (size_t i = 0; i < config->n_gateways; i++)
		n += config->gateways[i].ip.family == family;
	return n;
}

size_t hvg_ipconfig_n_dns(const struct hvg_ipconfig *config, uint8_t family)
{
	size_t n = 0;

	for (size_t i = 0; i < config->n_dns; i++)
		n += config->dns[i].family == family;
	return n;
}

/* The text form. */

static const char *const ipv4_methods[] = {
	[HVG_IPV4_OFF] = "off",
	[HVG_IPV4_DHCP] = "dhcp",
	[HVG_IPV4_STATIC] = "static",
};

static const char *const ipv6_methods[] = {
	[HVG_IPV6_AUTO] = "auto",
	[HVG_IPV6_STATIC] = "static",
};

void hvg_ipconfig_render(const struct hvg_ipconfig *config, struct hvg_printer *printer)
{
	char text[HVG_IP_TEXT_SIZE];

	hvg_print(printer, "ipv4 %s\nipv6 %s\n", ipv4_methods[config->ipv4], ipv6_methods[config->ipv6]);
	for (size_t i = 0; i < config->n_addresses; i++) {
		hvg_ip_render(&config->addresses[i].ip, text);
		hvg_print(printer, "address %s/%u\n", text, config->addresses[i].prefix_length);
	}
	for (size_t i = 0; i < config->n_gateways; i++) {
		const struct hvg_gateway *gateway = &config->gateways[i];

		hvg_ip_render(&gateway->ip, text);
		hvg_print(printer, "gateway %s metric %u%s\n", text, gateway->metric,
			gateway->is_on_link ? " onlink" : "");
	}
	for (size_t i = 0; i < config->n_dns; i++) {
		hvg_ip_render(&config->dns[i], text);
		hvg_print(printer, "dns %s\n", text);
	}
}

/* A decimal number of at most limit, and nothing else. */
static int parse_number(struct hvg_span span, uint32_t limit, uint32_t *ret)
{
	uint64_t number = 0;

	if (span.size == 0 || span.size > 10)
		return -EBADMSG;
	for (size_t i = 0; i < span.size; i++) {
		if (span.start[i] < '0' || span.start[i] > '9')
			return -EBADMSG;
		number = 10 * number + (uint64_t)(span.start[i] - '0');
	}
	if (number > limit)
		return -EBADMSG;
	*ret = (uint32_t)number;
	return 0;
}

static int parse_ip(struct hvg_span span, struct hvg_ip *ret)
{
	char text[HVG_IP_TEXT_SIZE];

	if (hvg_span_copy(span, text, sizeof(text)) < 0 || memchr(text, '\0', span.size))
		return -EBADMSG;
	return hvg_ip_parse(text, ret) ? 0 : -EBADMSG;
}

static int parse_method(struct hvg_span value, const char *const words[], int n_words)
{
	for (int i = 0; i < n_words; i++)
		if (hvg_span_is(value, words[i]))
			return i;
	return -EBADMSG;
}

static int take_address(struct hvg_span value, struct hvg_ipconfig *config)
{
	struct hvg_ipaddress address;
	struct hvg_span ip;
	uint32_t prefix;
	int r;

	if (config->n_addresses == HVG_IPCONFIG_ADDRESSES_MAX || !hvg_span_cut(&value, '/', &ip))
		return -EBADMSG;
	r = parse_ip(ip, &address.ip);
	if (r >= 0)
		r = parse_number(value, bits_of(address.ip.family), &prefix);
	if (r < 0)
		return r;
	address.prefix_length = (uint8_t)prefix;
	config->addresses[config->n_addresses++] = address;
	return 0;
}

/* "192.0.2.1 metric 0 onlink" */
static int take_gateway(struct hvg_span value, struct hvg_ipconfig *config)
{
	struct hvg_gateway gateway = { 0 };
	struct hvg_span ip, word, metric;
	int r;

	if (config->n_gateways == HVG_IPCONFIG_GATEWAYS_MAX || !hvg_span_cut(&value, ' ', &ip) ||
		!hvg_span_cut(&value, ' ', &word) || !hvg_span_is(word, "metric") ||
		!hvg_span_cut(&value, ' ', &metric))
		return -EBADMSG;
	if (value.size > 0 && !hvg_span_is(value, "onlink"))
		return -EBADMSG;
	gateway.is_on_link = value.size > 0;
	r = parse_ip(ip, &gateway.ip);
	if (r >= 0)
		r = parse_number(metric, UINT32_MAX, &gateway.metric);
	if (r < 0)
		return r;
	config->gateways[config->n_gateways++] = gateway;
	return 0;
}

static int take_dns(struct hvg_span value, struct hvg_ipconfig *config)
{
	if (config->n_dns == HVG_IPCONFIG_DNS_MAX)
		return -EBADMSG;
	return parse_ip(value, &config->dns[config->n_dns++]);
}

static int take_ipv4(struct hvg_span value, struct hvg_ipconfig *config)
{
	int r = parse_method(value, ipv4_methods, HVG_ELEMENTS(ipv4_methods));

	config->ipv4 = r < 0 ? HVG_IPV4_OFF : (enum hvg_ipv4_method)r;
	return r;
}

static int take_ipv6(struct hvg_span value, struct hvg_ipconfig *config)
{
	int r = parse_method(value, ipv6_methods, HVG_ELEMENTS(ipv6_methods));

	config->ipv6 = r < 0 ? HVG_IPV6_AUTO : (enum hvg_ipv6_method)r;
	return r;
}

static const struct {
	const char *keyword;
	int (*take)(struct hvg_span value, struct hvg_ipconfig *config);
} lines[] = {
	{ "ipv4", take_ipv4 },
	{ "ipv6", take_ipv6 },
	{ "address", take_address },
	{ "gateway", take_gateway },
	{ "dns", take_dns },
};

static int take_line(struct hvg_span line, struct hvg_ipconfig *config)
{
	struct hvg_span keyword;

	if (line.size == 0 || line.start[0] == '#')
		return 0;
	if (!hvg_span_cut(&line, ' ', &keyword))
		return -EBADMSG;
	for (size_t i = 0; i < HVG_ELEMENTS(lines); i++)
		if (hvg_span_is(keyword, lines[i].keyword))
			return lines[i].take(line, config);
	return -EBADMSG;
}

int hvg_ipconfig_parse(const char *text, size_t size, struct hvg_ipconfig *ret)
{
	struct hvg_span rest = { text, size }, line;
	struct hvg_ipconfig config = { 0 };

	while (hvg_span_cut(&rest, '\n', &line)) {
		int r = take_line(line, &config);

		if (r < 0)
			return r;
	}
	*ret = config;
	return 0;
}
