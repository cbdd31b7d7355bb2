// SPDX-License-Identifier: LGPL-2.1-or-later

/* Devices without a driver, drivers without a daemon, daemons in each other's way. */

#include "hvctl/doctor/doctor.h"

#include "hvctl/facts/pool-facts.h"
#include "hvctl/facts/services.h"
#include "hvctl/facts/unit-fix.h"

#include <stdio.h>
#include <string.h>

static const struct service *const of_utils[] = { &service_shutdown, &service_time,
	&service_heartbeat, &service_kvp, &service_vss };

#define N_OF_UTILS (sizeof(of_utils) / sizeof(of_utils[0]))

static bool is_of_utils(const struct device *device)
{
	for (size_t i = 0; i < N_OF_UTILS; i++)
		if (strcmp(of_utils[i]->class_guid, device->class_guid) == 0)
			return true;
	return false;
}

static bool is_undriven(const struct device *device)
{
	return device->driver[0] == '\0' && !device_is_ignored(device);
}

void check_utils(const struct guest *guest, struct findings *findings)
{
	const struct device *first = NULL;
	struct judgement *finding;
	unsigned int n = 0;

	for (size_t i = 0; i < guest->n_devices; i++) {
		const struct device *device = &guest->devices[i];

		if (!is_undriven(device) || !is_of_utils(device))
			continue;
		first = first ? first : device;
		n++;
	}
	if (!first)
		return;
	finding = findings_add(findings,
		"the host offers %u services that hv_utils would serve, such as %s", n,
		first->class_name);
	judgement_because(finding, device_fact(guest, first, "driver"));
	judgement_because(finding, fact(guest->facts, "/sys/module/hv_utils"));
	judgement_fix(finding,
		"modprobe hv_utils && echo hv_utils >/etc/modules-load.d/hv_utils.conf");
}

static const char *module_of(const struct device *device)
{
	static const struct {
		const char *class_guid, *module;
	} modules[] = {
		{ CLASS_MEMORY, "hv_balloon" },
		{ CLASS_MOUSE, "hid_hyperv" },
		{ CLASS_KEYBOARD, "hyperv_keyboard" },
		{ CLASS_VIDEO, "hyperv_drm" },
		{ CLASS_NETWORK, "hv_netvsc" },
		{ CLASS_IDE, "hv_storvsc" },
		{ CLASS_SCSI, "hv_storvsc" },
		{ CLASS_FC, "hv_storvsc" },
		{ CLASS_PCI, "pci_hyperv" },
		{ CLASS_FCOPY, "uio_hv_generic" },
	};

	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++)
		if (strcmp(modules[i].class_guid, device->class_guid) == 0)
			return modules[i].module;
	return NULL;
}

void check_drivers(const struct guest *guest, struct findings *findings)
{
	for (size_t i = 0; i < guest->n_devices; i++) {
		const struct device *device = &guest->devices[i];
		const char *module = module_of(device);
		struct judgement *finding;

		/* Azure shows no screen, so nobody needs what belongs to one. */
		bool is_screen = strcmp(device->class_guid, CLASS_VIDEO) == 0 ||
			strcmp(device->class_guid, CLASS_MOUSE) == 0 ||
			strcmp(device->class_guid, CLASS_KEYBOARD) == 0;

		if (!is_undriven(device) || is_of_utils(device) || !module ||
			(is_screen && guest_is_azure(guest->facts)))
			continue;
		finding = findings_add(
			findings, "no driver takes the device \"%s\"", device->class_name);
		judgement_because(finding, device_fact(guest, device, "class_id"));
		judgement_because(finding, device_fact(guest, device, "driver"));
		judgement_fix(finding, "modprobe %s", module);
	}
}

/* A driven device that nobody serves. */
static void check_daemon(const struct guest *guest, const struct service *service,
	const char *what, struct findings *findings)
{
	const struct device *device = guest_device(guest, service->class_guid);
	struct attached daemon;
	struct judgement *finding;

	if (!device || device->driver[0] == '\0' ||
		service_find_daemon(guest, service, &daemon))
		return;
	finding = findings_add(
		findings, "the host offers %s, and no daemon of this guest serves that", what);
	judgement_because(finding, device_fact(guest, device, "driver"));
	judgement_because(finding, unit_fact(guest, service->units[0]));
	unit_fix_start(finding, guest, service->units[0]);
}

void check_kvp_daemon(const struct guest *guest, struct findings *findings)
{
	check_daemon(guest, &service_kvp, "key-value pairs", findings);
}

void check_vss_daemon(const struct guest *guest, struct findings *findings)
{
	check_daemon(guest, &service_vss, "backups", findings);
}

void check_fcopy_daemon(const struct guest *guest, struct findings *findings)
{
	check_daemon(guest, &service_fcopy, "file copies", findings);
}

static void check_competitors(
	const struct guest *guest, const struct service *service, struct findings *findings)
{
	struct judgement *finding;
	struct fact process;

	if (service_count_daemons(guest, service) < 2)
		return;
	finding = findings_add(
		findings, "several daemons want %s, and only one can have it", service->node);
	for (size_t i = 0; service->processes[i]; i++)
		if (process_runs(guest, service->processes[i], &process))
			judgement_because(finding, process);
	unit_fix_stop_others(finding, guest, service);
}

void check_competition(const struct guest *guest, struct findings *findings)
{
	check_competitors(guest, &service_kvp, findings);
	check_competitors(guest, &service_vss, findings);
	check_competitors(guest, &service_fcopy, findings);
}

/* Key-value pairs: a host sends what it says of itself as soon as a daemon registers. */

static bool find_kvp_daemon(const struct guest *guest, struct attached *ret)
{
	return guest_device(guest, CLASS_KVP) && service_find_daemon(guest, &service_kvp, ret);
}

void check_silence(const struct guest *guest, struct findings *findings)
{
	struct pool_written host = pool_written(guest, "host");
	struct judgement *finding;
	struct attached daemon;

	if (!find_kvp_daemon(guest, &daemon) || host.bytes > 0)
		return;
	finding = findings_add(findings, "%s runs, and the host has sent nothing", daemon.name);
	judgement_because(finding, daemon.evidence);
	judgement_because(finding, host.evidence);
	judgement_fix(finding,
		"host: Disable- and Enable-VMIntegrationService -VMName NAME -Name \"%s\"",
		service_kvp.host_name);
}

void check_stale_pools(const struct guest *guest, struct findings *findings)
{
	struct pool_written host = pool_written(guest, "host");
	struct judgement *finding;

	if (!host.is_before_boot || host.bytes == 0)
		return;
	finding = findings_add(findings,
		"what the host said was written before this boot, perhaps on another machine");
	judgement_because(finding, host.evidence);
	judgement_because(finding, fact(guest->facts, "clock/boot"));
	unit_fix_start(finding, guest, "hv-kvpd.service");
}

void check_injection(const struct guest *guest, struct findings *findings)
{
	struct fact script = fact(guest->facts, "/usr/libexec/hypervkvpd/hv_set_ifconfig"),
		    service = unit_fact(guest, "hv-netd.service"),
		    socket = unit_fact(guest, "hv-netd.socket");
	struct judgement *finding;
	struct attached daemon;

	if (guest_is_azure(guest->facts) || !find_kvp_daemon(guest, &daemon))
		return;
	if (daemon.is_ours && !fact_is(&service, "active") && !fact_is(&socket, "active")) {
		finding = findings_add(findings,
			"hv-kvpd hears which addresses the host injects, and hv-netd does not run");
		judgement_because(finding, socket);
		unit_fix_start(finding, guest, "hv-netd.socket");
	} else if (!daemon.is_ours && !fact_is_there(&script)) {
		finding = findings_add(findings,
			"%s would run a script to inject addresses, and there is none",
			daemon.name);
		judgement_because(finding, script);
		unit_fix_stop_others(finding, guest, &service_kvp);
		unit_fix_start(finding, guest, "hv-kvpd.service");
		unit_fix_start(finding, guest, "hv-netd.socket");
	}
}

/* hv-netd's backend-others.c: each has all adapters that it is not told to leave alone. */
static const char *const unsupported[] = { "connman.service", "dhcpcd.service",
	"wickedd.service" };

void check_network_manager(const struct guest *guest, struct findings *findings)
{
	struct judgement *finding;

	if (guest_is_azure(guest->facts) || !guest_device(guest, CLASS_KVP) ||
		!guest_device(guest, CLASS_NETWORK))
		return;
	for (size_t i = 0; i < sizeof(unsupported) / sizeof(unsupported[0]); i++) {
		if (!unit_is_active(guest, unsupported[i]))
			continue;
		finding = findings_add(findings,
			"%.*s manages the adapters, and takes addresses from the host by a script only",
			(int)strcspn(unsupported[i], "."), unsupported[i]);
		judgement_because(finding, unit_fact(guest, unsupported[i]));
		judgement_fix(finding,
			"set Script= in /etc/hvguest/net.conf, or have NetworkManager, systemd-networkd, netplan "
			"or ifupdown manage them; hvctl net status tells of each");
	}
}
