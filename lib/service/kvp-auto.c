// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A table of keys, each with the function that renders its value.
 *
 * Tools take the first address of a list, so the order matters: the interface with the default
 * route, then Hyper-V's adapters, then the others. There is no memory to sort in: each step looks
 * for the interface that comes next in that order.
 */

#include "service/kvp-auto.h"

#include "base/text.h"
#include "base/units.h"
#include "base/utf16.h"

#include <errno.h>
#include <fnmatch.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define KIND_PREFIX "kind:"

static void put_text(const char *text, char value[HVG_KVP_VALUE_SIZE])
{
	(void)hvg_utf8_fit(text, HVG_UTF8_TO_NUL, HVG_KVP_VALUE_MAX_CHARS, value, HVG_KVP_VALUE_SIZE);
}

static bool is_matched(const struct hvg_netif *netif, const char *glob)
{
	size_t prefix = strlen(KIND_PREFIX);

	if (strncmp(glob, KIND_PREFIX, prefix) == 0)
		return fnmatch(glob + prefix, netif->kind, 0) == 0;
	return fnmatch(glob, netif->name, 0) == 0;
}

static bool is_excluded(const struct hvg_netif *netif, const char *const *globs)
{
	for (; *globs; globs++)
		if (is_matched(netif, *globs))
			return true;
	return false;
}

static bool is_shown(const struct hvg_kvp_facts *facts, const struct hvg_netif *netif)
{
	return hvg_netif_is_up(netif) && !(netif->flags & IFF_LOOPBACK) &&
		!hvg_netfacts_is_vf(facts->net, netif) && !is_excluded(netif, facts->exclude);
}

/* A list of addresses in the making. */
struct listing {
	const struct hvg_kvp_facts *facts;
	uint8_t family;
	const struct hvg_netif *last; /* the interface that was listed last; NULL at the start */
	char *value;
};

static const struct hvg_netif_default *default_of(const struct hvg_netif *netif, uint8_t family)
{
	return family == AF_INET ? &netif->default_v4 : &netif->default_v6;
}

/* Below, equal or above 0: a comes before b, is b, comes after b. */
static int compare(const struct hvg_netif *a, const struct hvg_netif *b, uint8_t family)
{
	const struct hvg_netif_default *left = default_of(a, family);
	const struct hvg_netif_default *right = default_of(b, family);

	if (left->is_owner != right->is_owner)
		return left->is_owner ? -1 : 1;
	if (left->is_owner && left->metric != right->metric)
		return left->metric < right->metric ? -1 : 1;
	if (hvg_netif_is_on_vmbus(a) != hvg_netif_is_on_vmbus(b))
		return hvg_netif_is_on_vmbus(a) ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

static const struct hvg_netif *next_netif(struct listing *listing)
{
	const struct hvg_netfacts *net = listing->facts->net;
	const struct hvg_netif *next = NULL;

	for (size_t i = 0; i < net->n_netifs; i++) {
		const struct hvg_netif *netif = &net->netifs[i];

		if (listing->last && compare(netif, listing->last, listing->family) <= 0)
			continue;
		if (!next || compare(netif, next, listing->family) < 0)
			next = netif;
	}
	listing->last = next;
	return next;
}

static bool is_listed(const struct listing *listing, const char *text)
{
	struct hvg_span rest = hvg_span_of(listing->value), piece;

	while (hvg_span_cut(&rest, ';', &piece))
		if (hvg_span_is(piece, text))
			return true;
	return false;
}

/* -ENOSPC if the host would not read all of it; addresses are ASCII, one unit for each byte. */
static int list_address(struct listing *listing, const struct hvg_ip *ip)
{
	char text[HVG_IP_TEXT_SIZE], entry[HVG_IP_TEXT_SIZE + 1];

	hvg_ip_render(ip, text);
	if (is_listed(listing, text))
		return 0;
	(void)snprintf(entry, sizeof(entry), "%s%s", listing->value[0] ? ";" : "", text);
	return hvg_text_append(listing->value, HVG_KVP_VALUE_MAX_CHARS + 1, entry);
}

static int list_netif(struct listing *listing, const struct hvg_netif *netif)
{
	const struct hvg_netfacts *net = listing->facts->net;

	for (size_t i = 0; i < net->n_addresses; i++) {
		const struct hvg_ifaddr *address = &net->addresses[i];
		int r;

		if (address->index != netif->index || address->ip.family != listing->family ||
			!hvg_ifaddr_is_usable(address))
			continue;
		r = list_address(listing, &address->ip);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Whole addresses only; the first that does not fit ends the list. */
static void put_addresses(const struct hvg_kvp_facts *facts, uint8_t family, char *value)
{
	struct listing listing = { .facts = facts, .family = family, .value = value };
	const struct hvg_netif *netif;

	value[0] = '\0';
	while ((netif = next_netif(&listing)))
		if (is_shown(facts, netif) && list_netif(&listing, netif) < 0)
			break;
}

static void put_fqdn(const struct hvg_kvp_facts *facts, char *value)
{
	put_text(facts->fqdn, value);
}

static void put_integration_version(const struct hvg_kvp_facts *facts, char *value)
{
	put_text(facts->integration_version, value);
}

static void put_ipv4(const struct hvg_kvp_facts *facts, char *value)
{
	put_addresses(facts, AF_INET, value);
}

static void put_ipv6(const struct hvg_kvp_facts *facts, char *value)
{
	put_addresses(facts, AF_INET6, value);
}

static void put_build_number(const struct hvg_kvp_facts *facts, char *value)
{
	put_text(facts->kernel_release, value);
}

static void put_os_name(const struct hvg_kvp_facts *facts, char *value)
{
	put_text(facts->os_name, value);
}

/* All of VERSION_ID, as the kernel tree's daemon has it: tools parse "24.04" out of this key. */
static void put_major_version(const struct hvg_kvp_facts *facts, char *value)
{
	put_text(facts->os_version_id, value);
}

static void put_minor_version(const struct hvg_kvp_facts *facts, char *value)
{
	const char *dot = strchr(facts->os_version_id, '.');

	put_text(dot ? dot + 1 : "", value);
}

static void put_version(const struct hvg_kvp_facts *facts, char *value)
{
	put_text(facts->kernel_release, value);
	value[strcspn(value, "-")] = '\0';
}

static void put_machine(const struct hvg_kvp_facts *facts, char *value)
{
	put_text(facts->machine, value);
}

static const struct {
	const char *key;
	void (*put)(const struct hvg_kvp_facts *facts, char *value);
} keys[HVG_N_KVP_AUTO_KEYS] = {
	{ "FullyQualifiedDomainName", put_fqdn },
	{ "IntegrationServicesVersion", put_integration_version },
	{ "NetworkAddressIPv4", put_ipv4 },
	{ "NetworkAddressIPv6", put_ipv6 },
	{ "OSBuildNumber", put_build_number },
	{ "OSName", put_os_name },
	{ "OSMajorVersion", put_major_version },
	{ "OSMinorVersion", put_minor_version },
	{ "OSVersion", put_version },
	{ "ProcessorArchitecture", put_machine },
};

int hvg_kvp_auto_at(const struct hvg_kvp_facts *facts, uint32_t index,
	struct hvg_kvp_auto_item *ret)
{
	if (index >= HVG_ELEMENTS(keys))
		return -ENOENT;
	ret->key = keys[index].key;
	keys[index].put(facts, ret->value);
	return 0;
}

int hvg_kvp_auto_find(const struct hvg_kvp_facts *facts, const char *key,
	struct hvg_kvp_auto_item *ret)
{
	for (uint32_t i = 0; i < HVG_ELEMENTS(keys); i++)
		if (strcmp(keys[i].key, key) == 0)
			return hvg_kvp_auto_at(facts, i, ret);
	return -ENOENT;
}
