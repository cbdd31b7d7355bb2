// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * List by list: addresses with their subnets, then the methods that follow from them, then what
 * needs to know both. A refusal is written where the entry is at hand, and ends everything.
 */

#include "service/ipplan.h"

#include "base/units.h"
#include "hvguest/ipinfo.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

struct plan {
	const struct hvg_ipplan_request *request;
	struct hvg_ipconfig *config;
	struct hvg_refusal *refusal;
};

static int refuse(struct plan *plan, const char *field, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int refuse(struct plan *plan, const char *field, const char *format, ...)
{
	va_list arguments;

	plan->refusal->field = field;
	va_start(arguments, format);
	(void)vsnprintf(plan->refusal->text, sizeof(plan->refusal->text), format, arguments);
	va_end(arguments);
	return -EINVAL;
}

static bool is_zero(const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

/* Why this can be nobody's unicast address, or NULL. */
static const char *objection_v4(const uint8_t *bytes)
{
	if (bytes[0] == 0)
		return "of no network";
	if (bytes[0] == 127)
		return "of the loopback";
	if (bytes[0] >= 240)
		return "reserved";
	return bytes[0] >= 224 ? "a multicast address" : NULL;
}

static const char *objection_v6(const uint8_t *bytes)
{
	if (is_zero(bytes, 15) && bytes[15] <= 1)
		return bytes[15] ? "of the loopback" : "of no network";
	if (is_zero(bytes, 10) && bytes[10] == 0xff && bytes[11] == 0xff)
		return "an IPv4 address in disguise";
	return bytes[0] == 0xff ? "a multicast address" : NULL;
}

static const char *objection(const struct hvg_ip *ip)
{
	return ip->family == AF_INET ? objection_v4(ip->bytes) : objection_v6(ip->bytes);
}

static int parse_ip(struct plan *plan, const char *field, const char *text, struct hvg_ip *ret)
{
	const char *why;

	if (!hvg_ip_parse(text, ret))
		return refuse(plan, field, "'%s' is no IP address", text);
	why = objection(ret);
	return why ? refuse(plan, field, "%s is %s", text, why) : 0;
}

/* Subnets. */

/* "64" and "/64"; -EINVAL if it is no number. */
static int parse_length(const char *text)
{
	unsigned int length = 0;

	text += *text == '/';
	if (*text == '\0' || strlen(text) > 3 || strspn(text, "0123456789") != strlen(text))
		return -EINVAL;
	for (; *text; text++)
		length = 10 * length + (unsigned int)(*text - '0');
	return (int)length;
}

/* How many bits a mask has; -EINVAL unless they stand together at the front. */
static int mask_length(const struct hvg_ip *mask)
{
	int n_bits = mask->family == AF_INET ? 32 : 128, length = 0;

	while (length < n_bits && mask->bytes[length / 8] & (0x80 >> length % 8))
		length++;
	for (int bit = length; bit < n_bits; bit++)
		if (mask->bytes[bit / 8] & (0x80 >> bit % 8))
			return -EINVAL;
	return length;
}

static int parse_subnet(struct plan *plan, const char *text, struct hvg_ipaddress *address)
{
	int length = parse_length(text), most = address->ip.family == AF_INET ? 32 : 128;
	struct hvg_ip mask;

	if (length < 0 && hvg_ip_parse(text, &mask)) {
		if (mask.family != address->ip.family)
			return refuse(plan, "subnets", "%s is a mask of the other family", text);
		length = mask_length(&mask);
		if (length < 0)
			return refuse(plan, "subnets", "%s is a mask with holes", text);
	}
	if (length < 0)
		return refuse(plan, "subnets", "'%s' is neither a mask nor a prefix length", text);
	if (length < 1 || length > most)
		return refuse(plan, "subnets", "'%s' is a prefix length outside 1 to %d", text, most);
	address->prefix_length = (uint8_t)length;
	return 0;
}

/* Addresses. */

static const struct hvg_ipaddress *find_address(const struct hvg_ipconfig *config, const struct hvg_ip *ip)
{
	for (size_t i = 0; i < config->n_addresses; i++)
		if (hvg_ip_is_equal(&config->addresses[i].ip, ip))
			return &config->addresses[i];
	return NULL;
}

/* What stands in the list, but is not ours to set. */
static bool is_left_out(const struct plan *plan, const struct hvg_ip *ip)
{
	return hvg_ip_is_link_local(ip) || (ip->family == AF_INET && plan->request->dhcp);
}

static int take_address(struct plan *plan, const char *text, const char *subnet)
{
	struct hvg_ipconfig *config = plan->config;
	const struct hvg_ipaddress *same;
	struct hvg_ipaddress address;
	int r;

	r = parse_ip(plan, "addresses", text, &address.ip);
	if (r >= 0)
		r = parse_subnet(plan, subnet, &address);
	if (r < 0 || is_left_out(plan, &address.ip))
		return r;
	same = find_address(config, &address.ip);
	if (same && same->prefix_length != address.prefix_length)
		return refuse(plan, "subnets", "%s stands twice, with different subnets", text);
	if (same)
		return 0;
	if (config->n_addresses == HVG_IPCONFIG_ADDRESSES_MAX)
		return refuse(plan, "addresses", "there are more than %d", HVG_IPCONFIG_ADDRESSES_MAX);
	config->addresses[config->n_addresses++] = address;
	return 0;
}

static int take_addresses(struct plan *plan)
{
	const char *const *address = plan->request->addresses, *const *subnet = plan->request->subnets;

	for (; *address && *subnet; address++, subnet++) {
		int r = take_address(plan, *address, *subnet);

		if (r < 0)
			return r;
	}
	if (*address)
		return refuse(plan, "subnets", "%s has none", *address);
	if (*subnet)
		return refuse(plan, "subnets", "'%s' belongs to no address", *subnet);
	return 0;
}

static int choose_methods(struct plan *plan)
{
	struct hvg_ipconfig *config = plan->config;

	config->ipv4 = plan->request->dhcp			   ? HVG_IPV4_DHCP :
		hvg_ipconfig_n_addresses(config, AF_INET) > 0 ? HVG_IPV4_STATIC :
								   HVG_IPV4_OFF;
	config->ipv6 = hvg_ipconfig_n_addresses(config, AF_INET6) > 0 ? HVG_IPV6_STATIC : HVG_IPV6_AUTO;
	if (config->ipv4 == HVG_IPV4_OFF && config->ipv6 == HVG_IPV6_AUTO &&
		!(plan->request->families & HVG_IPINFO_IPV6))
		return refuse(plan, "addresses", "there is none, and no DHCP: the guest could not be reached");
	return 0;
}

/* Gateways. */

static bool has_gateway(const struct hvg_ipconfig *config, const struct hvg_ip *ip)
{
	for (size_t i = 0; i < config->n_gateways; i++)
		if (hvg_ip_is_equal(&config->gateways[i].ip, ip))
			return true;
	return false;
}

static int add_gateway(struct plan *plan, const struct hvg_ip *ip)
{
	struct hvg_ipconfig *config = plan->config;
	size_t n = hvg_ipconfig_n_gateways(config, ip->family);

	if (has_gateway(config, ip))
		return 0;
	if (config->n_gateways == HVG_IPCONFIG_GATEWAYS_MAX)
		return refuse(plan, "gateways", "there are more than %d", HVG_IPCONFIG_GATEWAYS_MAX);
	config->gateways[config->n_gateways++] = (struct hvg_gateway){
		.ip = *ip,
		.is_on_link = !hvg_ipconfig_covers(config, ip),
		.metric = n > 0 ? HVG_FALLBACK_METRIC + (uint32_t)n - 1 : plan->request->metric,
	};
	return 0;
}

static int take_gateway(struct plan *plan, const char *text)
{
	struct hvg_ipconfig *config = plan->config;
	struct hvg_ip ip;
	int r = parse_ip(plan, "gateways", text, &ip);

	if (r < 0)
		return r;
	if (find_address(config, &ip))
		return refuse(plan, "gateways", "%s is the guest's own address", text);
	if (ip.family == AF_INET && config->ipv4 == HVG_IPV4_OFF)
		return refuse(plan, "gateways", "%s is for IPv4, and there is no IPv4 address", text);
	if (ip.family == AF_INET ? config->ipv4 == HVG_IPV4_DHCP : config->ipv6 == HVG_IPV6_AUTO)
		return 0; /* the network tells it */
	return add_gateway(plan, &ip);
}

static int take_gateways(struct plan *plan)
{
	int r = 0;

	for (const char *const *text = plan->request->gateways; r >= 0 && *text; text++)
		r = take_gateway(plan, *text);
	return r;
}

/* Name servers. A resolver on the guest itself is a legitimate one. */

static bool is_loopback(const struct hvg_ip *ip)
{
	if (ip->family == AF_INET)
		return ip->bytes[0] == 127;
	return is_zero(ip->bytes, 15) && ip->bytes[15] == 1;
}

static bool has_dns(const struct hvg_ipconfig *config, const struct hvg_ip *ip)
{
	for (size_t i = 0; i < config->n_dns; i++)
		if (hvg_ip_is_equal(&config->dns[i], ip))
			return true;
	return false;
}

static int take_dns(struct plan *plan, const char *text)
{
	struct hvg_ipconfig *config = plan->config;
	struct hvg_ip ip;
	const char *why;

	if (!hvg_ip_parse(text, &ip))
		return refuse(plan, "dns", "'%s' is no IP address", text);
	why = is_loopback(&ip) ? NULL : objection(&ip);
	if (why)
		return refuse(plan, "dns", "%s is %s", text, why);
	if (has_dns(config, &ip) || (ip.family == AF_INET && config->ipv4 == HVG_IPV4_OFF))
		return 0;
	if (config->n_dns == HVG_IPCONFIG_DNS_MAX)
		return refuse(plan, "dns", "there are more than %d", HVG_IPCONFIG_DNS_MAX);
	config->dns[config->n_dns++] = ip;
	return 0;
}

static int take_all_dns(struct plan *plan)
{
	int r = 0;

	for (const char *const *text = plan->request->dns; r >= 0 && *text; text++)
		r = take_dns(plan, *text);
	return r;
}

static int check_families(struct plan *plan)
{
	if (plan->request->families & ~(HVG_IPINFO_IPV4 | HVG_IPINFO_IPV6))
		return refuse(plan, "families", "%u is no set of address families", plan->request->families);
	return 0;
}

int hvg_ipplan_make(const struct hvg_ipplan_request *request, struct hvg_ipconfig *ret,
	struct hvg_refusal *ret_refusal)
{
	struct hvg_ipconfig config = { 0 };
	struct plan plan = { request, &config, ret_refusal };
	int r;

	r = check_families(&plan);
	if (r >= 0)
		r = take_addresses(&plan);
	if (r >= 0)
		r = choose_methods(&plan);
	if (r >= 0)
		r = take_gateways(&plan);
	if (r >= 0)
		r = take_all_dns(&plan);
	if (r < 0)
		return r;
	*ret = config;
	return 0;
}
