// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hv-netd as its caller sees it: Apply, on the bus or on a socket without a bus. The answer is
 * always the same.
 */

#include "host/guest/stand-in/stand-in.h"

#include <errno.h>
#include <stdio.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define NAME   "org.hvguest.Network1"
#define PATH   "/org/hvguest/Network1"
#define SOCKET "/run/hvguest/net"

struct netd {
	sd_event *event;
	const char *answer; /* "ok", "silence", or the name of an error */
};

static int print_list(sd_bus_message *message, const char *name)
{
	const char *text, *separator = "";
	int r;

	printf(" %s=[", name);
	r = sd_bus_message_enter_container(message, 'a', "s");
	while (r >= 0 && (r = sd_bus_message_read(message, "s", &text)) > 0) {
		printf("%s%s", separator, text);
		separator = ", ";
	}
	printf("]");
	return r < 0 ? r : sd_bus_message_exit_container(message);
}

static int print_call(sd_bus_message *message)
{
	static const char *const lists[] = { "addresses", "subnets", "gateways", "dns" };
	const char *adapter;
	uint8_t families;
	int dhcp, r;

	r = sd_bus_message_read(message, "syb", &adapter, &families, &dhcp);
	if (r < 0)
		return r;
	printf("Apply %s families=%u dhcp=%d", adapter, families, dhcp);
	for (size_t i = 0; r >= 0 && i < sizeof(lists) / sizeof(lists[0]); i++)
		r = print_list(message, lists[i]);
	puts("");
	return r;
}

static int on_apply(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	const struct netd *netd = userdata;
	int r = print_call(message);

	if (r < 0)
		return r;
	if (strcmp(netd->answer, "silence") == 0)
		return 1;
	if (strcmp(netd->answer, "ok") != 0)
		return sd_bus_error_set(error, netd->answer, "the stand-in refuses");
	return sd_bus_reply_method_return(message, "");
}

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("Apply", "sybasasasas", "", on_apply, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

/* A caller is served until it hangs up, and one of its own until the program ends. */
static int serve_caller(struct netd *netd, int fd)
{
	sd_id128_t id;
	sd_bus *bus;
	int r;

	r = sd_id128_randomize(&id);
	if (r >= 0)
		r = sd_bus_new(&bus);
	if (r >= 0)
		r = sd_bus_set_fd(bus, fd, fd);
	if (r >= 0)
		r = sd_bus_set_server(bus, 1, id);
	if (r >= 0)
		r = sd_bus_add_object_vtable(bus, NULL, PATH, NAME, vtable, netd);
	if (r >= 0)
		r = sd_bus_start(bus);
	return r < 0 ? r : sd_bus_attach_event(bus, netd->event, SD_EVENT_PRIORITY_NORMAL);
}

static int on_caller(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct netd *netd = userdata;
	int caller = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (caller < 0)
		return -errno;
	if (strcmp(netd->answer, "gone") == 0) {
		puts("gone");
		return close(caller) < 0 ? -errno : 0;
	}
	return serve_caller(netd, caller);
}

static int listen_on_socket(struct netd *netd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = SOCKET };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	(void)unlink(SOCKET);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
		chmod(SOCKET, 0666) < 0 || listen(fd, 5) < 0)
		return -errno;
	return sd_event_add_io(netd->event, NULL, fd, EPOLLIN, on_caller, netd);
}

static int join_bus(struct netd *netd)
{
	sd_bus *bus;
	int r;

	r = stand_in_join(netd->event, NAME, &bus);
	return r < 0 ? r : sd_bus_add_object_vtable(bus, NULL, PATH, NAME, vtable, netd);
}

int stand_in_netd(sd_event *event, int argc, char *argv[])
{
	static struct netd netd;
	int r;

	netd = (struct netd){ .event = event, .answer = argv[1] };
	r = strcmp(argv[0], "bus") == 0 ? join_bus(&netd) : listen_on_socket(&netd);
	return r < 0 ? r : stand_in_run(event);
}
