// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hvctl/features/offered.h"

#include "hvctl/facts/unit-fix.h"

#include <string.h>

static void not_offered(
	const struct guest *guest, const struct service *service, struct verdict *ret)
{
	judgement_because(&ret->judgement,
		fact(guest->facts, "/sys/bus/vmbus/devices/%s", service->instance));
	if (guest_is_isolated(guest->facts)) {
		verdict_is(ret, FEATURE_NOT_APPLICABLE,
			"Linux accepts no such device in a confidential guest");
		return;
	}
	verdict_is(
		ret, FEATURE_NOT_OFFERED, "the host does not offer it to this virtual machine");
	if (service->host_name)
		judgement_fix(&ret->judgement,
			"host: Enable-VMIntegrationService -VMName NAME -Name \"%s\"",
			service->host_name);
	else
		judgement_fix(&ret->judgement, "host: %s", service->host_fix);
}

static void missing(const struct guest *guest, const struct device *device,
	const struct service *service, struct verdict *ret)
{
	judgement_because(&ret->judgement, device_fact(guest, device, "class_id"));
	judgement_because(&ret->judgement, device_fact(guest, device, "driver"));
	judgement_because(
		&ret->judgement, fact(guest->facts, "/sys/module/%s", service->module));
	verdict_is(ret, FEATURE_MISSING, "the host offers it, and no driver takes it");
	judgement_fix(&ret->judgement, "modprobe %s", service->module);
}

const struct device *offered_service(
	const struct guest *guest, const struct service *service, struct verdict *ret)
{
	const struct device *device = guest_device(guest, service->class_guid);

	if (!device) {
		not_offered(guest, service, ret);
		return NULL;
	}
	if (device->driver[0] == '\0') {
		missing(guest, device, service, ret);
		return NULL;
	}
	judgement_because(&ret->judgement, device_fact(guest, device, "driver"));
	judgement_because(&ret->judgement, device_fact(guest, device, "state"));
	/* A channel that a program opens (file copy over UIO) is for that program to open. */
	if (device->state == 3 || strcmp(device->driver, "uio_hv_generic") == 0)
		return device;
	verdict_is(ret, FEATURE_DEGRADED, "%s drives it, but its channel is not open",
		device->driver);
	judgement_fix(&ret->judgement, "journalctl -k -b -g %s", device->instance);
	return NULL;
}

bool offered_daemon(const struct guest *guest, const struct service *service,
	struct verdict *ret, struct attached *ret_daemon)
{
	const struct device *device = offered_service(guest, service, ret);

	if (!device)
		return false;
	if (service_find_daemon(guest, service, ret_daemon)) {
		judgement_because(&ret->judgement, ret_daemon->evidence);
		return true;
	}
	judgement_because(&ret->judgement, unit_fact(guest, service->units[0]));
	verdict_is(ret, FEATURE_MISSING, "the host offers it, and no daemon serves it");
	unit_fix_start(&ret->judgement, guest, service->units[0]);
	return false;
}
