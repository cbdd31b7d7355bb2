// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A request is a message that is built for whichever connection takes it. try_to_send() is tried when
 * the request comes and again when the bus is joined.
 */

#include "hv-kvpd/netd.h"

#include "base/cleanup.h"
#include "common/bus-error.h"

#include <errno.h>
#include <string.h>

#define SOCKET	  "unix:path=/run/hvguest/net"
#define NAME	  "org.hvguest.Network1"
#define PATH	  "/org/hvguest/Network1"
#define INTERFACE "org.hvguest.Network1"

struct kvpd_netd_request {
	uint8_t families;
	bool dhcp;
	char *adapter_id, *addresses, *subnets, *gateways, *dns_servers;
};

static void free_request(struct kvpd_netd_request *request)
{
	if (!request)
		return;
	free(request->adapter_id);
	free(request->addresses);
	free(request->subnets);
	free(request->gateways);
	free(request->dns_servers);
	free(request);
}

static struct kvpd_netd_request *copy_request(const struct hvg_ipinfo *ip)
{
	struct kvpd_netd_request *request = calloc(1, sizeof(*request));

	if (!request)
		return NULL;
	request->families = ip->families;
	request->dhcp = ip->dhcp;
	request->adapter_id = strdup(ip->adapter_id);
	request->addresses = strdup(ip->addresses);
	request->subnets = strdup(ip->subnets);
	request->gateways = strdup(ip->gateways);
	request->dns_servers = strdup(ip->dns_servers);
	if (request->adapter_id && request->addresses && request->subnets && request->gateways &&
		request->dns_servers)
		return request;
	free_request(request);
	return NULL;
}

void kvpd_netd_init(struct kvpd_netd *netd, sd_event *event, uint64_t patience_us)
{
	*netd = (struct kvpd_netd){ .event = event, .patience_us = patience_us };
}

static void hang_up(struct kvpd_netd *netd)
{
	netd->call = sd_bus_slot_unref(netd->call);
	if (netd->peer)
		(void)sd_bus_detach_event(netd->peer);
	netd->peer = sd_bus_close_unref(netd->peer);
}

void kvpd_netd_cancel(struct kvpd_netd *netd)
{
	hang_up(netd);
	free_request(hvg_take_ptr(netd->request));
}

void kvpd_netd_done(struct kvpd_netd *netd)
{
	kvpd_netd_cancel(netd);
	netd->bus = sd_bus_unref(netd->bus);
}

/* An entry that is too long to be an address is handed on as it is refused there: as "". */
static int append_list(sd_bus_message *message, const char *list)
{
	char entry[HVG_IPINFO_ENTRY_SIZE];
	int r, found;

	r = sd_bus_message_open_container(message, 'a', "s");
	for (size_t n = 0; r >= 0 && (found = hvg_ipinfo_entry(list, n, entry)) != -ENOENT; n++)
		r = sd_bus_message_append(message, "s", found < 0 ? "" : entry);
	return r < 0 ? r : sd_bus_message_close_container(message);
}

/* Apply(s adapter, y families, b dhcp, as addresses, as subnets, as gateways, as dns_servers) */
static int append_request(sd_bus_message *message, const struct kvpd_netd_request *request)
{
	const char *const lists[] = { request->addresses, request->subnets, request->gateways,
		request->dns_servers };
	int r;

	r = sd_bus_message_append(message, "syb", request->adapter_id, request->families, request->dhcp);
	for (size_t i = 0; r >= 0 && i < sizeof(lists) / sizeof(lists[0]); i++)
		r = append_list(message, lists[i]);
	return r;
}

/* Nobody on the bus does this: hv-netd is not installed, or its unit is masked. */
static bool is_unknown(const sd_bus_error *error)
{
	return sd_bus_error_has_names(error, SD_BUS_ERROR_SERVICE_UNKNOWN, SD_BUS_ERROR_NAME_HAS_NO_OWNER,
		SD_BUS_ERROR_UNKNOWN_INTERFACE, SD_BUS_ERROR_UNKNOWN_METHOD, SD_BUS_ERROR_UNKNOWN_OBJECT,
		"org.freedesktop.systemd1.NoSuchUnit", "org.freedesktop.systemd1.UnitMasked");
}

static int code_of(const sd_bus_error *failure)
{
	if (!failure)
		return 0;
	return is_unknown(failure) ? -EOPNOTSUPP : hvg_bus_error_get(failure);
}

static int send_on_bus(struct kvpd_netd *netd);

/* Behind the socket somebody died before taking the call: it can be made again without harm. */
static bool goes_over_the_bus(struct kvpd_netd *netd, const sd_bus_error *failure)
{
	if (!failure || !netd->peer || netd->peer_has_it)
		return false;
	hang_up(netd);
	return send_on_bus(netd) >= 0;
}

static void tell(struct kvpd_netd *netd, const sd_bus_error *failure)
{
	int code = code_of(failure);

	kvpd_netd_cancel(netd);
	netd->done(netd->userdata, code, failure ? failure->message : NULL);
}

static int on_reply(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct kvpd_netd *netd = userdata;
	const sd_bus_error *failure = sd_bus_message_get_error(reply);
	sd_bus_message *kept = sd_bus_message_ref(reply); /* the text lies in it */

	if (!goes_over_the_bus(netd, failure))
		tell(netd, failure);
	sd_bus_message_unref(kept);
	return 0;
}

static int call(struct kvpd_netd *netd, sd_bus *bus, const char *destination)
{
	sd_bus_message *message = NULL;
	int r;

	r = sd_bus_message_new_method_call(bus, &message, destination, PATH, INTERFACE, "Apply");
	if (r >= 0)
		r = append_request(message, netd->request);
	if (r >= 0)
		r = sd_bus_call_async(bus, &netd->call, message, on_reply, netd, netd->patience_us);
	sd_bus_message_unref(message);
	return r;
}

static int on_connected(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
	((struct kvpd_netd *)userdata)->peer_has_it = true;
	return 0;
}

/* sd-bus sends nothing before the other end has greeted; then it says "Connected". */
static int watch_peer(struct kvpd_netd *netd)
{
	int r = sd_bus_set_connected_signal(netd->peer, true);

	netd->peer_has_it = false;
	return r < 0 ? r : sd_bus_match_signal(netd->peer, NULL, "org.freedesktop.DBus.Local",
				   "/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local", "Connected", on_connected, netd);
}

static int call_peer(struct kvpd_netd *netd)
{
	int r;

	r = sd_bus_new(&netd->peer);
	if (r >= 0)
		r = watch_peer(netd);
	if (r >= 0)
		r = sd_bus_set_address(netd->peer, SOCKET);
	if (r >= 0)
		r = sd_bus_start(netd->peer);
	if (r >= 0)
		r = sd_bus_attach_event(netd->peer, netd->event, SD_EVENT_PRIORITY_NORMAL);
	if (r >= 0)
		r = call(netd, netd->peer, NULL);
	if (r < 0)
		hang_up(netd);
	return r;
}

/* 1 if it was sent, 0 if it is held. */
static int send_on_bus(struct kvpd_netd *netd)
{
	int r;

	if (!netd->bus)
		return 0;
	r = call(netd, netd->bus, NAME);
	return r < 0 ? r : 1;
}

static int try_to_send(struct kvpd_netd *netd)
{
	return call_peer(netd) >= 0 ? 1 : send_on_bus(netd);
}

int kvpd_netd_apply(struct kvpd_netd *netd, const struct hvg_ipinfo *ip, kvpd_netd_done_fn *done,
	void *userdata)
{
	int r;

	kvpd_netd_cancel(netd);
	netd->done = done;
	netd->userdata = userdata;
	netd->request = copy_request(ip);
	if (!netd->request)
		return -ENOMEM;
	r = try_to_send(netd);
	if (r < 0)
		kvpd_netd_cancel(netd);
	return r < 0 ? r : 0;
}

void kvpd_netd_joined(struct kvpd_netd *netd, sd_bus *bus)
{
	int r;

	sd_bus_unref(netd->bus);
	netd->bus = sd_bus_ref(bus);
	if (!netd->request || netd->call)
		return;
	r = try_to_send(netd);
	if (r < 0) {
		kvpd_netd_cancel(netd);
		netd->done(netd->userdata, r, NULL);
	}
}

/* A call that was under way on that bus will not be answered any more: sd-bus says so itself. */
void kvpd_netd_lost(struct kvpd_netd *netd)
{
	netd->bus = sd_bus_unref(netd->bus);
}
