// SPDX-License-Identifier: LGPL-2.1-or-later

/* What fits nowhere else. */

#include "hvctl/features/offered.h"

#include "hvctl/facts/pool-facts.h"

#include <stdio.h>
#include <string.h>

/* Key-value pairs. */

void judge_kvp(const struct guest *guest, struct verdict *ret)
{
	struct attached daemon;
	struct pool_written host = pool_written(guest, "host");

	if (!offered_daemon(guest, &service_kvp, ret, &daemon))
		return;
	judgement_because(&ret->judgement, host.evidence);
	if (host.is_since_boot && host.bytes > 0)
		verdict_is(ret, FEATURE_WORKS,
			"%s serves it, and the host has sent what it says of itself",
			daemon.name);
	else
		verdict_is(ret, FEATURE_READY,
			"%s serves it, and the host has sent nothing since boot", daemon.name);
}

/* NMI. */

void judge_nmi(const struct guest *guest, struct verdict *ret)
{
	struct fact unknown = fact(guest->facts, "/proc/sys/kernel/unknown_nmi_panic"),
		    unrecovered =
			    fact(guest->facts, "/proc/sys/kernel/panic_on_unrecovered_nmi"),
		    dump = fact(guest->facts, "/sys/kernel/kexec_crash_loaded");
	bool panics = fact_is(&unknown, "1") || fact_is(&unrecovered, "1");

	judgement_because(&ret->judgement, unknown);
	judgement_because(&ret->judgement, unrecovered);
	judgement_because(&ret->judgement, dump);
	if (guest_is_arm64(guest->facts)) {
		verdict_is(ret, FEATURE_NOT_APPLICABLE, "there is no such interrupt on arm64");
		return;
	}
	if (!panics) {
		verdict_is(ret, FEATURE_READY,
			"an injected interrupt is logged, and stops nothing");
		judgement_fix(&ret->judgement,
			"to get a crash dump of a guest that hangs: sysctl kernel.unknown_nmi_panic=1");
	} else if (!fact_is(&dump, "1")) {
		verdict_is(ret, FEATURE_DEGRADED,
			"an injected interrupt stops the kernel, and nobody takes a crash dump");
		judgement_fix(&ret->judgement,
			"apt install kdump-tools, with crashkernel=384M-:256M for the kernel");
	} else {
		verdict_is(ret, FEATURE_READY,
			"an injected interrupt stops the kernel, and kdump takes a dump");
	}
}

/* PAE. */

void judge_pae(const struct guest *guest, struct verdict *ret)
{
	struct fact machine = fact(guest->facts, "uname/machine");

	judgement_because(&ret->judgement, machine);
	if (!fact_is_there(&machine))
		verdict_is(ret, FEATURE_UNKNOWN, "what the kernel was built for is not known");
	else if (strstr(machine.text, "64"))
		verdict_is(ret, FEATURE_NOT_APPLICABLE, "a 64-bit kernel needs none");
	else
		verdict_is(
			ret, FEATURE_UNKNOWN, "this 32-bit kernel is none that hvctl judges");
}

/* File copy. */

void judge_file_copy(const struct guest *guest, struct verdict *ret)
{
	const struct device *device = guest_device(guest, CLASS_FCOPY);
	struct attached daemon;

	if (device && device->driver[0] == '\0' &&
		guest_kernel_is_at_least(guest->facts, 6, 10)) {
		judgement_because(&ret->judgement, device_fact(guest, device, "driver"));
		verdict_is(ret, FEATURE_MISSING,
			"the host offers it, and uio_hv_generic does not drive it");
		judgement_fix(&ret->judgement, "modprobe uio_hv_generic");
		return;
	}
	if (!offered_daemon(guest, &service_fcopy, ret, &daemon))
		return;
	judgement_because(&ret->judgement, device_fact(guest, device, "state"));
	verdict_is(ret, FEATURE_READY, "%s takes what Copy-VMFile sends", daemon.name);
}

/* Sockets. */

void judge_sockets(const struct guest *guest, struct verdict *ret)
{
	struct fact driver = fact(guest->facts, "/sys/bus/vmbus/drivers/hv_sock"),
		    node = fact(guest->facts, "/dev/vsock"),
		    core = fact(guest->facts, "/sys/module/vsock");
	unsigned int build = guest_host_build(guest->facts);

	judgement_because(&ret->judgement, driver);
	judgement_because(&ret->judgement, node);
	if (build > 0 && build < 14393) {
		verdict_is(
			ret, FEATURE_NOT_OFFERED, "hosts before Windows Server 2016 have none");
		judgement_fix(
			&ret->judgement, "host: move the virtual machine to a newer host");
		return;
	}
	if (fact_is_there(&driver)) {
		verdict_is(ret, FEATURE_READY,
			"AF_VSOCK reaches the host, if a service is registered there");
		return;
	}
	judgement_because(&ret->judgement, core);
	verdict_is(ret, FEATURE_OFF,
		"hv_sock is not loaded, and nothing loads it when the host calls");
	judgement_fix(&ret->judgement,
		"modprobe hv_sock; echo hv_sock >/etc/modules-load.d/hv_sock.conf");
}

/* PCI pass-through. */

static bool is_function(const struct guest *guest, const struct device *device)
{
	for (size_t i = 0; i < guest->n_parts; i++)
		if (guest->parts[i].device == device &&
			guest_part_is_function(guest, &guest->parts[i]))
			return true;
	return false;
}

static void judge_passed(
	const struct guest *guest, const struct device *device, struct verdict *ret)
{
	judgement_because(&ret->judgement, device_fact(guest, device, "driver"));
	if (!device_is_in_use(device)) {
		verdict_is(ret, FEATURE_MISSING,
			"the host passes a device through, and hv_pci does not drive it");
		judgement_fix(&ret->judgement, "modprobe pci_hyperv");
		return;
	}
	verdict_is(ret, FEATURE_DEGRADED,
		"the host passes a device through, and it does not appear");
	judgement_fix(&ret->judgement, "journalctl -k -b -g hv_pci");
	for (size_t i = 0; i < guest->n_parts; i++) {
		const char *name = guest->parts[i].name;
		struct fact driver = fact(guest->facts, "/sys/bus/pci/devices/%s/driver", name);

		if (guest->parts[i].device != device ||
			strcmp(guest->parts[i].kind, "pci") != 0)
			continue;
		judgement_because(&ret->judgement,
			fact(guest->facts, "/sys/bus/pci/devices/%s/vendor", name));
		judgement_because(&ret->judgement, driver);
		ret->judgement.fix[0] = '\0';
		if (fact_is_there(&driver)) {
			verdict_is(ret, FEATURE_WORKS, "%s is driven by %s", name,
				fact_target(&driver));
		} else {
			verdict_is(ret, FEATURE_MISSING,
				"%s is passed through, and has no driver", name);
			judgement_fix(&ret->judgement,
				"modprobe $(cat /sys/bus/pci/devices/%s/modalias)", name);
		}
		return;
	}
}

void judge_pci(const struct guest *guest, struct verdict *ret)
{
	for (const struct device *at = guest_device(guest, CLASS_PCI); at;
		at = guest_next_device(guest, at))
		if (!is_function(guest, at)) {
			judge_passed(guest, at, ret);
			return;
		}
	judgement_because(&ret->judgement, fact(guest->facts, "/sys/bus/vmbus/drivers/hv_pci"));
	verdict_is(ret, FEATURE_NOT_OFFERED,
		"no device is passed through to this virtual machine");
	judgement_fix(&ret->judgement,
		"host: Add-VMAssignableDevice -VMName NAME -LocationPath PATH");
}
