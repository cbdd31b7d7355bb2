// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * ./dev demo: hvg-demo HV-KVPD HVCTL HV-NETD. A Hyper-V host and a Linux guest exchange key-value pairs,
 * and the host injects an IP configuration, on the host double: the daemons, the device node's bytes,
 * the bus, the pool files and the guest's network are real.
 */

#include "host/host.h"

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum pool {
	EXTERNAL = 0,
	GUEST = 1,
	AUTO = 2,
};

#define GUID "{b5e15ac5-0000-4000-8000-00155d010203}"
#define ADAPTER_FOLDER "/tmp/sys/class/net/" GUEST_ADAPTER "/device"

static const char *hvctl, *netd;

static void stop(const char *message)
{
	errx(1, "%s", message);
}

static void must(uint32_t status, const char *what)
{
	if (status != HV_S_OK)
		errx(1, "%s: the host got 0x%08x", what, status);
}

static void chapter(const char *text)
{
	printf("\n%s\n", text);
	fflush(stdout);
}

static void show_list(struct machine *machine, unsigned int pool)
{
	struct host_list list;

	(void)host_kvp_list(machine, (uint8_t)pool, &list);
	for (size_t i = 0; i < list.n; i++)
		printf("    host> %-28s %s\n", list.items[i].key, list.items[i].value);
	host_list_done(&list);
}

static void show_guest(struct machine *machine, const char *arguments)
{
	char *said;

	printf("    guest$ hvctl %s\n", arguments);
	said = guest_ask(machine, "%s %s", hvctl, arguments);
	printf("%s", said);
	free(said);
}

static int begin_watching(struct machine *machine)
{
	const char *argv[] = { hvctl, "kvp", "watch", NULL };
	int watch = guest_spawn(machine, &(struct guest_command){ .argv = argv });

	/* Until it listens: a change that it tells of. */
	for (int i = 0; i < 100; i++) {
		char *said = guest_output(machine, watch);
		bool listens = *said != '\0';

		free(said);
		if (listens)
			break;
		must(host_kvp_set(machine, EXTERNAL, "heartbeat", "."), "SET");
		usleep(50000);
	}
	return watch;
}

static void show_watch(struct machine *machine, int watch)
{
	char *said;

	guest_wait_for_output(machine, watch, "unset external role");
	said = guest_output(machine, watch);
	printf("%s", said);
	free(said);
	guest_signal(machine, watch, SIGTERM);
}

/* The guest's adapter looks like a synthetic one in a /sys of the demo's; its network has no manager. */
static void start_netd(struct machine *machine)
{
	const char *const argv[] = { "systemd-socket-activate", "--listen", "/run/hvguest/net", netd, "--sysfs",
		"/tmp/sys", "--config", "/tmp/net.conf", NULL };

	guest_run(machine, "mkdir -p " ADAPTER_FOLDER " && echo '" GUID "' >" ADAPTER_FOLDER "/device_id &&"
			   " ln -s ../../../bus/vmbus/drivers/hv_netvsc " ADAPTER_FOLDER "/driver &&"
			   " printf '[Inject]\nBackend=none\n' >/tmp/net.conf");
	(void)guest_spawn(machine, &(struct guest_command){ .argv = argv, .talks_to_log = true });
	guest_run(machine, "for i in $(seq 100); do [ -S /run/hvguest/net ] && break; sleep 0.05; done;"
			   " chown hvguest /run/hvguest/net && chmod 0600 /run/hvguest/net");
}

static void show_addresses(struct machine *machine)
{
	char *said = guest_ask(machine, "ip -brief -4 address show dev " GUEST_ADAPTER "; ip -4 route show default");

	printf("%s", said);
	free(said);
}

static void play_injection(struct machine *machine)
{
	static const struct host_ip taken = {
		.adapter = GUID,
		.family = ADDR_FAMILY_IPV4 | ADDR_FAMILY_IPV6,
		.addresses = "192.0.2.9;2001:db8::66",
		.subnets = "255.255.255.0;/64",
		.gateways = "192.0.2.1",
	};
	static const struct host_ip ip = {
		.adapter = GUID,
		.family = ADDR_FAMILY_IPV4,
		.addresses = "192.0.2.7",
		.subnets = "255.255.255.0",
		.gateways = "192.0.2.1",
	};
	struct host_ip found;

	start_netd(machine);
	chapter("The host fails over, and injects 192.0.2.7/24 by 192.0.2.1. Before and after:");
	show_addresses(machine);
	must(host_inject_ip(machine, &ip), "SET_IP_INFO");
	show_addresses(machine);
	must(host_get_ip_info(machine, "00:15:5D:01:02:03", &found), "GET_IP_INFO");
	printf("    host> reads back %s\n", found.addresses);

	chapter("Who manages the guest's adapters, and would the next injection work?");
	guest_wait_for_bus_name(machine, "org.hvguest.Network1");
	show_guest(machine, "net status");

	chapter("It injects an address that another machine has. The host is told, the guest keeps what it had:");
	guest_run(machine, "ip address add 2001:db8::66/64 dev switch0 nodad");
	printf("    host> gets 0x%08x\n", host_inject_ip(machine, &taken));
	show_addresses(machine);
	show_guest(machine, "net history");
}

static void play(struct machine *machine)
{
	int watch;

	chapter("The host asks the guest what it is (the ten automatic keys):");
	show_list(machine, AUTO);

	watch = begin_watching(machine);
	chapter("The host's administrator writes to pool 0, the guest's reads it:");
	must(host_kvp_set(machine, EXTERNAL, "role", "web server"), "SET");
	printf("    host> set role = web server\n");
	show_guest(machine, "kvp get external role");

	chapter("The guest's administrator publishes something, the host reads it:");
	show_guest(machine, "kvp set guest status 'deployment complete'");
	show_list(machine, GUEST);

	chapter("Everything at a glance:");
	must(host_kvp_delete(machine, EXTERNAL, "heartbeat"), "DELETE");
	show_guest(machine, "kvp list");

	chapter("What `hvctl kvp watch` saw meanwhile:");
	must(host_kvp_delete(machine, EXTERNAL, "role"), "DELETE");
	show_watch(machine, watch);
	play_injection(machine);
}

int main(int argc, char *argv[])
{
	struct host_setup setup = {
		.body = "fuse",
		.kernel_second_us = 1000000,
		.patience_us = 20000000,
		.time_limit_s = 60,
		.fail = stop,
	};
	struct machine *machine;

	if (argc != 4)
		errx(2, "usage: hvg-demo HV-KVPD HVCTL HV-NETD");
	if (geteuid() != 0)
		errx(2, "the guest is made of namespaces, which takes root: try ./dev demo");
	hvctl = argv[2];
	netd = argv[3];
	if (host_setup_daemon(&setup, "ours", argv[1]) < 0)
		errx(1, "%s cannot be started", argv[1]);
	machine = machine_new(&setup);
	guest_start_bus(machine);
	guest_start_daemon(machine);
	play(machine);
	machine_free(machine);
	chapter("That is Data Exchange, both ways, and an injection, forth and back.");
	return 0;
}
