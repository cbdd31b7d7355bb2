// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The supervisor is a thread: it takes the daemon's calls one at a time, lets the world catch
 * up with CLOCK_MONOTONIC, and answers from it.
 */

#include "timed/machine.h"

#include "timed/filter.h"

#include <errno.h>
#include <linux/ptp_clock.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>

#define US 1e3
#define MS 1e6

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void catch_up(struct machine *machine)
{
	uint64_t us = now_us();

	sim_world_sleep(&machine->world, (double)(us - machine->lived_us) * US);
	machine->lived_us = us;
}

void machine_lock(struct machine *machine)
{
	pthread_mutex_lock(&machine->lock);
	catch_up(machine);
}

void machine_unlock(struct machine *machine)
{
	pthread_mutex_unlock(&machine->lock);
}

/* The calls. Each returns 0 or more, or negative errno. */

static void copy(pid_t pid, uint64_t address, void *bytes, size_t size, bool is_write)
{
	struct iovec ours = { bytes, size }, theirs = { (void *)(uintptr_t)address, size };
	ssize_t n = is_write ? process_vm_writev(pid, &ours, 1, &theirs, 1, 0)
			     : process_vm_readv(pid, &ours, 1, &theirs, 1, 0);

	if (n != (ssize_t)size)
		abort();
}

static struct ptp_clock_time ptp_time(int64_t ns)
{
	return (struct ptp_clock_time){ .sec = ns / 1000000000,
		.nsec = (uint32_t)(ns % 1000000000) };
}

static int64_t read_clock(struct machine *machine, const struct seccomp_notif *call)
{
	struct hvg_clock_reading readings[PTP_MAX_SAMPLES];
	struct ptp_sys_offset offset;
	int r = machine->read_error;

	machine->n_reads++;
	copy(call->pid, call->data.args[2], &offset, sizeof(offset), false);
	if (offset.n_samples > PTP_MAX_SAMPLES)
		return -EINVAL;
	if (r == 0)
		r = sim_world_read(&machine->world, readings, offset.n_samples);
	if (r < 0)
		return r;
	for (size_t i = 0; i < offset.n_samples; i++) {
		offset.ts[2 * i] = ptp_time(readings[i].before_ns);
		offset.ts[2 * i + 1] = ptp_time(readings[i].device_ns);
		offset.ts[2 * i + 2] = ptp_time(readings[i].after_ns);
	}
	copy(call->pid, call->data.args[2], &offset, sizeof(offset), true);
	return 0;
}

static int64_t adjust_clock(struct machine *machine, const struct seccomp_notif *call)
{
	int64_t before_ns = machine->kernel.set_ns;
	struct timex timex;
	int r;

	copy(call->pid, call->data.args[1], &timex, sizeof(timex), false);
	r = sim_kernel_adjust(&machine->kernel, &timex);
	copy(call->pid, call->data.args[1], &timex, sizeof(timex), true);
	machine->world.guest_ns += (double)(machine->kernel.set_ns - before_ns);
	machine->world.correction_ppb = sim_kernel_rate_ppb(&machine->kernel);
	return r;
}

static int64_t answer(struct machine *machine, const struct seccomp_notif *call)
{
	switch (call->data.nr) {
	case SYS_ioctl:
		return read_clock(machine, call);
	case SYS_clock_adjtime:
		return adjust_clock(machine, call);
	default:
		machine->n_forbidden++;
		return -EPERM;
	}
}

static void serve(struct machine *machine)
{
	struct seccomp_notif call = { 0 };
	struct seccomp_notif_resp reply = { 0 };
	int64_t r;

	if (ioctl(machine->notify_fd, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
		return; /* it was killed meanwhile */
	machine_lock(machine);
	r = answer(machine, &call);
	machine_unlock(machine);
	reply.id = call.id;
	reply.val = r < 0 ? 0 : r;
	reply.error = r < 0 ? (int)r : 0;
	(void)ioctl(machine->notify_fd, SECCOMP_IOCTL_NOTIF_SEND, &reply);
}

static void *supervise(void *userdata)
{
	struct machine *machine = userdata;

	while (!machine->is_ending) {
		struct pollfd call = { .fd = machine->notify_fd, .events = POLLIN };

		if (poll(&call, 1, 20) > 0 && call.revents & POLLIN)
			serve(machine);
	}
	return NULL;
}

/* Life. */

void machine_init(struct machine *machine)
{
	*machine = (struct machine){ .notify_fd = -EBADF, .systemd_input = -EBADF };
	private_bus_init(&machine->bus, "bus");
	folder_write(&machine->bus.folder, "ptp", "");
	folder_write(&machine->bus.folder, "time.conf", "");
	machine->trace = (struct sim_trace){
		.name = "machine",
		.seconds = 1e9,
		.period_s = PERIOD_MS / 1e3,
		.frequency_ppb = 12e3,
		.word_ns = 5 * US,
		.delay_ns = 600,
	};
	pthread_mutex_init(&machine->lock, NULL);
	sim_kernel_init(&machine->kernel);
}

static void exec_in_guest(struct machine *machine, const char *command)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setenv("DBUS_SYSTEM_BUS_ADDRESS", machine->bus.address, 1);
	unsetenv("NOTIFY_SOCKET");
	execl("/bin/sh", "sh", "-c", command, NULL);
	_exit(127);
}

void machine_start_bus(struct machine *machine, const char *units)
{
	char command[512], unit[128];
	int input[2], n;

	private_bus_start(&machine->bus);
	ck_assert_int_eq(pipe(input), 0);
	snprintf(command, sizeof(command), "exec %s systemd >%s/systemd 2>&1",
		HVG_GUEST_STAND_IN, machine->bus.folder.path);
	machine->systemd = fork();
	if (machine->systemd == 0) {
		dup2(input[0], STDIN_FILENO);
		close(input[1]);
		exec_in_guest(machine, command);
	}
	close(input[0]);
	machine->systemd_input = input[1];
	snprintf(command, sizeof(command), "grep -q ready %s/systemd 2>/dev/null",
		machine->bus.folder.path);
	machine_wait(machine, system(command) == 0);
	for (; sscanf(units, " %127s%n", unit, &n) == 1; units += n)
		machine_tell_systemd(machine, "start", unit);
}

void machine_tell_systemd(struct machine *machine, const char *verb, const char *unit)
{
	char command[512];

	ck_assert_int_gt(dprintf(machine->systemd_input, "%s %s\n", verb, unit), 0);
	snprintf(command, sizeof(command), "grep -q '^%s %s$' %s/systemd", verb, unit,
		machine->bus.folder.path);
	machine_wait(machine, system(command) == 0);
}

static void be_daemon(struct machine *machine, int announce_fd, int go_fd)
{
	char command[1024], byte;
	int notify_fd = filter_install();

	if (notify_fd < 0 ||
		write(announce_fd, &notify_fd, sizeof(notify_fd)) != sizeof(notify_fd) ||
		read(go_fd, &byte, 1) != 1)
		_exit(126);
	snprintf(command, sizeof(command),
		"exec %s --debug --device %s/ptp --config %s/time.conf --host-period %dms %s >>%s/log 2>&1",
		HVG_TIMED, machine->bus.folder.path, machine->bus.folder.path, PERIOD_MS,
		machine->options ? machine->options : "", machine->bus.folder.path);
	exec_in_guest(machine, command);
}

/* The filter's descriptor is the child's; ours is a copy, taken before the child becomes the
 * daemon. */
static int take_notify_fd(pid_t pid, int fd)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	int copied = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);

	close(pidfd);
	return copied;
}

void machine_start(struct machine *machine)
{
	int announce[2], go[2], fd;

	if (machine->lived_us == 0) {
		sim_world_init(&machine->world, &machine->trace, 1);
		machine->lived_us = now_us();
	}
	ck_assert_int_eq(pipe(announce), 0);
	ck_assert_int_eq(pipe(go), 0);
	machine->daemon = fork();
	ck_assert_int_ge(machine->daemon, 0);
	if (machine->daemon == 0)
		be_daemon(machine, announce[1], go[0]);
	ck_assert_int_eq(read(announce[0], &fd, sizeof(fd)), sizeof(fd));
	machine->notify_fd = take_notify_fd(machine->daemon, fd);
	ck_assert_int_ge(machine->notify_fd, 0);
	machine->is_ending = false;
	ck_assert_int_eq(pthread_create(&machine->thread, NULL, supervise, machine), 0);
	ck_assert_int_eq(write(go[1], "", 1), 1);
	close(announce[0]);
	close(announce[1]);
	close(go[0]);
	close(go[1]);
}

int machine_stop(struct machine *machine)
{
	int status;

	ck_assert_int_eq(kill(machine->daemon, SIGTERM), 0);
	ck_assert_int_eq(waitpid(machine->daemon, &status, 0), machine->daemon);
	machine->daemon = 0;
	machine->is_ending = true;
	pthread_join(machine->thread, NULL);
	close(machine->notify_fd);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void machine_done(struct machine *machine)
{
	if (machine->daemon > 0)
		(void)machine_stop(machine);
	if (machine->systemd > 0) {
		kill(machine->systemd, SIGKILL);
		(void)waitpid(machine->systemd, NULL, 0);
		close(machine->systemd_input);
	}
	ck_assert_uint_eq(machine->n_forbidden, 0);
	private_bus_done(&machine->bus);
}

/* What the test sees. */

void machine_live(double periods)
{
	usleep((useconds_t)(periods * PERIOD_MS * 1000));
}

double machine_offset_ns(struct machine *machine)
{
	double offset_ns;

	machine_lock(machine);
	offset_ns = sim_world_offset_ns(&machine->world);
	machine_unlock(machine);
	return offset_ns;
}

unsigned int machine_n_changes(struct machine *machine)
{
	unsigned int n;

	machine_lock(machine);
	n = machine->kernel.n_changes;
	machine_unlock(machine);
	return n;
}

static char *read_all(FILE *file)
{
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);
	int c;

	while ((c = fgetc(file)) != EOF)
		fputc(c, memory);
	fclose(memory);
	return text;
}

char *machine_ask(struct machine *machine, int *ret_status, const char *format, ...)
{
	char command[1024], *text;
	va_list arguments;
	int status;
	size_t n;
	FILE *file;

	n = (size_t)snprintf(command, sizeof(command),
		"exec 2>&1; export LC_ALL=C DBUS_SYSTEM_BUS_ADDRESS=%s; ",
		machine->bus.address);
	va_start(arguments, format);
	vsnprintf(command + n, sizeof(command) - n, format, arguments);
	va_end(arguments);
	file = popen(command, "re");
	ck_assert_ptr_nonnull(file);
	text = read_all(file);
	status = pclose(file);
	if (ret_status)
		*ret_status = WEXITSTATUS(status);
	return text;
}

char *machine_log(struct machine *machine)
{
	FILE *file = fopen(folder_path(&machine->bus.folder, "log"), "re");
	char *text = file ? read_all(file) : strdup("(nothing)");

	if (file)
		fclose(file);
	return text;
}

bool machine_has_said(struct machine *machine, const char *text)
{
	char *log = machine_log(machine);
	bool has = strstr(log, text) != NULL;

	free(log);
	return has;
}
