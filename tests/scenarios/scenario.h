/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_SCENARIOS_SCENARIO_H
#define HVG_TESTS_SCENARIOS_SCENARIO_H

/*
 * A scenario is one table row: a name that is a sentence, and a conversation with a fresh
 * machine. It is written once and runs on every body and with every daemon that the row allows.
 */

#include "host/host.h"

#include <stdlib.h>
#include <string.h>

enum scenario_daemon {
	SCENARIO_KVP,    /* a KVP daemon: ours, or Debian's */
	SCENARIO_OURS,   /* what only ours claims to do: its bus, its settings */
	SCENARIO_FCOPY,  /* a file copy daemon: ours, or Debian's */
	SCENARIO_FCOPY_OURS,
	SCENARIO_DRIVER, /* none: the body's driver itself */
	SCENARIO_VSS,	   /* a daemon for Backup: ours, or Debian's */
	SCENARIO_VSS_OURS, /* hv-vssd alone: its disks are loop devices, which Debian's does not freeze */
};

struct scenario {
	const char *name;
	void (*play)(struct machine *machine);
	enum scenario_daemon daemon;

	/* Why Debian's daemon cannot pass, or NULL. README.md has all of them. */
	const char *not_debian;

	/* Over a VMBus channel it is another daemon, hv_fcopy_uio_daemon: its own reason, or NULL. */
	const char *not_debian_ring;

	bool stops_the_kernel; /* what it does then, and where the exception ends */

	bool needs_kernel; /* only for bodies that have one */
	const char *not_on_kernel; /* or why it cannot be played on those, or NULL */

	/* Only where the guest is a whole system (./dev e2e --root), which all such rows share. */
	bool needs_system;
	bool needs_packages; /* and its services were installed by our packages (./dev e2e --packages) */
	bool spoils_system; /* what it has changed is undone: the next one finds a fresh system */

	/* Why no two plays of it are the same: they are not compared. Or NULL. */
	const char *differs;

	/* On bodies with a kernel: played by full runs only. It takes long there, or its kernel plays no part. */
	bool only_in_full;

	/* Needs servers that $HVG_DATABASES has (see databases); is played there only. */
	bool needs_databases;

	/* It is about the kernel's driver for file copy, which a ring does not have. */
	bool needs_driver;
	bool needs_ring; /* or the other way round */

	/* How long a kernel second is at least; the default is 100. For what is measured on the wall. */
	unsigned int kernel_second_ms;

	/* How long it may take; 0: the default, 300. */
	unsigned int time_limit_s;
};

/* One row: ROW(function), ROW(function, .not_debian = "…") … */
#define ROW(function, ...) { .name = #function, .play = function, ##__VA_ARGS__ }

/* One in a whole system, whose services are the daemons. */
#define SYSTEM_ROW(function, ...)                                                              \
	ROW(function, .daemon = SCENARIO_DRIVER, .needs_system = true, ##__VA_ARGS__)

/* One in a whole system in which our packages are installed. */
#define PACKAGE_ROW(function, ...) SYSTEM_ROW(function, .needs_packages = true, ##__VA_ARGS__)

struct scenario_set {
	const struct scenario *scenarios;
	size_t n;
};

#define SCENARIO_SET(name, rows)                                                               \
	const struct scenario_set name = { (rows), sizeof(rows) / sizeof((rows)[0]) }

extern const struct scenario_set scenarios_calls;
extern const struct scenario_set scenarios_calls_net;
extern const struct scenario_set scenarios_driver;
extern const struct scenario_set scenarios_growth;
extern const struct scenario_set scenarios_fcopy_bus;
extern const struct scenario_set scenarios_fcopy_copy;
extern const struct scenario_set scenarios_fcopy_hostile;
extern const struct scenario_set scenarios_fcopy_life;
extern const struct scenario_set scenarios_fcopy_lisa;
extern const struct scenario_set scenarios_fcopy_ring;
extern const struct scenario_set scenarios_kvp_auto;
extern const struct scenario_set scenarios_kvp_bus;
extern const struct scenario_set scenarios_kvp_files;
extern const struct scenario_set scenarios_kvp_guest;
extern const struct scenario_set scenarios_kvp_hostile;
extern const struct scenario_set scenarios_kvp_hvctl;
extern const struct scenario_set scenarios_kvp_hvctl_absent;
extern const struct scenario_set scenarios_kvp_hvctl_watch;
extern const struct scenario_set scenarios_kvp_inject;
extern const struct scenario_set scenarios_kvp_ip;
extern const struct scenario_set scenarios_kvp_life;
extern const struct scenario_set scenarios_kvp_pools;
extern const struct scenario_set scenarios_kvp_settings;
extern const struct scenario_set scenarios_kvp_stale;
extern const struct scenario_set scenarios_kvp_text;
extern const struct scenario_set scenarios_net_inject;
extern const struct scenario_set scenarios_package_life;
extern const struct scenario_set scenarios_package_lisa;
extern const struct scenario_set scenarios_system_disks;
extern const struct scenario_set scenarios_system_fcopy;
extern const struct scenario_set scenarios_system_hvctl;
extern const struct scenario_set scenarios_system_life;
extern const struct scenario_set scenarios_system_neighbours;
extern const struct scenario_set scenarios_system_net;
extern const struct scenario_set scenarios_system_time;
extern const struct scenario_set scenarios_system_udev;
extern const struct scenario_set scenarios_system_vss;
extern const struct scenario_set scenarios_vss;
extern const struct scenario_set scenarios_vss_applications;
extern const struct scenario_set scenarios_vss_bus;
extern const struct scenario_set scenarios_vss_databases;
extern const struct scenario_set scenarios_vss_fault_table;
extern const struct scenario_set scenarios_vss_faults;
extern const struct scenario_set scenarios_vss_hooks;
extern const struct scenario_set scenarios_vss_strange;
extern const struct scenario_set scenarios_vm_backup;
extern const struct scenario_set scenarios_vm_devices;
extern const struct scenario_set scenarios_vm_heartbeat;
extern const struct scenario_set scenarios_vm_hvctl;
extern const struct scenario_set scenarios_vm_pause;
extern const struct scenario_set scenarios_vm_power;
extern const struct scenario_set scenarios_vm_time;
extern const struct scenario_set scenarios_vm_timed;

/* Expectations. Each says what was expected, and shows the machine's log when it is not so. */

#define expect(condition)                                                                      \
	do {                                                                                   \
		if (!(condition))                                                              \
			machine_fail(m, "%s:%d: expected %s", __func__, __LINE__, #condition); \
	} while (0)

#define expect_number(actual, expected)                                                        \
	do {                                                                                   \
		long long actual_ = (long long)(actual), expected_ = (long long)(expected);    \
		if (actual_ != expected_)                                                      \
			machine_fail(m, "%s:%d: %s is %lld (0x%llx), not %lld (%s)", __func__, \
				__LINE__, #actual, actual_, actual_, expected_, #expected);    \
	} while (0)

#define expect_text_named(name, actual, expected)                                              \
	do {                                                                                   \
		const char *actual_ = (actual), *expected_ = (expected);                       \
		if (!actual_ || strcmp(actual_, expected_) != 0)                               \
			machine_fail(m, "%s:%d: %s is '%s', not '%s'", __func__, __LINE__,     \
				name, actual_ ? actual_ : "(nothing)", expected_);             \
	} while (0)
#define expect_text(actual, expected) expect_text_named(#actual, actual, expected)

#define expect_status(actual, expected) expect_number((uint32_t)(actual), (uint32_t)(expected))

/* The text is given away. */
#define expect_given(actual, expected)                                                         \
	do {                                                                                   \
		char *given_ = (actual);                                                       \
		expect_text_named(#actual, given_, expected);                                  \
		free(given_);                                                                  \
	} while (0)

/* A pool as the host enumerates it to its regular end: "KEY=VALUE\n" for each record. */
#define expect_listed(pool, expected) expect_given(host_kvp_list_text(m, pool), expected)

/* What other software finds in the pool's file. */
#define expect_stored(pool, key, value) expect_given(guest_pool_value(m, pool, key), value)
#define expect_not_stored(pool, key)                                                           \
	do {                                                                                   \
		char *found_ = guest_pool_value(m, pool, key);                                 \
		if (found_)                                                                    \
			machine_fail(m, "%s:%d: found %s = '%s'", __func__, __LINE__, key,     \
				found_);                                                       \
	} while (0)

/*
 * A host that sends FLOOD requests in a row fills no log: of each kind of message there are ten in 30 s
 * (daemons/common/ratelimit.h). FLOOD_LINES is enough for six kinds in a minute, which no scenario outlives.
 */
#define FLOOD	    2000
#define FLOOD_LINES 120

static inline void expect_short_log(struct machine *m, const char *daemon)
{
	char *log = guest_log(m), *rest = log, *line;
	unsigned int n = 0;

	while ((line = strsep(&rest, "\n")))
		n += strncmp(line, daemon, strlen(daemon)) == 0;
	free(log);
	if (n == 0 || n > FLOOD_LINES)
		machine_fail(m, "%s has said %u lines", daemon, n);
}

#define expect_set(pool, key, value)                                                           \
	expect_status(host_kvp_set(m, pool, key, value), HV_S_OK)

#endif
