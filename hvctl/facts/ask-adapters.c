// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What the driver of each synthetic adapter answers to ethtool's questions (<linux/ethtool.h>),
 * and how large its frames may become, by rtnetlink.
 */

#include "hvctl/facts/asks.h"

#include "base/cleanup.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

struct adapter {
	struct facts *facts;
	const char *name;
	int socket;
};

static int add(const struct adapter *adapter, const char *name, const char *text)
{
	char path[FACT_PATH_SIZE];

	(void)snprintf(path, sizeof(path), "ethtool/%.16s/%.64s", adapter->name, name);
	return facts_add(adapter->facts, FACT_FILE, path, text);
}

static int add_number(
	const struct adapter *adapter, const char *name, unsigned long long number)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%llu", number);
	return add(adapter, name, text);
}

/* Request and answer are the same memory, which begins with the command. */
static bool ask(const struct adapter *adapter, void *data)
{
	struct ifreq request = { .ifr_data = data };

	(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", adapter->name);
	return ioctl(adapter->socket, SIOCETHTOOL, &request) == 0;
}

static int add_channels(const struct adapter *adapter)
{
	struct ethtool_channels channels = { .cmd = ETHTOOL_GCHANNELS };
	int r;

	if (!ask(adapter, &channels))
		return 0;
	r = add_number(adapter, "channels", channels.combined_count);
	return r < 0 ? r : add_number(adapter, "channels-max", channels.max_combined);
}

/* The names of a set (features, counters); NULL if there are none. The caller frees. */
static struct ethtool_gstrings *names_of(
	const struct adapter *adapter, enum ethtool_stringset set)
{
	struct {
		struct ethtool_sset_info info;
		uint32_t count;
	} size = { .info = { .cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ULL << set } };
	struct ethtool_gstrings *names;

	if (!ask(adapter, &size) || !size.info.sset_mask || size.count == 0 ||
		size.count > 4096)
		return NULL;
	names = calloc(1, sizeof(*names) + (size_t)size.count * ETH_GSTRING_LEN);
	if (!names)
		return NULL;
	*names = (struct ethtool_gstrings){
		.cmd = ETHTOOL_GSTRINGS, .string_set = set, .len = size.count
	};
	if (ask(adapter, names))
		return names;
	free(names);
	return NULL;
}

static void copy_name(const struct ethtool_gstrings *names, unsigned int i,
	char ret[static ETH_GSTRING_LEN + 1])
{
	memcpy(ret, names->data + (size_t)i * ETH_GSTRING_LEN, ETH_GSTRING_LEN);
	ret[ETH_GSTRING_LEN] = '\0';
}

static bool is_wanted_feature(const char *name)
{
	static const char *const wanted[] = { "tx-checksum-ipv4", "tx-checksum-ipv6",
		"tx-checksum-ip-generic", "rx-checksum", "tx-tcp-segmentation",
		"tx-tcp6-segmentation", "tx-scatter-gather", "rx-lro", "rx-hashing",
		"tx-vlan-hw-insert", "rx-vlan-hw-parse" };

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (strcmp(wanted[i], name) == 0)
			return true;
	return false;
}

/* As ethtool -k says it. */
static const char *say_feature(const struct ethtool_get_features_block *block, unsigned int bit)
{
	bool is_on = block->active >> bit & 1;
	bool is_fixed = (block->never_changed >> bit & 1) || !(block->available >> bit & 1);

	if (is_fixed)
		return is_on ? "on [fixed]" : "off [fixed]";
	return is_on ? "on" : "off";
}

static int add_features(const struct adapter *adapter)
{
	_cleanup_free_ struct ethtool_gstrings *names = names_of(adapter, ETH_SS_FEATURES);
	unsigned int n_blocks = names ? (names->len + 31) / 32 : 0;
	_cleanup_free_ struct ethtool_gfeatures *features =
		calloc(1, sizeof(*features) + n_blocks * sizeof(features->features[0]));
	int r = 0;

	if (!names || !features)
		return 0;
	features->cmd = ETHTOOL_GFEATURES;
	features->size = n_blocks;
	if (!ask(adapter, features))
		return 0;
	for (unsigned int i = 0; i < names->len && r == 0; i++) {
		char name[ETH_GSTRING_LEN + 1];

		copy_name(names, i, name);
		if (is_wanted_feature(name))
			r = add(adapter, name,
				say_feature(&features->features[i / 32], i % 32));
	}
	return r;
}

/* What went by the virtual function, and what came on each queue. */
static bool is_wanted_counter(const char *name)
{
	unsigned int queue;
	int end = 0;

	if (strcmp(name, "vf_rx_packets") == 0 || strcmp(name, "vf_tx_packets") == 0)
		return true;
	return sscanf(name, "rx_queue_%u_packets%n", &queue, &end) == 1 && end > 0 &&
		name[end] == '\0';
}

static int add_counters(const struct adapter *adapter)
{
	_cleanup_free_ struct ethtool_gstrings *names = names_of(adapter, ETH_SS_STATS);
	_cleanup_free_ struct ethtool_stats *counters = names
		? calloc(1, sizeof(*counters) + names->len * sizeof(counters->data[0]))
		: NULL;
	int r = 0;

	if (!counters)
		return 0;
	*counters = (struct ethtool_stats){ .cmd = ETHTOOL_GSTATS, .n_stats = names->len };
	if (!ask(adapter, counters))
		return 0;
	for (unsigned int i = 0; i < names->len && r == 0; i++) {
		char name[ETH_GSTRING_LEN + 1];

		copy_name(names, i, name);
		if (is_wanted_counter(name))
			r = add_number(adapter, name, counters->data[i]);
	}
	return r;
}

/* The largest MTU, which only rtnetlink tells. */

static int take_max(const struct nlattr *attribute, void *data)
{
	if (mnl_attr_get_type(attribute) == IFLA_MAX_MTU &&
		mnl_attr_validate(attribute, MNL_TYPE_U32) >= 0)
		*(uint32_t *)data = mnl_attr_get_u32(attribute);
	return MNL_CB_OK;
}

static int take_link(const struct nlmsghdr *message, void *data)
{
	return mnl_attr_parse(message, sizeof(struct ifinfomsg), take_max, data);
}

static uint32_t ask_max(struct mnl_socket *socket, const char *name)
{
	char buffer[16384] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	uint32_t max = 0;
	ssize_t size;

	message->nlmsg_type = RTM_GETLINK;
	message->nlmsg_flags = NLM_F_REQUEST;
	(void)mnl_nlmsg_put_extra_header(message, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(message, IFLA_IFNAME, name);
	if (mnl_socket_sendto(socket, message, message->nlmsg_len) < 0)
		return 0;
	size = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
	if (size > 0)
		(void)mnl_cb_run(buffer, (size_t)size, 0, mnl_socket_get_portid(socket),
			take_link, &max);
	return max;
}

static int add_mtu(const struct adapter *adapter)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	uint32_t max = 0;

	if (!socket)
		return 0;
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) == 0)
		max = ask_max(socket, adapter->name);
	(void)mnl_socket_close(socket);
	return max > 0 ? add_number(adapter, "mtu-max", max) : 0;
}

static int ask_adapter(const struct adapter *adapter)
{
	int r = add_channels(adapter);

	if (r == 0)
		r = add_features(adapter);
	if (r == 0)
		r = add_counters(adapter);
	return r < 0 ? r : add_mtu(adapter);
}

/* The facts grow while they are gone through, so the names are taken first. */
static size_t list_adapters(const struct facts *facts, char names[][IFNAMSIZ], size_t max)
{
	struct facts_child child = { 0 };
	size_t n = 0;

	while (n < max && facts_next_child(facts, "/sys/class/net", &child)) {
		struct fact driver = fact(facts, "/sys/class/net/%s/device/driver", child.name);

		if (driver.kind == FACT_LINK && strcmp(fact_target(&driver), "hv_netvsc") == 0)
			(void)snprintf(names[n++], IFNAMSIZ, "%.15s", child.name);
	}
	return n;
}

#define ADAPTERS_MAX 64 /* a host gives eight */

int ask_adapters(struct facts *facts)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char names[ADAPTERS_MAX][IFNAMSIZ];
	size_t n = list_adapters(facts, names, ADAPTERS_MAX);
	int r = 0;

	for (size_t i = 0; fd >= 0 && i < n && r == 0; i++)
		r = ask_adapter(
			&(struct adapter){ .facts = facts, .name = names[i], .socket = fd });
	return r;
}
