// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The socket that systemd opens for us. Each caller is a bus connection of its own, without a bus
 * between: it works before the bus is up. Who may connect is the socket's mode.
 */

#include "hv-netd/netd.h"

#include "base/cleanup.h"
#include "common/journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

/* hv-kvpd is one; an administrator's tools may be some more. */
#define PEERS_MAX 16

struct netd_peer {
	struct netd *netd;
	sd_bus *bus;
	struct netd_peer *next;
};

bool netd_peers_has(const struct netd *netd, sd_bus *bus)
{
	for (const struct netd_peer *peer = netd->peers; peer; peer = peer->next)
		if (peer->bus == bus)
			return true;
	return false;
}

static void hang_up(struct netd_peer *peer)
{
	(void)sd_bus_detach_event(peer->bus);
	sd_bus_close_unref(peer->bus);
	free(peer);
}

/* Called from inside the connection, whose reference sd-bus holds. */
static int on_left(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
	struct netd_peer *peer = userdata;
	struct netd_peer **link = &peer->netd->peers;

	while (*link != peer)
		link = &(*link)->next;
	*link = peer->next;
	netd_busy(peer->netd);
	hang_up(peer);
	return 0;
}

static int serve(struct netd_peer *peer, int *fd)
{
	struct netd *netd = peer->netd;
	sd_id128_t id;
	int r;

	r = sd_id128_randomize(&id);
	if (r >= 0)
		r = sd_bus_new(&peer->bus);
	if (r >= 0)
		r = sd_bus_set_fd(peer->bus, *fd, *fd);
	if (r < 0)
		return r;
	(void)hvg_take_fd(fd); /* the connection's */
	r = sd_bus_set_server(peer->bus, 1, id);
	if (r >= 0)
		r = netd_bus_add(netd, peer->bus);
	if (r >= 0)
		r = sd_bus_match_signal(peer->bus, NULL, "org.freedesktop.DBus.Local", "/org/freedesktop/DBus/Local",
			"org.freedesktop.DBus.Local", "Disconnected", on_left, peer);
	if (r >= 0)
		r = sd_bus_start(peer->bus);
	return r < 0 ? r : sd_bus_attach_event(peer->bus, hvg_loop_event(netd->loop), SD_EVENT_PRIORITY_NORMAL);
}

static unsigned int count(const struct netd *netd)
{
	unsigned int n = 0;

	for (const struct netd_peer *peer = netd->peers; peer; peer = peer->next)
		n++;
	return n;
}

static int add(struct netd *netd, int *fd)
{
	struct netd_peer *peer;
	int r;

	if (count(netd) == PEERS_MAX)
		return -EBUSY;
	peer = calloc(1, sizeof(*peer));
	if (!peer)
		return -ENOMEM;
	*peer = (struct netd_peer){ .netd = netd, .next = netd->peers };
	netd->peers = peer;
	r = serve(peer, fd);
	if (r < 0) {
		netd->peers = peer->next;
		hang_up(peer);
	}
	return r;
}

static int on_caller(sd_event_source *source, int listening, uint32_t events, void *userdata)
{
	_cleanup_close_ int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct netd *netd = userdata;
	int r;

	netd_busy(netd);
	if (fd < 0)
		return 0; /* it has left already */
	r = add(netd, &fd);
	if (r < 0)
		hvg_log(LOG_WARNING, NULL, "A caller on the socket was turned away: %s.", strerror(-r));
	return 0;
}

int netd_peers_init(struct netd *netd)
{
	int n = sd_listen_fds(true);

	if (n < 0)
		return n;
	if (n == 0)
		return 0; /* started by the bus */
	return sd_event_add_io(hvg_loop_event(netd->loop), &netd->listening, SD_LISTEN_FDS_START, EPOLLIN, on_caller,
		netd);
}

void netd_peers_done(struct netd *netd)
{
	while (netd->peers) {
		struct netd_peer *peer = netd->peers;

		netd->peers = peer->next;
		(void)sd_bus_flush(peer->bus);
		hang_up(peer);
	}
	sd_event_source_disable_unref(netd->listening);
}
