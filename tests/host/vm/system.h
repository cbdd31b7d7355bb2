/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_SYSTEM_H
#define HVG_TESTS_HOST_VM_SYSTEM_H

/*
 * A guest that is a whole system, with systemd, its services and a root file system on a disk: host.h and deeds.h go
 * on here. Our units are installed and enabled, every network manager is off. Commands are run in it as root by
 * guest_run, guest_try and guest_ask; the journal is in guest_log, and can be waited for by guest_wait_for_log.
 */

#include "host/vm/deeds.h"

/* Disks beside that of the root file system: blank ones. */
#define GUEST_DISK_ROOT	  "/dev/vda"
#define GUEST_DISK_SECOND "/dev/vdb"
#define GUEST_DISK_THIRD  "/dev/vdc"

/* Where packages lie that are not installed, for apt-get or dpkg: chrony, hyperv-daemons. */
#define GUEST_PACKAGES "/opt/packages"

/* Services: a property of systemctl show, which the caller frees; and an ActiveState to wait for. */
char *guest_unit(struct machine *machine, const char *unit, const char *property);
void guest_wait_for_unit(struct machine *machine, const char *unit, const char *state);

/* What a service has said since the boot; the caller frees. */
char *guest_journal(struct machine *machine, const char *unit);

/* By its own will, to the end; and it is up again. */
void guest_reboot(struct machine *machine);

/* The power is cut, and comes back: nothing is shut down or flushed. */
void host_cut_power(struct machine *machine);

/* Its n-th disk gets longer while it runs. */
void host_resize_disk(struct machine *machine, unsigned int n, unsigned int mib);

#endif
