// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The agent at work: one order after the other, and in between what programs say. Everything is waited
 * for in one place (step), so that a long wait neither stops the log nor keeps an order waiting.
 */

#include "host/vm/guest/serve.h"
#include "host/vm/agent.h"

#include "host/inside/bus.h"
#include "host/inside/process.h"
#include "host/inside/syslog.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAX_PROCESSES 64
#define MAX_WORDS     64
#define STEP_US	      5000 /* between looks at what cannot be waited for */

#define KILL_PATIENCE_US 5000000

struct world {
	struct port *port;
	int log_fds[2]; /* a pipe: programs write into it, we read */
	struct guest_syslog syslog;
	struct process processes[MAX_PROCESSES]; /* pid 0: free */
	struct process bus;
	struct reset *reset; /* NULL: in a whole system, which a reset leaves as it is */
};

struct order {
	uint64_t id;
	struct message_reader reader;
};

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int reply(struct world *world, const struct order *order, int result)
{
	return port_reply(world->port, order->id, result, NULL, 0);
}

/* What has been said, as far as it has been written by now. */
static int pass_log_on(struct world *world)
{
	uint8_t bytes[8192];
	struct message message = { 0 };
	ssize_t n;
	int r = 0;

	while (r == 0 && (n = read(world->log_fds[0], bytes, sizeof(bytes))) > 0) {
		message_add_bytes(&message, bytes, (size_t)n);
		r = port_send(world->port, AGENT_LOG, 0, &message);
		message.size = 0;
	}
	message_done(&message);
	return r;
}

/* Until an order comes (1), fd is readable, or timeout_us has passed (0). fd: -1 for none. */
static int step(struct world *world, int fd, uint64_t timeout_us)
{
	struct pollfd fds[] = {
		{ .fd = world->port->fd, .events = POLLIN },
		{ .fd = world->log_fds[0], .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};
	int timeout_ms = timeout_us == UINT64_MAX ? -1 : (int)((timeout_us + 999) / 1000);

	if (poll(fds, 3, timeout_ms) < 0)
		return errno == EINTR ? 0 : -errno;
	if (fds[1].revents) {
		int r = pass_log_on(world);

		if (r < 0)
			return r;
	}
	return fds[0].revents ? 1 : 0;
}

static struct process *find_process(struct world *world, struct order *order)
{
	uint32_t number = message_take_u32(&order->reader);

	return number < MAX_PROCESSES && world->processes[number].pid
		       ? &world->processes[number]
		       : NULL;
}

static const char **take_words(struct message_reader *reader, const char *ret[static MAX_WORDS])
{
	uint32_t n = message_take_u32(reader);

	for (uint32_t i = 0; i < n && i < MAX_WORDS - 1; i++)
		ret[i] = message_take_text(reader);
	ret[n < MAX_WORDS ? n : MAX_WORDS - 1] = NULL;
	return ret;
}

static int on_ping(struct world *world, struct order *order)
{
	int r = pass_log_on(world);

	return r < 0 ? r : reply(world, order, 0);
}

static int on_spawn(struct world *world, struct order *order)
{
	const char *argv[MAX_WORDS], *environment[MAX_WORDS], *user;
	struct guest_command command = { .talks_to_log = message_take_u8(&order->reader) != 0 };
	int i = 0, r;

	user = message_take_text(&order->reader);
	command.user = user[0] ? user : NULL;
	command.argv = take_words(&order->reader, argv);
	command.environment = take_words(&order->reader, environment);
	while (i < MAX_PROCESSES && world->processes[i].pid)
		i++;
	if (order->reader.is_bad || !argv[0])
		return reply(world, order, -EBADMSG);
	if (i == MAX_PROCESSES)
		return reply(world, order, -ENOBUFS);
	r = process_start(&command, world->log_fds[1], &world->processes[i]);
	return reply(world, order, r < 0 ? r : i);
}

static int on_pid(struct world *world, struct order *order)
{
	const struct process *process = find_process(world, order);

	return reply(world, order, process ? process->pid : -ESRCH);
}

static int on_signal(struct world *world, struct order *order)
{
	const struct process *process = find_process(world, order);
	int signal = (int)message_take_u32(&order->reader);

	return reply(world, order, process ? process_signal(process, signal) : -ESRCH);
}

static int on_wait(struct world *world, struct order *order)
{
	struct process *process = find_process(world, order);
	uint64_t patience_us = message_take_u64(&order->reader), deadline_us = now_us() + patience_us;
	int status, fd, r = 0;

	if (!process)
		return reply(world, order, -ESRCH);
	while ((status = process_wait(process, 0)) == -ETIMEDOUT && r == 0 && now_us() < deadline_us) {
		fd = pidfd_open(process->pid, 0);
		r = step(world, fd, deadline_us - now_us());
		close(fd);
	}
	if (r < 0)
		return r;
	r = pass_log_on(world); /* its last words come first */
	return r < 0 ? r : reply(world, order, status);
}

static int reply_with_file(struct world *world, const struct order *order, int fd, uint64_t offset)
{
	static uint8_t bytes[AGENT_CHUNK];
	ssize_t n = 0, size = 0;

	while (size < AGENT_CHUNK &&
		(n = pread(fd, bytes + size, (size_t)(AGENT_CHUNK - size), (off_t)offset + size)) > 0)
		size += n;
	if (n < 0)
		return reply(world, order, -errno);
	return port_reply(world->port, order->id, 0, bytes, (size_t)size);
}

static int on_output(struct world *world, struct order *order)
{
	const struct process *process = find_process(world, order);

	if (!process)
		return reply(world, order, -ESRCH);
	return reply_with_file(
		world, order, process->output_fd, message_take_u64(&order->reader));
}

static int on_forget(struct world *world, struct order *order)
{
	struct process *process = find_process(world, order);

	if (!process)
		return reply(world, order, -ESRCH);
	close(process->output_fd);
	*process = (struct process){ 0 };
	return reply(world, order, 0);
}

static int on_read(struct world *world, struct order *order)
{
	int fd = open(message_take_text(&order->reader), O_RDONLY | O_CLOEXEC), r;

	if (fd < 0)
		return reply(world, order, -errno);
	r = reply_with_file(world, order, fd, message_take_u64(&order->reader));
	close(fd);
	return r;
}

static int on_write(struct world *world, struct order *order)
{
	const char *path = message_take_text(&order->reader);
	int flags = message_take_u8(&order->reader) == GUEST_WRITE_APPEND ? O_APPEND : O_TRUNC;
	size_t size = (size_t)(order->reader.end - order->reader.at);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644), r = 0;

	if (fd < 0)
		return reply(world, order, -errno);
	if (write(fd, order->reader.at, size) != (ssize_t)size)
		r = -EIO;
	close(fd);
	return reply(world, order, r);
}

static int on_start_bus(struct world *world, struct order *order)
{
	return reply(world, order, bus_start(world->log_fds[1], &world->bus));
}

static int on_stop_bus(struct world *world, struct order *order)
{
	return reply(world, order, bus_stop(&world->bus));
}

static int on_await_node(struct world *world, struct order *order)
{
	const char *path = message_take_text(&order->reader);
	uid_t uid = message_take_u32(&order->reader);
	uint64_t deadline_us = now_us() + message_take_u64(&order->reader);
	struct stat stat;
	int r = 0;

	while (lstat(path, &stat) < 0 || stat.st_uid != uid) {
		if (r != 0 || now_us() > deadline_us)
			return r < 0 ? r : reply(world, order, -ETIMEDOUT);
		r = step(world, -1, STEP_US);
	}
	return reply(world, order, 0);
}

/* What was started in a system is ended; what that has changed stays. */
static int on_reset(struct world *world, struct order *order)
{
	for (size_t i = 0; i < MAX_PROCESSES; i++) {
		struct process *process = &world->processes[i];

		if (!process->pid)
			continue;
		(void)kill(-process->pid, SIGKILL); /* its session: process.c */
		(void)process_wait(process, KILL_PATIENCE_US);
		close(process->output_fd);
		*process = (struct process){ 0 };
	}
	return reply(world, order, 0);
}

static int (*const handlers[])(struct world *world, struct order *order) = {
	[AGENT_PING] = on_ping,
	[AGENT_RESET] = on_reset,
	[AGENT_SPAWN] = on_spawn,
	[AGENT_PID] = on_pid,
	[AGENT_SIGNAL] = on_signal,
	[AGENT_WAIT] = on_wait,
	[AGENT_OUTPUT] = on_output,
	[AGENT_FORGET] = on_forget,
	[AGENT_READ] = on_read,
	[AGENT_WRITE] = on_write,
	[AGENT_START_BUS] = on_start_bus,
	[AGENT_STOP_BUS] = on_stop_bus,
	[AGENT_AWAIT_NODE] = on_await_node,
};

static int obey(struct world *world, const struct control_frame *frame)
{
	struct order order = {
		.id = frame->id,
		.reader = message_read(frame->payload, frame->size),
	};

	if (frame->type >= sizeof(handlers) / sizeof(handlers[0]) || !handlers[frame->type])
		return reply(world, &order, -EOPNOTSUPP);
	return handlers[frame->type](world, &order);
}

static int obey_all(struct world *world)
{
	struct control_frame frame;
	int r;

	while ((r = control_stream_next(&world->port->stream, &frame)) > 0) {
		if (frame.type == AGENT_RESET && world->reset) {
			world->reset->id = frame.id;
			world->reset->with_rule = frame.size > 0 && frame.payload[0];
			return 1;
		}
		r = obey(world, &frame);
		if (r < 0)
			break;
	}
	return r;
}

int serve(struct port *port, struct reset *ret)
{
	static struct world world;
	int r = 0;

	world.port = port;
	world.reset = ret;
	if (pipe2(world.log_fds, O_CLOEXEC) < 0 ||
		fcntl(world.log_fds[0], F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	if (ret) {
		(void)unlink("/dev/log"); /* the former world's */
		r = guest_syslog_start(&world.syslog, world.log_fds[1]);
	}
	while (r == 0) {
		r = step(&world, -1, UINT64_MAX);
		if (r > 0)
			r = port_fill(port);
		if (r >= 0)
			r = obey_all(&world);
	}
	return r;
}
