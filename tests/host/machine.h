/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_MACHINE_H
#define HVG_TESTS_HOST_MACHINE_H

/* What the two ends of a machine (host.c, guest.c) share. */

#include "host/host.h"
#include "host/record.h"

#define NO_PROCESS (-1)

struct machine {
	const struct host_setup *setup;
	const struct host_body *body;
	void *at; /* the body's */
	int daemon;
	struct host_record record;
};

/* A line in the machine's log. */
void machine_note(struct machine *machine, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Ends the scenario if result is negative: what could not be done. */
void machine_check(struct machine *machine, int result, const char *what);

uint64_t machine_wall_us(void);

/* If it still runs: whatever a scenario did to it, it ends as it should. */
void guest_end_daemon(struct machine *machine);

/* What a package of ours does when it is installed: files, folders, a config without settings. */
void guest_install(struct machine *machine);

/*
 * Thaws what a scenario that fails leaves frozen: it would stay so for as long as the machine that the
 * tests run on is up, with a loop device that nobody can take away.
 */
void guest_thaw_disks(struct machine *machine);

#endif
