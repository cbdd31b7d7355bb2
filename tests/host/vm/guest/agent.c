// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The guest's first process: it boots, then makes one world after the other. A world is a process in
 * namespaces of its own, in which a scenario's programs live and die: when it ends, all of them have.
 * Network and devices are the machine's own.
 *
 * With --system it is a service of a system that has booted by itself, and serves in that.
 */

#include "host/vm/guest/boot.h"
#include "host/vm/guest/port.h"
#include "host/vm/guest/serve.h"

#include "host/inside/layer.h"
#include "host/inside/network.h"
#include "host/vm/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAMESPACES (CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID)

static struct port port;
static struct reset *reset; /* shared: the world leaves it to the next one */

/* Without a console's messages nobody would know why a guest does not boot. */
static void give_up(const char *what, int r) __attribute__((noreturn));

static void give_up(const char *what, int r)
{
	fprintf(stderr, "agent: %s: %s\n", what, strerror(-r));
	sync();
	(void)reboot(RB_POWER_OFF);
	_exit(1);
}

static void must(int r, const char *what)
{
	if (r < 0)
		give_up(what, r);
}

static void say_ready(void)
{
	struct message message = { 0 };
	struct utsname names;

	(void)uname(&names);
	message_add_text(&message, names.release);
	must(port_send(&port, AGENT_READY, 0, &message), "port");
	message_done(&message);
}

static int enter_world(void)
{
	const char *const kept[] = { "/run/udev", NULL };
	const struct layer_setup layer = { .kept = kept, .has_devices = true };

	return layer_enter(&layer);
}

static void live(int result) __attribute__((noreturn));

static void live(int result)
{
	const struct reset ordered = *reset;
	int r = enter_world();

	*reset = (struct reset){ 0 };
	if (ordered.id)
		(void)port_reply(&port, ordered.id, result < 0 ? result : r, NULL, 0);
	if (r == 0)
		r = serve(&port, reset);
	if (r < 0)
		fprintf(stderr, "agent: the world ended: %s\n", strerror(-r));
	_exit(r < 0);
}

/* Whatever else has become a child of ours ends on the way. */
static void wait_for(pid_t pid)
{
	pid_t ended;

	do
		ended = waitpid(-1, NULL, 0);
	while (ended != pid && (ended >= 0 || errno == EINTR));
}

static void make_world(int result)
{
	/* The flags of clone(), as fork() would: in a new process whose pid is 1. */
	pid_t pid = (pid_t)syscall(SYS_clone, NAMESPACES | SIGCHLD, 0, NULL, NULL, 0);

	if (pid == 0)
		live(result);
	must(pid < 0 ? -errno : 0, "clone");
	wait_for(pid);
}

static int prepare_next_world(void)
{
	int r = boot_install_rule(reset->with_rule);

	return r < 0 ? r : network_reset();
}

static void boot(void)
{
	must(boot_mount(), "mounts");
	must(boot_load_modules("/modules/port"), "the port's modules");
	must(boot_load_modules("/modules/hyperv"), "modules");
	must(boot_start_udev(), "udev");
	must(port_open(&port), "no port");
	reset = mmap(NULL, sizeof(*reset), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(reset == MAP_FAILED ? -errno : 0, "memory");
}

static int serve_in_system(void)
{
	int r = port_open(&port);

	if (r == 0) {
		say_ready();
		r = serve(&port, NULL);
	}
	fprintf(stderr, "agent: %s\n", strerror(-r));
	return 1;
}

int main(int argc, char *argv[])
{
	if (argc > 1 && strcmp(argv[1], "--system") == 0)
		return serve_in_system();
	(void)setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	boot();
	say_ready();
	make_world(0);
	for (;;)
		make_world(prepare_next_world());
}
