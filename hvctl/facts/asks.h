/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_ASKS_H
#define HVG_HVCTL_ASKS_H

/*
 * Questions that no file answers, or not by its name alone. Each adds facts, most with paths
 * that do not begin with '/', and adds nothing where there is no answer. What was read from
 * files is there already, and sorted. -ENOMEM is the only error.
 */

#include "hvctl/facts/facts.h"

#include <stdint.h>

/* kvp/host/KEY, what the host said of itself, as hv-kvpd keeps it; kvp/files/POOL */
int ask_pools(const char *root, struct facts *facts);

/* caller/user: "root", or another's number */
int ask_caller(struct facts *facts);

/* uname/machine, page/size */
int ask_kernel(struct facts *facts);

/* cpuid/LEAF: "EAX EBX ECX EDX" */
int ask_processor(struct facts *facts);

/* kernel/log: the lines that matter here */
int ask_log(struct facts *facts);

/* clock/boot in seconds since 1970; clock/host-offset: "-18400 ns" */
int ask_clock(struct facts *facts);

/* /proc/PID/comm, /proc/PID/cgroup and /proc/PID/fd/N, of those that are looked for */
int ask_processes(struct facts *facts);

/* units/NAME: "active", of those that are looked for */
int ask_units(struct facts *facts);

/* ethtool/NAME/channels, …/mtu-max, …/FEATURE: "on", "off [fixed]" */
int ask_adapters(struct facts *facts);

/* gpt/NAME/alternate, a sector; scsi/NAME/sectors; filesystems/MAJOR:MINOR in bytes */
int ask_disks(struct facts *facts);

/* How many bytes an open SCSI disk says it has; 0 if it does not answer. */
uint64_t ask_capacity(int fd);

/* Adds a fact as by printf. */
int ask_add(struct facts *facts, const char *path, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
