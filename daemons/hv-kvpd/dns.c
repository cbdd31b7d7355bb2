// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Asks resolved on the bus, without starting it; whoever does not answer in time is passed over.
 */

#include "hv-kvpd/dns.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "format/resolvconf.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define PATIENCE_US (2 * HVG_USEC_PER_SEC)

/* resolv.conf(5) files are small; what is longer is not read to its end. */
#define RESOLV_CONF_MAX 16384

static void add(struct kvpd_dns_servers *servers, const char *text)
{
	char *place;

	if (servers->n == KVPD_DNS_MAX)
		return;
	for (size_t i = 0; i < servers->n; i++)
		if (strcmp(servers->texts[i], text) == 0)
			return;
	place = servers->storage[servers->n];
	snprintf(place, HVG_IP_TEXT_SIZE, "%s", text);
	servers->texts[servers->n++] = place;
}

static bool read_file(struct kvpd_dns_servers *servers, const char *path)
{
	struct hvg_resolvconf_server found[KVPD_DNS_MAX];
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char text[RESOLV_CONF_MAX];
	ssize_t size;
	size_t n;

	size = fd < 0 ? -1 : read(fd, text, sizeof(text));
	if (size < 0)
		return false;
	n = hvg_resolvconf_parse(text, (size_t)size, found, KVPD_DNS_MAX);
	for (size_t i = 0; i < HVG_MIN(n, KVPD_DNS_MAX); i++)
		if (!found[i].is_stub)
			add(servers, found[i].address);
	return servers->n > 0;
}

static void tell_files(struct kvpd_dns *dns)
{
	struct kvpd_dns_servers servers = { .n = 0 };

	if (!read_file(&servers, "/etc/resolv.conf"))
		(void)read_file(&servers, "/run/systemd/resolve/resolv.conf");
	dns->done(dns->userdata, &servers);
}

/* a(iiay): interface, family, address */
static int read_reply(sd_bus_message *reply, struct kvpd_dns_servers *servers)
{
	int r;

	r = sd_bus_message_enter_container(reply, 'v', "a(iiay)");
	if (r >= 0)
		r = sd_bus_message_enter_container(reply, 'a', "(iiay)");
	while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'r', "iiay")) > 0) {
		char text[HVG_IP_TEXT_SIZE];
		int interface, family;
		const void *bytes;
		size_t size;

		r = sd_bus_message_read(reply, "ii", &interface, &family);
		if (r >= 0)
			r = sd_bus_message_read_array(reply, 'y', &bytes, &size);
		if (r >= 0 && size == (family == AF_INET ? 4u : 16u) && inet_ntop(family, bytes, text, sizeof(text)))
			add(servers, text);
		if (r >= 0)
			r = sd_bus_message_exit_container(reply);
	}
	return r;
}

static int on_reply(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct kvpd_dns *dns = userdata;
	struct kvpd_dns_servers servers = { .n = 0 };

	kvpd_dns_cancel(dns);
	if (sd_bus_message_is_method_error(reply, NULL) || read_reply(reply, &servers) < 0 || servers.n == 0)
		tell_files(dns);
	else
		dns->done(dns->userdata, &servers);
	return 0;
}

static int ask_resolved(struct kvpd_dns *dns, sd_bus *bus)
{
	sd_bus_message *message = NULL;
	int r;

	r = sd_bus_message_new_method_call(bus, &message, "org.freedesktop.resolve1",
		"/org/freedesktop/resolve1", "org.freedesktop.DBus.Properties", "Get");
	if (r >= 0)
		r = sd_bus_message_set_auto_start(message, false);
	if (r >= 0)
		r = sd_bus_message_append(message, "ss", "org.freedesktop.resolve1.Manager", "DNS");
	if (r >= 0)
		r = sd_bus_call_async(bus, &dns->call, message, on_reply, dns, PATIENCE_US);
	sd_bus_message_unref(message);
	return r;
}

void kvpd_dns_ask(struct kvpd_dns *dns, sd_bus *bus, kvpd_dns_done_fn *done, void *userdata)
{
	kvpd_dns_cancel(dns);
	dns->done = done;
	dns->userdata = userdata;
	if (!bus || ask_resolved(dns, bus) < 0)
		tell_files(dns);
}

void kvpd_dns_cancel(struct kvpd_dns *dns)
{
	dns->call = sd_bus_slot_unref(dns->call);
}
