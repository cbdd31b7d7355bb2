// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A machine: one of the bodies, and the clock it is looked at with.
 */

#include "host/machine.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STEP_US 2000

static const struct host_body *const bodies[] = {
	&host_body_fuse,
	&host_body_vm,
};

static const struct host_body *find_body(const char *name)
{
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		if (strcmp(bodies[i]->name, name) == 0)
			return bodies[i];
	return NULL;
}

static const struct daemon {
	const char *name, *service, *path, *user;
	const char *path_on_ring; /* another program, where file copy has a ring */
} daemons[] = {
	{ "ours", "kvp", HVG_BINARY_DIR "/daemons/hv-kvpd/hv-kvpd", "hvguest" },
	{ "debian", "kvp", "/usr/sbin/hv_kvp_daemon", NULL },
	{ "ours", "vss", HVG_BINARY_DIR "/daemons/hv-vssd/hv-vssd", NULL },
	{ "debian", "vss", "/usr/sbin/hv_vss_daemon", NULL },
	{ "ours", "fcopy", HVG_BINARY_DIR "/daemons/hv-fcopyd/hv-fcopyd", NULL },
	{ "debian", "fcopy", "/usr/sbin/hv_fcopy_daemon", NULL, "/usr/sbin/hv_fcopy_uio_daemon" },
	{ "none", "kvp", NULL, NULL },
	{ "none", "vss", NULL, NULL },
	{ "none", "fcopy", NULL, NULL },
};

static const char *path_of(const struct daemon *daemon, const struct host_setup *setup)
{
	return setup->uses_ring && daemon->path_on_ring ? daemon->path_on_ring : daemon->path;
}

int host_setup_daemon(struct host_setup *setup, const char *name, const char *path)
{
	return host_setup_service(setup, "kvp", name, path);
}

int host_setup_service(struct host_setup *setup, const char *service, const char *name, const char *path)
{
	for (size_t i = 0; i < sizeof(daemons) / sizeof(daemons[0]); i++) {
		if (strcmp(daemons[i].name, name) != 0 || strcmp(daemons[i].service, service) != 0)
			continue;
		setup->service = daemons[i].service;
		setup->daemon = daemons[i].name;
		setup->daemon_path = path ? path : path_of(&daemons[i], setup);
		setup->daemon_user = daemons[i].user;
		return 0;
	}
	return -EINVAL;
}

struct machine *machine_new(const struct host_setup *setup)
{
	struct machine *machine = calloc(1, sizeof(*machine));
	const struct host_body *body = find_body(setup->body);
	char message[128];
	int r;

	if (!machine || !body) {
		setup->fail("no such body, or no memory");
		abort();
	}
	*machine = (struct machine){ .setup = setup, .body = body, .daemon = NO_PROCESS };
	record_begin(&machine->record, setup->record_fd > 0 ? setup->record_fd : -1);
	r = body->bring_up(setup, &machine->at);
	if (r < 0) {
		snprintf(message, sizeof(message), "cannot bring up the %s body: %s",
			body->name, strerror(-r));
		setup->fail(message);
		abort();
	}
	if (strcmp(setup->daemon, "ours") == 0)
		guest_install(machine);
	return machine;
}

void machine_free(struct machine *machine)
{
	guest_end_daemon(machine);
	machine->body->tear_down(machine->at);
	record_end(&machine->record);
	free(machine);
}

void machine_note(struct machine *machine, const char *format, ...)
{
	char line[1024];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	machine->body->note(machine->at, line);
}

void machine_fail(struct machine *machine, const char *format, ...)
{
	char message[4096];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	machine->body->note(machine->at, message);
	if (strcmp(machine->setup->service, "vss") == 0)
		guest_thaw_disks(machine);
	machine->setup->fail(message);
	abort();
}

void machine_check(struct machine *machine, int result, const char *what)
{
	if (result < 0)
		machine_fail(machine, "%s: %s", what, strerror(-result));
}

const char *machine_daemon(const struct machine *machine)
{
	return machine->setup->daemon;
}

bool machine_has_kernel(const struct machine *machine)
{
	return machine->body->has_kernel;
}

uint64_t machine_wall_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* 128-bit arithmetic is not needed: a machine does not live that long. */
uint64_t kernel_now_us(struct machine *machine)
{
	return machine_wall_us() * 1000 / (machine->setup->kernel_second_us / 1000);
}

unsigned int kernel_seconds_since(struct machine *machine, uint64_t begin_us)
{
	return (unsigned int)((kernel_now_us(machine) - begin_us) / 1000000);
}

void kernel_seconds_pass(struct machine *machine, unsigned int seconds)
{
	machine_note(machine, "%u kernel seconds pass", seconds);
	(void)usleep((useconds_t)(seconds * machine->setup->kernel_second_us));
}

uint64_t machine_deadline_us(const struct machine *machine)
{
	return machine_wall_us() + machine->setup->patience_us;
}

bool machine_wait_a_little(struct machine *machine, uint64_t deadline_us)
{
	(void)usleep(STEP_US);
	return machine_wall_us() < deadline_us;
}
