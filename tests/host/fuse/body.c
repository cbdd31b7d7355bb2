// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The fuse body: the parts put together. The guest is this process's world, its kernel is
 * driver-kvp.c behind a FUSE folder, and the VMBus is a call into that driver.
 */

#include "host/body.h"
#include "host/fuse/body-fcopy.h"
#include "host/fuse/body-vss.h"
#include "host/inside/bus.h"
#include "host/fuse/driver-kvp.h"
#include "host/inside/network.h"
#include "host/inside/process.h"
#include "host/fuse/server.h"
#include "host/inside/syslog.h"
#include "host/supervise.h"
#include "host/fuse/world.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAX_PROCESSES    64
#define MAX_PENDING      16

#define GONE_PATIENCE_US 10000000 /* for a daemon to close a withdrawn device */

struct pending {
	uint64_t id; /* 0: free */
	bool is_answered;
	struct driver_kvp_packet answer;
};

struct body {
	int log_fd;
	uint64_t kernel_second_us;
	uid_t device_owner;
	struct guest_syslog syslog;
	struct server *server;
	struct driver_kvp kvp;
	struct body_fcopy fcopy;
	bool has_contact;
	uint64_t last_id, negotiation_id;
	struct pending pending[MAX_PENDING];
	struct body_vss vss;
	struct process processes[MAX_PROCESSES]; /* pid 0: free */
	struct process bus;
};

/* The host's end of the VMBus. The server's lock is held. */

static struct pending *find_pending(struct body *body, uint64_t id)
{
	for (size_t i = 0; i < MAX_PENDING; i++)
		if (body->pending[i].id == id)
			return &body->pending[i];
	return NULL;
}

static void collect_answers(struct body *body)
{
	struct driver_kvp_packet answer;
	struct pending *pending;

	if (body->kvp.stopped_by)
		supervise_fault(body->log_fd, "a fault of the machine: the kernel stops at the end of '%s'",
			body->kvp.stopped_by);
	while (driver_kvp_receive(&body->kvp, &answer)) {
		if (answer.id == body->negotiation_id)
			body->has_contact = true;
		pending = find_pending(body, answer.id);
		if (pending) {
			pending->is_answered = true;
			pending->answer = answer;
		}
	}
}

static int fuse_kvp_send(
	void *userdata, const struct host_kvp_message *request, uint64_t *ret_id)
{
	struct body *body = userdata;
	struct driver_kvp_packet packet = { .id = ++body->last_id };
	struct pending *pending;
	int r = -ENOBUFS;

	host_kvp_encode(request, &packet.message);
	(void)server_lock(body->server);
	server_wait_for_close(body->server, "hv_kvp");
	pending = find_pending(body, 0);
	if (pending)
		r = driver_kvp_send(&body->kvp, &packet, server_now());
	if (r == -ENODEV) /* the host knows that without asking */
		*pending = (struct pending){ .id = packet.id, .is_answered = true };
	if (r == -ENODEV)
		pending->answer.status = HOST_GONE;
	if (r == 0)
		*pending = (struct pending){ .id = packet.id };
	server_unlock(body->server);
	*ret_id = packet.id;
	return r == -ENODEV ? 0 : r;
}

static uint32_t fuse_kvp_receive(
	void *userdata, uint64_t id, uint64_t patience_us, struct host_kvp_message *ret_reply)
{
	struct body *body = userdata;
	struct driver_kvp_packet answer = { .status = HOST_NO_ANSWER };
	uint64_t deadline_us = server_lock(body->server) + patience_us;
	struct pending *pending = find_pending(body, id);
	int r = 0;

	for (;;) {
		collect_answers(body);
		if (!pending || pending->is_answered || r < 0)
			break;
		r = server_wait(body->server, deadline_us);
	}
	if (pending && pending->is_answered) {
		answer = pending->answer;
		pending->id = 0;
	}
	server_unlock(body->server);
	host_kvp_decode(&answer.message, ret_reply);
	return answer.status;
}

static bool fuse_kvp_has_contact(void *userdata)
{
	struct body *body = userdata;
	bool has_contact;

	(void)server_lock(body->server);
	collect_answers(body);
	has_contact = body->has_contact;
	server_unlock(body->server);
	return has_contact;
}

static int offer(struct body *body, uint64_t now_us)
{
	struct driver_kvp_packet negotiation = { .id = ++body->last_id, .is_negotiation = true };
	const struct server_device device = {
		.name = "hv_kvp",
		.owner = body->device_owner,
		.ops = &driver_kvp_ops,
		.driver = &body->kvp,
	};
	int r;

	driver_kvp_init(&body->kvp, KERNEL_TIMEOUT_S * body->kernel_second_us);
	r = server_add(body->server, &device);
	if (r == 0)
		r = driver_kvp_send(&body->kvp, &negotiation, now_us);
	body->negotiation_id = negotiation.id;
	body->has_contact = false;
	return r;
}

static int fuse_kvp_offer(void *userdata)
{
	struct body *body = userdata;
	uint64_t now_us = server_lock(body->server), deadline_us = now_us + GONE_PATIENCE_US;
	int r = 0;

	while (r == 0 && server_has(body->server, "hv_kvp"))
		r = server_wait(body->server, deadline_us);
	if (r == 0)
		r = offer(body, now_us);
	server_unlock(body->server);
	return r;
}

static int fuse_kvp_withdraw(void *userdata)
{
	struct body *body = userdata;

	(void)server_lock(body->server);
	collect_answers(body);
	driver_kvp_rescind(&body->kvp);
	body->has_contact = false;
	for (size_t i = 0; i < MAX_PENDING; i++)
		if (body->pending[i].id && !body->pending[i].is_answered) {
			body->pending[i].is_answered = true;
			body->pending[i].answer.status = HOST_GONE;
		}
	server_unlock(body->server);
	return 0;
}

/* File copy. */

static int fuse_fcopy_send(void *userdata, const struct host_fcopy_message *request, uint64_t *ret_id)
{
	struct body *body = userdata;

	return body_fcopy_send(&body->fcopy, request, ret_id);
}

static uint32_t fuse_fcopy_receive(void *userdata, uint64_t id, uint64_t patience_us)
{
	struct body *body = userdata;

	return body_fcopy_receive(&body->fcopy, id, patience_us);
}

static int fuse_fcopy_offer(void *userdata)
{
	struct body *body = userdata;

	return body_fcopy_offer(&body->fcopy);
}

static int fuse_fcopy_withdraw(void *userdata)
{
	struct body *body = userdata;

	return body_fcopy_withdraw(&body->fcopy);
}

static int fuse_fcopy_renegotiate(void *userdata)
{
	struct body *body = userdata;

	return body_fcopy_renegotiate(&body->fcopy);
}

static bool fuse_fcopy_is_served(void *userdata)
{
	struct body *body = userdata;

	return body_fcopy_is_served(&body->fcopy);
}

/* Backup. */

static int fuse_vss_send(void *userdata, uint8_t operation, uint64_t *ret_id)
{
	struct body *body = userdata;

	return body_vss_send(&body->vss, operation, ret_id);
}

static uint32_t fuse_vss_receive(void *userdata, uint64_t id, uint64_t patience_us)
{
	struct body *body = userdata;

	return body_vss_receive(&body->vss, id, patience_us);
}

static int fuse_vss_offer(void *userdata)
{
	struct body *body = userdata;

	return body_vss_offer(&body->vss);
}

static int fuse_vss_withdraw(void *userdata)
{
	struct body *body = userdata;

	return body_vss_withdraw(&body->vss);
}

static bool fuse_vss_is_served(void *userdata)
{
	struct body *body = userdata;

	return body_vss_is_served(&body->vss);
}

static int fuse_vss_suspend(void *userdata)
{
	struct body *body = userdata;

	return body_vss_suspend(&body->vss);
}

/* The guest. */

static int fuse_guest_spawn(void *userdata, const struct guest_command *command)
{
	struct body *body = userdata;
	int i = 0, r;

	while (i < MAX_PROCESSES && body->processes[i].pid)
		i++;
	if (i == MAX_PROCESSES)
		return -ENOBUFS;
	r = process_start(command, body->log_fd, &body->processes[i]);
	return r < 0 ? r : i;
}

static pid_t fuse_guest_pid(void *userdata, int process)
{
	struct body *body = userdata;

	return body->processes[process].pid;
}

static int fuse_guest_signal(void *userdata, int process, int signal)
{
	struct body *body = userdata;

	return process_signal(&body->processes[process], signal);
}

static int fuse_guest_wait(void *userdata, int process, uint64_t patience_us)
{
	struct body *body = userdata;

	return process_wait(&body->processes[process], patience_us);
}

static char *fuse_guest_output(void *userdata, int process)
{
	struct body *body = userdata;
	char *text = NULL;

	(void)process_read_all(body->processes[process].output_fd, &text, NULL);
	return text;
}

static void fuse_guest_forget(void *userdata, int process)
{
	struct body *body = userdata;

	close(body->processes[process].output_fd);
	body->processes[process] = (struct process){ 0 };
}

static int fuse_guest_read(void *userdata, const char *path, char **ret, size_t *ret_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = process_read_all(fd, ret, ret_size);
	close(fd);
	return r;
}

static int fuse_guest_write(void *userdata, const char *path, const void *bytes, size_t size,
	enum guest_write_mode mode)
{
	int flags = mode == GUEST_WRITE_APPEND ? O_APPEND : O_TRUNC;
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644), r = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, bytes, size) != (ssize_t)size)
		r = -EIO;
	close(fd);
	return r;
}

static int fuse_guest_start_bus(void *userdata)
{
	struct body *body = userdata;

	return bus_start(body->log_fd, &body->bus);
}

static int fuse_guest_stop_bus(void *userdata)
{
	struct body *body = userdata;

	return bus_stop(&body->bus);
}

static char *fuse_log(void *userdata)
{
	struct body *body = userdata;
	char *text = NULL;

	(void)process_read_all(body->log_fd, &text, NULL);
	return text;
}

static void fuse_note(void *userdata, const char *line)
{
	struct body *body = userdata;

	dprintf(body->log_fd, "host: %s\n", line);
}

/* Life. */

static int fill(struct body *body, const struct host_setup *setup)
{
	const char *const kept[] = { HVG_SOURCE_DIR, HVG_BINARY_DIR, NULL };
	const struct world_setup world = {
		.state_folder = setup->state_folder,
		.kept = kept,
		.time_limit_s = setup->time_limit_s,
		.log_fd = body->log_fd,
	};
	const struct passwd *owner;
	int r = world_enter(&world);

	if (r == 0)
		r = network_set_up();
	owner = setup->daemon_user ? getpwnam(setup->daemon_user) : NULL;
	body->device_owner = owner ? owner->pw_uid : 0;
	if (r == 0)
		r = guest_syslog_start(&body->syslog, body->log_fd);
	if (r == 0)
		r = server_start("/dev/vmbus", &body->server);
	body->fcopy.server = body->server;
	body->fcopy.uses_ring = setup->uses_ring;
	body->fcopy.device_owner = body->device_owner;
	body->fcopy.timeout_us = KERNEL_TIMEOUT_S * body->kernel_second_us;
	return r;
}

static int fuse_bring_up(const struct host_setup *setup, void **ret)
{
	struct body *body = calloc(1, sizeof(*body));
	int r;

	if (!body)
		return -ENOMEM;
	body->kernel_second_us = setup->kernel_second_us;
	body->log_fd = memfd_create("log", MFD_CLOEXEC);
	if (body->log_fd < 0 || fcntl(body->log_fd, F_SETFL, O_APPEND) < 0)
		r = -errno;
	else
		r = fill(body, setup);
	if (r == 0)
		r = fuse_kvp_offer(body);
	body->vss.server = body->server;
	body->vss.kernel_second_us = setup->kernel_second_us;
	body->vss.owner = body->device_owner;
	if (r == 0)
		r = body_vss_offer(&body->vss);
	if (r < 0) {
		free(body); /* what else there is ends with this process */
		return r;
	}
	*ret = body;
	return 0;
}

static void fuse_tear_down(void *userdata)
{
	struct body *body = userdata;

	for (int i = 0; i < MAX_PROCESSES; i++) {
		if (!body->processes[i].pid)
			continue;
		(void)process_signal(&body->processes[i], SIGKILL);
		(void)process_wait(&body->processes[i], GONE_PATIENCE_US);
		fuse_guest_forget(body, i);
	}
	server_stop(body->server);
	guest_syslog_stop(&body->syslog);
	close(body->log_fd);
	free(body);
}

const struct host_body host_body_fuse = {
	.name = "fuse",
	.bring_up = fuse_bring_up,
	.tear_down = fuse_tear_down,
	.kvp_send = fuse_kvp_send,
	.kvp_receive = fuse_kvp_receive,
	.kvp_offer = fuse_kvp_offer,
	.kvp_withdraw = fuse_kvp_withdraw,
	.kvp_has_contact = fuse_kvp_has_contact,
	.fcopy_send = fuse_fcopy_send,
	.fcopy_receive = fuse_fcopy_receive,
	.fcopy_offer = fuse_fcopy_offer,
	.fcopy_withdraw = fuse_fcopy_withdraw,
	.fcopy_renegotiate = fuse_fcopy_renegotiate,
	.fcopy_is_served = fuse_fcopy_is_served,
	.vss_send = fuse_vss_send,
	.vss_receive = fuse_vss_receive,
	.vss_offer = fuse_vss_offer,
	.vss_withdraw = fuse_vss_withdraw,
	.vss_is_served = fuse_vss_is_served,
	.vss_suspend = fuse_vss_suspend,
	.guest_spawn = fuse_guest_spawn,
	.guest_pid = fuse_guest_pid,
	.guest_signal = fuse_guest_signal,
	.guest_wait = fuse_guest_wait,
	.guest_output = fuse_guest_output,
	.guest_forget = fuse_guest_forget,
	.guest_read = fuse_guest_read,
	.guest_write = fuse_guest_write,
	.guest_start_bus = fuse_guest_start_bus,
	.guest_stop_bus = fuse_guest_stop_bus,
	.log = fuse_log,
	.note = fuse_note,
};
