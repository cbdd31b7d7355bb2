// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Only interfaces that hv_netvsc drives are looked at, so that nothing else needs to be ruled out.
 */

#include "service/adapter.h"

#include "base/guid.h"
#include "base/units.h"

#include <errno.h>
#include <string.h>

#define DRIVER "hv_netvsc"

/* A bond in a bridge, and one to spare. */
#define MASTERS_MAX 3

static const char *const bearing_kinds[] = { "bond", "bridge", "team" };

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 'a' - 'A';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "00:15:5D:01:02:03", also with '-' and without anything between. */
static bool parse_mac(const char *text, struct hvg_mac *ret)
{
	struct hvg_mac mac = { .is_known = true };

	for (size_t i = 0; i < sizeof(mac.bytes); i++) {
		if (i > 0 && (*text == ':' || *text == '-'))
			text++;
		if (digit(text[0]) < 0 || digit(text[1]) < 0)
			return false;
		mac.bytes[i] = (uint8_t)(digit(text[0]) << 4 | digit(text[1]));
		text += 2;
	}
	if (*text != '\0')
		return false;
	*ret = mac;
	return true;
}

static const struct hvg_mac *mac_of(const struct hvg_netif *netif)
{
	return netif->permanent_mac.is_known ? &netif->permanent_mac : &netif->mac;
}

static bool has_guid(const struct hvg_synthetic *synthetic, const struct hvg_guid *wanted)
{
	struct hvg_guid guid;

	return hvg_guid_parse(synthetic->guid, &guid) >= 0 && hvg_guid_is_equal(&guid, wanted);
}

static bool bears_addresses(const struct hvg_netif *netif)
{
	for (size_t i = 0; netif && i < HVG_ELEMENTS(bearing_kinds); i++)
		if (strcmp(netif->kind, bearing_kinds[i]) == 0)
			return true;
	return false;
}

static const struct hvg_netif *find_bearer(const struct hvg_netfacts *facts, const struct hvg_netif *netif)
{
	for (unsigned int i = 0; i < MASTERS_MAX; i++) {
		const struct hvg_netif *master = hvg_netfacts_find(facts, netif->master);

		if (!bears_addresses(master))
			break;
		netif = master;
	}
	return netif;
}

int hvg_adapter_find(const struct hvg_netfacts *facts, const struct hvg_synthetics *synthetics,
	const char *id, struct hvg_adapter *ret)
{
	struct hvg_guid guid;
	struct hvg_mac mac;
	bool by_guid = hvg_guid_parse(id, &guid) >= 0;

	if (!by_guid && !parse_mac(id, &mac))
		return -EINVAL;
	for (size_t i = 0; i < synthetics->n; i++) {
		const struct hvg_synthetic *synthetic = &synthetics->items[i];
		const struct hvg_netif *netif = hvg_netfacts_find(facts, synthetic->index);

		if (!netif || strcmp(synthetic->driver, DRIVER) != 0)
			continue;
		if (by_guid ? !has_guid(synthetic, &guid) : !hvg_mac_is_equal(mac_of(netif), &mac))
			continue;
		*ret = (struct hvg_adapter){ netif, find_bearer(facts, netif) };
		return 0;
	}
	return -ENODEV;
}
