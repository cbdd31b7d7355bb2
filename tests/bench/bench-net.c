// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvg-bench-net OURS FOLDER: what it costs to tell the host an adapter's configuration
 * (GET_IP_INFO) on the fuse body, in one run: a bare echo (the floor), Debian's daemon with the
 * scripts that its package installs, and ours, each with a bus in its guest; ours once more
 * with stand-ins for resolved and NetworkManager on it, which is one question to the former and
 * six to the latter. Prints a table and writes FOLDER/net.json. The CPU of Debian's daemon is
 * without that of the programs it starts.
 */

#include "cpu.h"
#include "report.h"

#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SCRIPTS      "/usr/libexec/hypervkvpd"
#define WANTED_RATIO 20
#define MIN_N        20

static void get_ip_info(struct host_kvp_message *ret, unsigned int i)
{
	*ret = (struct host_kvp_message){
		.op = KVP_OP_GET_IP_INFO,
		.ip.family = ADDR_FAMILY_IPV4 | ADDR_FAMILY_IPV6,
	};
	(void)host_put_text(ret->ip.adapter_id, HOST_ADAPTER_CHARS, "00:15:5D:01:02:03");
}

/* Written by a child, read by us. */
static struct figure *figure;

static void time_it(struct machine *machine)
{
	*figure = subject_time(machine, get_ip_info, NULL, MIN_N);
	subject_stop(machine);
}

static struct machine *start(const struct subject *subject, const char *folder)
{
	struct machine *machine = subject_start(subject, folder, 0);

	guest_start_bus(machine);
	if (subject->path)
		guest_wait_for_bus_name(machine, "org.hvguest.Kvp1");
	return machine;
}

static void alone(const struct subject *subject, const char *folder)
{
	time_it(start(subject, folder));
}

static void with_managers(const struct subject *subject, const char *folder)
{
	struct machine *machine = start(subject, folder);

	(void)guest_start_resolved(machine, "ok");
	(void)guest_start_networkmanager(machine, "auto");
	time_it(machine);
}

static double run(struct report *report, const struct subject *subject, subject_work work,
	const char *folder)
{
	subject_apart(work, subject, folder);
	report_add(report, subject->name, 0, work == alone ? "GET_IP_INFO" : "with managers",
		figure);
	return figure->median_us;
}

int main(int argc, char *argv[])
{
	const struct subject echo = { "echo", "none", NULL },
			     debian = { "debian", "debian", NULL };
	const struct subject ours = { "ours", "ours", argv[1] };
	double old_us, new_us, managed_us;
	struct report *report;
	char path[4096];

	if (argc != 3)
		errx(2, "usage: hvg-bench-net OURS FOLDER");
	if (access(SCRIPTS "/hv_get_dns_info", X_OK) < 0 ||
		access(SCRIPTS "/hv_get_dhcp_info", X_OK) < 0)
		errx(1, "Debian's daemon has no scripts in " SCRIPTS);
	figure = mmap(NULL, sizeof(*figure), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		-1, 0);
	if (figure == MAP_FAILED)
		err(1, "results");
	stay_on_one_cpu();
	report = report_new();
	(void)run(report, &echo, alone, argv[2]);
	old_us = run(report, &debian, alone, argv[2]);
	new_us = run(report, &ours, alone, argv[2]);
	managed_us = run(report, &ours, with_managers, argv[2]);
	printf("\n");
	report_verdict("GET_IP_INFO: times as fast", old_us / new_us, ">", WANTED_RATIO);
	report_verdict("  with resolved and NetworkManager asked", old_us / managed_us, ">",
		WANTED_RATIO);
	(void)snprintf(path, sizeof(path), "%s/net.json", argv[2]);
	report_finish(report, path);
	return 0;
}
