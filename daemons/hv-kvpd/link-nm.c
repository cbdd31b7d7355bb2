// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * NetworkManager, which is asked from one object to the next:
 *
 *	interface -> device -> IPv4 configuration: name servers
 *			    -> IPv6 configuration: name servers
 *			    -> active connection -> profile: DHCP, by its method
 *
 * It speaks for a device that it brought up itself, and for no other.
 */

#include "hv-kvpd/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#define NM         "org.freedesktop.NetworkManager"
#define PATH       "/org/freedesktop/NetworkManager"
#define PROPERTIES "org.freedesktop.DBus.Properties"

#define WITNESS    KVPD_WITNESS_NETWORKMANAGER

/* The places of its calls. */
enum { IPV4, IPV6, PROFILE };

/* NM_DEVICE_STATE_DISCONNECTED: managed, and not in use yet */
#define STATE_DISCONNECTED 30

/* NM_ACTIVATION_STATE_FLAG_EXTERNAL: somebody else brought it up */
#define FLAG_EXTERNAL 0x80

static struct hvg_linkword *word_of(struct kvpd_link *link)
{
	return &link->words[WITNESS];
}

/* Properties: a{sv} */

struct property {
	const char *name, *type;
	void *value;
};

static int read_property(
	sd_bus_message *reply, const struct property *properties, const char *name)
{
	for (const struct property *property = properties; property->name; property++)
		if (strcmp(property->name, name) == 0)
			return sd_bus_message_read(reply, "v", property->type, property->value);
	return sd_bus_message_skip(reply, "v");
}

/* Those that are listed, up to a NULL name; texts live as long as the reply. */
static int read_properties(sd_bus_message *reply, const struct property *properties)
{
	int r = sd_bus_message_enter_container(reply, 'a', "{sv}");
	const char *name;

	while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'e', "sv")) > 0) {
		r = sd_bus_message_read(reply, "s", &name);
		if (r >= 0)
			r = read_property(reply, properties, name);
		if (r >= 0)
			r = sd_bus_message_exit_container(reply);
	}
	return r < 0 ? r : sd_bus_message_exit_container(reply);
}

static int ask_all(struct kvpd_link *link, unsigned int place, const char *path,
	const char *interface, sd_bus_message_handler_t answered)
{
	const struct kvpd_call call = { WITNESS, place, NM, path, PROPERTIES, "GetAll",
		answered };

	return kvpd_link_call(link, &call, "s", interface);
}

/* Each answer is begun and ended so; in between it is read, and may lead to further calls. */

static int begin(struct kvpd_link *link, unsigned int place, sd_bus_message *reply)
{
	kvpd_link_answered(link, WITNESS, place);
	return sd_bus_message_is_method_error(reply, NULL) ? -EIO : 0;
}

static int end(struct kvpd_link *link, int r)
{
	if (r < 0)
		kvpd_link_silent(link, WITNESS);
	else if (!link->calls[WITNESS][IPV4] && !link->calls[WITNESS][IPV6] &&
		!link->calls[WITNESS][PROFILE])
		kvpd_link_spoken(link, WITNESS);
	return 0;
}

/* Name servers. */

static int read_ipv6_servers(sd_bus_message *reply, struct hvg_linkword *word)
{
	char text[HVG_IP_TEXT_SIZE];
	const void *bytes;
	size_t size;
	int r;

	r = sd_bus_message_enter_container(reply, 'v', "aay");
	if (r >= 0)
		r = sd_bus_message_enter_container(reply, 'a', "ay");
	while (r >= 0 && (r = sd_bus_message_read_array(reply, 'y', &bytes, &size)) > 0)
		if (size == sizeof(struct in6_addr) &&
			inet_ntop(AF_INET6, bytes, text, sizeof(text)))
			hvg_linkword_add_dns(word, text);
	return r;
}

static int read_ipv4_servers(sd_bus_message *reply, struct hvg_linkword *word)
{
	int r = sd_bus_message_enter_container(reply, 'v', "aa{sv}");

	if (r >= 0)
		r = sd_bus_message_enter_container(reply, 'a', "a{sv}");
	while (r >= 0 && (r = sd_bus_message_at_end(reply, false)) == 0) {
		const char *address = NULL;
		const struct property properties[] = { { "address", "s", &address },
			{ NULL, NULL, NULL } };

		r = read_properties(reply, properties);
		if (r >= 0 && address)
			hvg_linkword_add_dns(word, address);
	}
	return r;
}

static int on_ipv4(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct kvpd_link *link = userdata;
	int r = begin(link, IPV4, reply);

	return end(link, r < 0 ? r : read_ipv4_servers(reply, word_of(link)));
}

static int on_ipv6(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct kvpd_link *link = userdata;
	int r = begin(link, IPV6, reply);

	return end(link, r < 0 ? r : read_ipv6_servers(reply, word_of(link)));
}

/* The profile: a{sa{sv}} */

static int read_method(sd_bus_message *reply, const char **ret_method)
{
	const struct property properties[] = { { "method", "s", ret_method },
		{ NULL, NULL, NULL } };
	int r = sd_bus_message_enter_container(reply, 'a', "{sa{sv}}");
	const char *section;

	while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'e', "sa{sv}")) > 0) {
		r = sd_bus_message_read(reply, "s", &section);
		if (r >= 0)
			r = strcmp(section, "ipv4") == 0 ? read_properties(reply, properties)
							 : sd_bus_message_skip(reply, "a{sv}");
		if (r >= 0)
			r = sd_bus_message_exit_container(reply);
	}
	return r;
}

static int on_profile(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct kvpd_link *link = userdata;
	const char *method = NULL;
	int r = begin(link, PROFILE, reply);

	if (r >= 0)
		r = read_method(reply, &method);
	if (r >= 0 && method)
		word_of(link)->dhcp = strcmp(method, "auto") == 0 ? HVG_DHCP_ON : HVG_DHCP_OFF;
	return end(link, r);
}

static int ask_profile(struct kvpd_link *link, sd_bus_message *reply)
{
	struct kvpd_call call = { WITNESS, PROFILE, NM, NULL, NM ".Settings.Connection",
		"GetSettings", on_profile };
	uint32_t flags = 0;
	const struct property properties[] = { { "Connection", "o", &call.path },
		{ "StateFlags", "u", &flags }, { NULL, NULL, NULL } };
	int r = read_properties(reply, properties);

	if (r >= 0 && (!call.path || flags & FLAG_EXTERNAL))
		r = -ENOENT;
	return r < 0 ? r : kvpd_link_call(link, &call, "");
}

static int on_connection(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct kvpd_link *link = userdata;
	int r = begin(link, PROFILE, reply);

	return end(link, r < 0 ? r : ask_profile(link, reply));
}

/* The device. */

static int ask_servers(struct kvpd_link *link, const char *ipv4, const char *ipv6)
{
	const struct kvpd_call call_ipv4 = { WITNESS, IPV4, NM, ipv4, PROPERTIES, "Get",
		on_ipv4 };
	const struct kvpd_call call_ipv6 = { WITNESS, IPV6, NM, ipv6, PROPERTIES, "Get",
		on_ipv6 };
	int r = 0;

	if (strcmp(ipv4, "/") != 0)
		r = kvpd_link_call(link, &call_ipv4, "ss", NM ".IP4Config", "NameserverData");
	if (r >= 0 && strcmp(ipv6, "/") != 0)
		r = kvpd_link_call(link, &call_ipv6, "ss", NM ".IP6Config", "Nameservers");
	return r;
}

static int ask_further(struct kvpd_link *link, sd_bus_message *reply)
{
	const char *ipv4 = "/", *ipv6 = "/", *connection = "/";
	uint32_t state = 0;
	const struct property properties[] = { { "State", "u", &state },
		{ "Ip4Config", "o", &ipv4 }, { "Ip6Config", "o", &ipv6 },
		{ "ActiveConnection", "o", &connection }, { NULL, NULL, NULL } };
	int r = read_properties(reply, properties);

	if (r >= 0 && (state <= STATE_DISCONNECTED || strcmp(connection, "/") == 0))
		r = -ENOENT;
	if (r < 0)
		return r;
	word_of(link)->knows_dns = true;
	r = ask_all(link, PROFILE, connection, NM ".Connection.Active", on_connection);
	return r < 0 ? r : ask_servers(link, ipv4, ipv6);
}

static int on_properties(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct kvpd_link *link = userdata;
	int r = begin(link, PROFILE, reply);

	return end(link, r < 0 ? r : ask_further(link, reply));
}

static int ask_device(struct kvpd_link *link, sd_bus_message *reply)
{
	const char *device;
	int r = sd_bus_message_read(reply, "o", &device);

	return r < 0 ? r : ask_all(link, PROFILE, device, NM ".Device", on_properties);
}

static int on_device(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct kvpd_link *link = userdata;
	int r = begin(link, PROFILE, reply);

	return end(link, r < 0 ? r : ask_device(link, reply));
}

int kvpd_link_ask_networkmanager(struct kvpd_link *link)
{
	const struct kvpd_call call = { WITNESS, PROFILE, NM, PATH, NM, "GetDeviceByIpIface",
		on_device };

	return kvpd_link_call(link, &call, "s", link->netif.name);
}
