// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * ./dev demo: hvg-demo-fcopy HV-FCOPYD HVCTL. A Hyper-V host copies files into a Linux guest, on the
 * host double: the daemon, its device node's bytes, the bus and the files are real.
 */

#include "host/host.h"

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIZE (UINT64_C(48) << 20)

static const char *hvctl;

static void stop(const char *message)
{
	errx(1, "%s", message);
}

static void chapter(const char *text)
{
	printf("\n%s\n", text);
	fflush(stdout);
}

static void show_guest(struct machine *machine, const char *command)
{
	char *said;

	printf("    guest$ %s\n", command);
	said = guest_ask(machine, "PATH=$(dirname %s):$PATH; %s", hvctl, command);
	printf("%s", said);
	free(said);
}

/* On a terminal of the guest's own, so that there is a bar. */
static int begin_watching(struct machine *machine)
{
	static const char command[] =
		"mkdir -p /dev/pts && mount -t devpts -o newinstance,ptmxmode=666 devpts /dev/pts &&"
		" ln -sf pts/ptmx /dev/ptmx && stty cols 132 2>/dev/null; exec script -qfc \"$0 fcopy watch\" /dev/null";
	const char *argv[] = { "/bin/sh", "-c", command, hvctl, NULL };
	int watch = guest_spawn(machine, &(struct guest_command){ .argv = argv });

	sleep(1); /* it listens, and has nothing to say yet */
	return watch;
}

/* What it has printed since the last time. */
static void show_watch(struct machine *machine, int watch)
{
	static size_t shown;
	char *said = guest_output(machine, watch);

	if (strlen(said) > shown)
		printf("%s", said + shown);
	shown = strlen(said);
	free(said);
	fflush(stdout);
}

static void copy_large(struct machine *machine, int watch)
{
	const struct host_file file = { .name = "deploy.tar", .destination = "/srv/from-host/", .size = SIZE,
		.creates_path = true };
	uint32_t status = host_copy_start(machine, &file);

	for (uint64_t at = 0; status == HV_S_OK && at < SIZE; at += DATA_FRAGMENT) {
		status = host_copy_write(machine, &file, at, SIZE - at < DATA_FRAGMENT ? (uint32_t)(SIZE - at) :
												 DATA_FRAGMENT);
		if (at / DATA_FRAGMENT % 64 == 0) {
			show_watch(machine, watch);
			usleep(20000); /* a host that is far away: the bar is to be seen */
		}
	}
	if (status == HV_S_OK)
		status = host_copy_complete(machine);
	if (status != HV_S_OK)
		errx(1, "the host got 0x%08x", status);
	guest_wait_for_output(machine, watch, "done /srv");
	show_watch(machine, watch);
}

static void refuse(struct machine *machine, const char *destination, const char *name)
{
	uint32_t status = host_copy_text(machine, destination, name, "owned");

	printf("    host> Copy-VMFile … -DestinationPath %s%s\n    host> 0x%08x\n", destination, name, status);
	if (status == HV_S_OK)
		errx(1, "that was taken");
}

static void play(struct machine *machine)
{
	int watch = begin_watching(machine);

	chapter("The host copies 48 MiB; `hvctl fcopy watch` in the guest:");
	copy_large(machine, watch);
	show_guest(machine, "ls -l /srv/from-host");

	chapter("What is there already is not replaced, and some places are nobody's:");
	refuse(machine, "/srv/from-host/", "deploy.tar");
	refuse(machine, "/proc/sys/kernel/", "core_pattern");

	chapter("What became of them:");
	show_guest(machine, "hvctl fcopy history");
	guest_signal(machine, watch, SIGTERM);
}

int main(int argc, char *argv[])
{
	struct host_setup setup = {
		.body = "fuse",
		.kernel_second_us = 1000000,
		.patience_us = 20000000,
		.time_limit_s = 120,
		.fail = stop,
	};
	struct machine *machine;

	if (argc != 3)
		errx(2, "usage: hvg-demo-fcopy HV-FCOPYD HVCTL");
	if (geteuid() != 0)
		errx(2, "the guest is made of namespaces, which takes root: try ./dev demo");
	hvctl = argv[2];
	if (host_setup_service(&setup, "fcopy", "ours", argv[1]) < 0)
		errx(1, "%s cannot be started", argv[1]);
	machine = machine_new(&setup);
	guest_start_bus(machine);
	host_fcopy_offer(machine);
	guest_start_daemon(machine);
	guest_wait_for_bus_name(machine, "org.hvguest.FileCopy1");
	play(machine);
	machine_free(machine);
	chapter("That is file copy.");
	return 0;
}
