// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvg-vm: a virtual machine on a Hyper-V host, told by its control stream what the host does
 * (control.h). This thread waits for orders, for time, and for the processors' news.
 */

#include "host/vm/link.h"
#include "host/vm/orders.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_APPEND   "console=ttyS0 panic=-1 quiet"
#define DEFAULT_MEMORY   384
#define DEFAULT_PATIENCE 300 /* emulated twice, where others run, too: far away */

struct options {
	struct vm_setup setup;
	const char *control;
};

static void usage(FILE *to)
{
	fputs("usage: hvg-vm --kernel FILE --initrd FILE --control PATH [OPTION...]\n"
	      "       hvg-vm --tsc-khz      how fast this machine's time stamp counter is\n"
	      "A virtual machine on a Hyper-V host, for tests.\n"
	      "  --kernel FILE    a bzImage\n"
	      "  --initrd FILE\n"
	      "  --append TEXT    the kernel's command line (" DEFAULT_APPEND ")\n"
	      "  --control PATH   a character device, or a socket to connect to: control.h\n"
	      "  --memory MIB     (384)\n"
	      "  --cpus N         (1)\n"
	      "  --disk FILE      a virtio block device with what the file has, which is never written\n"
	      "  --blank-disk MIB one that is empty; four disks in all\n"
	      "  --hibernation    the guest may be asked to hibernate\n"
	      "  --patience S     with a guest that hangs, 0: endless (300)\n",
		to);
}

static bool parse_number(
	const char *text, unsigned long min, unsigned long max, unsigned long *ret)
{
	char *end;

	errno = 0;
	*ret = strtoul(text, &end, 10);
	return errno == 0 && end != text && *end == '\0' && *ret >= min && *ret <= max;
}

static bool add_disk(struct vm_setup *setup, const char *path, unsigned long mib)
{
	if (setup->n_disks == VM_MAX_DISKS)
		return false;
	setup->disks[setup->n_disks++] = (struct vm_disk){ path, (uint64_t)mib << 20 };
	return true;
}

static bool set_option(struct options *options, int option, const char *value)
{
	unsigned long number = 0;
	bool is_good = true;

	switch (option) {
	case 'k':
		options->setup.kernel = value;
		break;
	case 'i':
		options->setup.initrd = value;
		break;
	case 'a':
		options->setup.append = value;
		break;
	case 'c':
		options->control = value;
		break;
	case 'm':
		is_good = parse_number(value, 64, 2048, &number);
		options->setup.memory_size = (uint64_t)number << 20;
		break;
	case 'd':
		is_good = add_disk(&options->setup, value, 0);
		break;
	case 'b':
		is_good = parse_number(value, 1, OVERLAY_MAX_SIZE >> 20, &number) &&
			  add_disk(&options->setup, NULL, number);
		break;
	case 'h':
		options->setup.has_hibernation = true;
		break;
	case 'p':
		is_good = parse_number(value, 0, 86400, &number);
		options->setup.patience_us = (uint64_t)number * 1000000;
		break;
	case 'n':
		is_good = parse_number(value, 1, KVM_MAX_CPUS, &number);
		options->setup.n_cpus = (unsigned int)number;
		break;
	default:
		return false;
	}
	return is_good;
}

static bool parse_options(int argc, char *argv[], struct options *ret)
{
	static const struct option known[] = {
		{ "kernel", required_argument, NULL, 'k' },
		{ "initrd", required_argument, NULL, 'i' },
		{ "append", required_argument, NULL, 'a' },
		{ "control", required_argument, NULL, 'c' },
		{ "memory", required_argument, NULL, 'm' },
		{ "cpus", required_argument, NULL, 'n' },
		{ "disk", required_argument, NULL, 'd' },
		{ "blank-disk", required_argument, NULL, 'b' },
		{ "hibernation", no_argument, NULL, 'h' },
		{ "patience", required_argument, NULL, 'p' },
		{ 0 },
	};
	int option;

	*ret = (struct options){
		.setup = { .append = DEFAULT_APPEND,
			.memory_size = (uint64_t)DEFAULT_MEMORY << 20,
			.n_cpus = 1,
			.patience_us = DEFAULT_PATIENCE * UINT64_C(1000000) },
	};
	while ((option = getopt_long(argc, argv, "", known, NULL)) >= 0)
		if (!set_option(ret, option, optarg))
			return false;
	return optind == argc && ret->setup.kernel && ret->setup.initrd && ret->control;
}

/* The counter and the clock at one moment, as near as it can be had: of several looks, the shortest. */
static void look_at_both(uint64_t *ret_ticks, uint64_t *ret_ns)
{
	uint64_t shortest = UINT64_MAX;

	for (int i = 0; i < 100; i++) {
		uint64_t before = __builtin_ia32_rdtsc(), took;
		struct timespec now;

		clock_gettime(CLOCK_MONOTONIC_RAW, &now);
		took = __builtin_ia32_rdtsc() - before;
		if (took >= shortest)
			continue;
		shortest = took;
		*ret_ticks = before + took / 2;
		*ret_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	}
}

/* For a kernel that is emulated here: its own measurement is wrong where others want the processor, too. */
static void print_tsc_khz(void)
{
	uint64_t ticks, ns, begin_ticks = 0, begin_ns = 0;

	look_at_both(&begin_ticks, &begin_ns);
	(void)usleep(200000);
	look_at_both(&ticks, &ns);
	printf("%.0f\n", (double)(ticks - begin_ticks) * 1e6 / (double)(ns - begin_ns));
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void say_hello(struct vm *vm)
{
	struct utsname name;
	char text[256];

	(void)uname(&name);
	snprintf(text, sizeof(text), "hvg-vm on %s %s", name.sysname, name.release);
	outbox_open(&vm->outbox, CONTROL_HELLO, 0);
	outbox_u32(&vm->outbox, CONTROL_PROTOCOL);
	outbox_bytes(&vm->outbox, text, strlen(text));
	outbox_close(&vm->outbox);
}

/* 1: go on; 0: ordered to end; negative errno. */
static int obey_all(struct vm *vm, struct link *link)
{
	struct control_frame frame;
	int r;

	while ((r = control_stream_next(&link->in, &frame)) > 0)
		if (!orders_obey(vm, &frame))
			return 0;
	return r < 0 ? r : 1;
}

static int wait_for_something(const struct vm *vm, const struct link *link, uint64_t due_us)
{
	struct pollfd fds[] = {
		{ .fd = link->fd, .events = POLLIN },
		{ .fd = vm->wake_fd, .events = POLLIN },
	};
	uint64_t now = now_us(), count;
	int timeout = due_us == UINT64_MAX ? -1
		: due_us <= now            ? 0
					   : (int)((due_us - now) / 1000 + 1);

	if (link_has_unsent(link))
		fds[0].events |= POLLOUT;
	if (poll(fds, 2, timeout) < 0 && errno != EINTR)
		return -errno;
	(void)!read(vm->wake_fd, &count, sizeof(count));
	return fds[0].revents;
}

/* One turn. As obey_all. */
static int turn(struct vm *vm, struct link *link)
{
	uint64_t due_us;
	int r;

	vm_collect(vm);
	pthread_mutex_lock(&vm->vcpus.lock);
	due_us = vm_tick(vm, now_us());
	link_take(link, &vm->outbox);
	pthread_mutex_unlock(&vm->vcpus.lock);
	r = link_send(link);
	if (r < 0)
		return r;
	r = wait_for_something(vm, link, due_us);
	if (r > 0 && (r & (POLLIN | POLLHUP | POLLERR)))
		r = link_receive(link);
	if (r < 0)
		return r;
	pthread_mutex_lock(&vm->vcpus.lock);
	r = obey_all(vm, link);
	pthread_mutex_unlock(&vm->vcpus.lock);
	return r;
}

static int serve(const struct options *options)
{
	static struct vm vm;
	struct link link;
	int r = link_open(&link, options->control);

	if (r < 0) {
		fprintf(stderr, "hvg-vm: %s: %s\n", options->control, strerror(-r));
		return r;
	}
	r = vm_init(&vm, &options->setup);
	if (r == 0)
		say_hello(&vm);
	for (r = r < 0 ? r : 1; r > 0;)
		r = turn(&vm, &link);
	if (r < 0 && r != -ENOTCONN)
		fprintf(stderr, "hvg-vm: %s\n", strerror(-r));
	vm_done(&vm);
	link_close(&link);
	return r == -ENOTCONN ? 0 : r;
}

int main(int argc, char *argv[])
{
	struct options options;

	if (argc == 2 && strcmp(argv[1], "--tsc-khz") == 0) {
		print_tsc_khz();
		return 0;
	}
	if (!parse_options(argc, argv, &options)) {
		usage(stderr);
		return 2;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	return serve(&options) < 0 ? 1 : 0;
}
