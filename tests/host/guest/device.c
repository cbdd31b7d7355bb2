// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A device, step by step: the system calls that a daemon could make, and what the kernel says.
 * Each step prints one line, "STEP: RESULT"; a result is a number, a set of poll events or an
 * error's name.
 */

#include "host/guest/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/hyperv.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static char bytes[65536];

struct device {
	const char *path;
	int fd;
};

static long with_errno(long result)
{
	return result < 0 ? -errno : result;
}

static long open_device(struct device *device, int flags)
{
	device->fd = open(device->path, O_RDWR | O_CLOEXEC | flags);
	return device->fd < 0 ? -errno : 0;
}

static long do_open(struct device *device, long argument)
{
	return open_device(device, 0);
}

static long do_open_nonblock(struct device *device, long argument)
{
	return open_device(device, O_NONBLOCK);
}

static long do_open_again(struct device *device, long argument)
{
	struct device other = { .path = device->path };
	long r = open_device(&other, 0);

	if (r == 0)
		close(other.fd);
	return r;
}

static long do_close(struct device *device, long argument)
{
	return with_errno(close(device->fd));
}

/* argument: the operation, or status, in the first four bytes */
static long do_write(struct device *device, long argument)
{
	uint32_t head = (uint32_t)argument;

	memset(bytes, 0, sizeof(struct hv_kvp_msg));
	memcpy(bytes, &head, sizeof(head));
	return with_errno(write(device->fd, bytes, sizeof(struct hv_kvp_msg)));
}

/* argument: how many bytes of a registration */
static long do_write_size(struct device *device, long argument)
{
	memset(bytes, 0, sizeof(bytes));
	bytes[0] = KVP_OP_REGISTER1;
	return with_errno(write(device->fd, bytes, (size_t)argument));
}

static long do_pwrite(struct device *device, long argument)
{
	memset(bytes, 0, sizeof(bytes));
	return with_errno(pwrite(device->fd, bytes, sizeof(struct hv_kvp_msg), argument));
}

static long do_read(struct device *device, long argument)
{
	return with_errno(read(device->fd, bytes, argument > 0 ? (size_t)argument : 8192));
}

static long do_pread(struct device *device, long argument)
{
	return with_errno(pread(device->fd, bytes, 8192, argument));
}

/* What was read last. */
static long do_show(struct device *device, long argument)
{
	return (unsigned char)bytes[argument];
}

static long do_version(struct device *device, long argument)
{
	printf("version '%s'\n", bytes + sizeof(struct hv_kvp_hdr));
	return 0;
}

/* argument: milliseconds, -1 for ever */
static long do_poll(struct device *device, long argument)
{
	struct pollfd fd = { .fd = device->fd, .events = POLLIN | POLLRDNORM | POLLOUT };
	long r = with_errno(poll(&fd, 1, (int)argument));

	return r < 0 ? r : fd.revents;
}

static void on_alarm(int signal)
{
}

/* A signal, argument milliseconds from now; SA_RESTART changes nothing for this device. */
static long do_alarm(struct device *device, long argument)
{
	struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	struct itimerval timer = { .it_value.tv_usec = argument * 1000 };

	(void)sigaction(SIGALRM, &action, NULL);
	return with_errno(setitimer(ITIMER_REAL, &timer, NULL));
}

static long do_sleep(struct device *device, long argument)
{
	return with_errno(usleep((useconds_t)argument * 1000));
}

/* Waits for SIGUSR1, which may have come already. */
static long do_signalled(struct device *device, long argument)
{
	sigset_t wanted;
	int signal;

	sigemptyset(&wanted);
	sigaddset(&wanted, SIGUSR1);
	return -sigwait(&wanted, &signal);
}

/* Waits for the node to be there (argument 1) or gone (0). */
static long do_node(struct device *device, long argument)
{
	while ((access(device->path, F_OK) == 0) != (argument == 1))
		usleep(1000);
	return argument;
}

static const struct {
	const char *name;
	long (*run)(struct device *device, long argument);
} steps[] = {
	{ "alarm", do_alarm },
	{ "close", do_close },
	{ "node", do_node },
	{ "open", do_open },
	{ "open-again", do_open_again },
	{ "open-nonblock", do_open_nonblock },
	{ "poll", do_poll },
	{ "pread", do_pread },
	{ "pwrite", do_pwrite },
	{ "read", do_read },
	{ "show", do_show },
	{ "signalled", do_signalled },
	{ "sleep", do_sleep },
	{ "version", do_version },
	{ "write", do_write },
	{ "write-size", do_write_size },
};

static int run_step(struct device *device, char *step)
{
	char *colon = strchr(step, ':');
	long argument = colon ? strtol(colon + 1, NULL, 0) : 0, r;
	size_t size = colon ? (size_t)(colon - step) : strlen(step);

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (strlen(steps[i].name) != size || strncmp(steps[i].name, step, size) != 0)
			continue;
		r = steps[i].run(device, argument);
		if (r < 0)
			printf("%s -> %s\n", step, strerrorname_np((int)-r));
		else
			printf("%s -> %ld\n", step, r);
		return 0;
	}
	printf("%s: no such step\n", step);
	return 2;
}

int tool_device(int argc, char *argv[])
{
	struct device device = { .path = argv[0], .fd = -1 };
	sigset_t signals;
	int r = 0;

	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
	for (int i = 1; r == 0 && i < argc; i++)
		r = run_step(&device, argv[i]);
	return r;
}
