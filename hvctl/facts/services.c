// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Instances: the kernel's documentation lists none, but hosts have used the same ones since
 * 2008. Names of daemons and units: those of the kernel tree, Debian, Ubuntu, Fedora and SUSE.
 */

#include "hvctl/facts/services.h"

#include "base/units.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *const kvp_processes[] = { "hv-kvpd", "hv_kvp_daemon", "hypervkvpd", NULL };
static const char *const kvp_units[] = { "hv-kvpd.service", "hv-kvp-daemon.service",
	"hv_kvp_daemon.service", "hypervkvpd.service", NULL };
static const char *const vss_processes[] = { "hv-vssd", "hv_vss_daemon", "hypervvssd", NULL };
static const char *const vss_units[] = { "hv-vssd.service", "hv-vss-daemon.service",
	"hv_vss_daemon.service", "hypervvssd.service", NULL };
static const char *const fcopy_processes[] = { "hv-fcopyd", "hv_fcopy_daemon",
	"hv_fcopy_uio_da", "hypervfcopyd", NULL };
static const char *const fcopy_units[] = { "hv-fcopyd.service", "hv-fcopy-daemon.service",
	"hv-fcopy-uio-daemon.service", "hv_fcopy_daemon.service", "hypervfcopyd.service",
	NULL };

const struct service service_shutdown = {
	CLASS_SHUTDOWN,
	"b6650ff7-33bc-4840-8048-e0676786f393",
	"hv_utils",
	"Shutdown",
};
const struct service service_time = {
	CLASS_TIME,
	"2dd1ce17-079e-403c-b352-a1921ee207ee",
	"hv_utils",
	"Time Synchronization",
};
const struct service service_heartbeat = {
	CLASS_HEARTBEAT,
	"fd149e91-82e0-4a7d-afa6-2a4166cbd7c0",
	"hv_utils",
	"Heartbeat",
};
const struct service service_kvp = {
	CLASS_KVP,
	"242ff919-07db-4180-9c2e-b86cb68c8c55",
	"hv_utils",
	"Key-Value Pair Exchange",
	NULL,
	"/dev/vmbus/hv_kvp",
	kvp_processes,
	kvp_units,
};
const struct service service_vss = {
	CLASS_VSS,
	"2450ee40-33bf-4fbd-892e-9fb06e9214cf",
	"hv_utils",
	"VSS",
	NULL,
	"/dev/vmbus/hv_vss",
	vss_processes,
	vss_units,
};
const struct service service_fcopy = {
	CLASS_FCOPY,
	"eb765408-105f-49b6-b4aa-c123b64d17d4",
	"hv_utils",
	"Guest Service Interface",
	NULL,
	"/dev/vmbus/hv_fcopy",
	fcopy_processes,
	fcopy_units,
};
const struct service service_memory = {
	CLASS_MEMORY,
	"1eccfd72-4b41-45ef-b73a-4a6e44c12924",
	"hv_balloon",
	NULL,
	"Set-VMMemory -VMName NAME -DynamicMemoryEnabled $true",
};
const struct service service_mouse = {
	CLASS_MOUSE,
	"58f75a6d-d949-4320-99e1-a2a2576d581c",
	"hid_hyperv",
	NULL,
	"Stop-VM NAME; Start-VM NAME (it is always offered)",
};
const struct service service_keyboard = {
	CLASS_KEYBOARD,
	"d34b2567-b9b6-42b9-8778-0a4ec0b955bf",
	"hyperv_keyboard",
	NULL,
	"Stop-VM NAME; Start-VM NAME (it is always offered)",
};
const struct service service_video = {
	CLASS_VIDEO,
	"5620e0c7-8062-4dce-aeb7-520c7ef76171",
	"hyperv_drm",
	NULL,
	"Stop-VM NAME; Start-VM NAME (it is always offered)",
};

static bool is_pid(const char *name)
{
	return isdigit((unsigned char)*name);
}

static bool is_in_unit(const struct fact *group, const char *unit)
{
	size_t size = strlen(unit);

	for (const char *at = group->text; (at = strstr(at, unit)); at += size)
		if (at > group->text && at[-1] == '/' && (at[size] == '\0' || at[size] == '\n'))
			return true;
	return false;
}

/* Our units start our daemons by the kernel tree's names, so whose it is is told by the unit that it runs in. */
static const char *name_of(const struct guest *guest, const char *pid, struct fact *ret_comm)
{
	static const struct service *const services[] = { &service_kvp, &service_vss,
		&service_fcopy };
	struct fact group = fact(guest->facts, "/proc/%s/cgroup", pid);

	*ret_comm = fact(guest->facts, "/proc/%s/comm", pid);
	for (size_t i = 0; i < HVG_ELEMENTS(services); i++)
		if (is_in_unit(&group, services[i]->units[0]))
			return services[i]->processes[0];
	return ret_comm->text;
}

/* The processes are those whose name is of interest (asks.h), so there are few. */
static bool holds(
	const struct guest *guest, const char *pid, const char *node, struct fact *ret)
{
	struct facts_child descriptor = { 0 };
	char folder[64];

	(void)snprintf(folder, sizeof(folder), "/proc/%.16s/fd", pid);
	while (facts_next_child(guest->facts, folder, &descriptor)) {
		struct fact link = fact(guest->facts, "%s/%s", folder, descriptor.name);

		if (strcmp(link.text, node) != 0)
			continue;
		*ret = link;
		return true;
	}
	return false;
}

static bool find_holder(const struct guest *guest, const char *node, struct attached *ret)
{
	struct facts_child process = { 0 };

	while (node && facts_next_child(guest->facts, "/proc", &process)) {
		struct fact comm;

		if (!is_pid(process.name) || !holds(guest, process.name, node, &ret->evidence))
			continue;
		(void)snprintf(ret->name, sizeof(ret->name), "%.31s",
			name_of(guest, process.name, &comm));
		ret->is_certain = true;
		return true;
	}
	return false;
}

bool process_runs(const struct guest *guest, const char *name, struct fact *ret)
{
	struct facts_child process = { 0 };

	while (facts_next_child(guest->facts, "/proc", &process)) {
		struct fact comm;

		if (strcmp(name_of(guest, process.name, &comm), name) != 0)
			continue;
		*ret = comm;
		return true;
	}
	return false;
}

static bool find_process(
	const struct guest *guest, const char *const names[], struct attached *ret)
{
	for (size_t i = 0; names && names[i]; i++)
		if (process_runs(guest, names[i], &ret->evidence)) {
			(void)snprintf(ret->name, sizeof(ret->name), "%s", names[i]);
			return true;
		}
	return false;
}

static bool find_unit(
	const struct guest *guest, const char *const units[], struct attached *ret)
{
	for (size_t i = 0; units && units[i]; i++)
		if (unit_is_active(guest, units[i])) {
			ret->evidence = unit_fact(guest, units[i]);
			(void)snprintf(ret->name, sizeof(ret->name), "%.*s",
				(int)strcspn(units[i], "."), units[i]);
			return true;
		}
	return false;
}

/* File copy has another node since Linux 6.10: the UIO device of its VMBus device. */
static void put_uio_node(
	const struct guest *guest, const struct service *service, char ret[static 64])
{
	const struct device *device = guest_device(guest, service->class_guid);
	struct facts_child child = { 0 };
	char folder[FACT_PATH_SIZE];

	ret[0] = '\0';
	if (!device)
		return;
	(void)snprintf(
		folder, sizeof(folder), "/sys/bus/vmbus/devices/%s/uio", device->instance);
	if (facts_next_child(guest->facts, folder, &child))
		(void)snprintf(ret, 64, "/dev/%.48s", child.name);
}

bool service_find_daemon(
	const struct guest *guest, const struct service *service, struct attached *ret)
{
	char uio[64];
	bool found;

	*ret = (struct attached){ 0 };
	put_uio_node(guest, service, uio);
	found = find_holder(guest, service->node, ret) ||
		(uio[0] != '\0' && find_holder(guest, uio, ret)) ||
		find_process(guest, service->processes, ret) ||
		find_unit(guest, service->units, ret);
	ret->is_ours =
		found && service->processes && strcmp(ret->name, service->processes[0]) == 0;
	return found;
}

size_t service_count_daemons(const struct guest *guest, const struct service *service)
{
	struct fact ignored;
	size_t n = 0;

	for (size_t i = 0; service->processes && service->processes[i]; i++)
		n += process_runs(guest, service->processes[i], &ignored);
	return n;
}

struct fact unit_fact(const struct guest *guest, const char *unit)
{
	return fact(guest->facts, "units/%s", unit);
}

bool unit_is_active(const struct guest *guest, const char *unit)
{
	struct fact state = unit_fact(guest, unit);

	return fact_is(&state, "active");
}

int64_t device_signals(const struct guest *guest, const struct device *device, struct fact *ret)
{
	struct channel channel;
	int64_t sum = -1;
	size_t at = 0;

	*ret = fact(guest->facts, "/sys/bus/vmbus/devices/%s/channels", device->instance);
	while (device_next_channel(guest, device, &at, &channel)) {
		if (channel.interrupts < 0)
			continue;
		sum = sum < 0 ? channel.interrupts : sum + channel.interrupts;
		*ret = fact(guest->facts, "/sys/bus/vmbus/devices/%s/channels/%lld/interrupts",
			device->instance, (long long)channel.relid);
	}
	return sum;
}
