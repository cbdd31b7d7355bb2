// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The server's thread, lock and table of nodes. The thread sleeps until the guest asks, a
 * deadline passes, or somebody else sets an earlier one.
 */

#include "host/fuse/server-private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>

uint64_t server_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

struct node *server_node(struct server *server, fuse_ino_t ino)
{
	for (size_t i = 0; i < SERVER_NODES; i++)
		if (server->nodes[i].ino == ino)
			return &server->nodes[i];
	return NULL;
}

static uint64_t next_deadline(const struct server *server)
{
	uint64_t deadline_us = DRIVER_NEVER;

	for (size_t i = 0; i < SERVER_NODES; i++)
		if (server->nodes[i].ino && node_deadline(&server->nodes[i]) < deadline_us)
			deadline_us = node_deadline(&server->nodes[i]);
	return deadline_us;
}

static void wake_thread(struct server *server)
{
	(void)eventfd_write(server->wake_fd, 1);
}

static void settle(struct server *server)
{
	for (size_t i = 0; i < SERVER_NODES; i++)
		if (server->nodes[i].ino)
			node_settle(&server->nodes[i], server->now_us);
	if (next_deadline(server) < server->armed_us)
		wake_thread(server);
	pthread_cond_broadcast(&server->changed);
}

uint64_t server_lock(struct server *server)
{
	pthread_mutex_lock(&server->lock);
	server->now_us = server_now();
	return server->now_us;
}

void server_unlock(struct server *server)
{
	settle(server);
	pthread_mutex_unlock(&server->lock);
}

int server_wait(struct server *server, uint64_t deadline_us)
{
	struct timespec deadline = {
		.tv_sec = (time_t)(deadline_us / 1000000),
		.tv_nsec = (long)(deadline_us % 1000000) * 1000,
	};
	int r;

	settle(server);
	r = pthread_cond_timedwait(&server->changed, &server->lock, &deadline);
	server->now_us = server_now();
	return -r;
}

static void sleep_until_asked(struct server *server)
{
	struct pollfd fds[] = {
		{ .fd = server->fuse_fd, .events = POLLIN },
		{ .fd = server->wake_fd, .events = POLLIN },
	};
	struct timespec timeout, *wait = NULL;
	uint64_t now_us, armed_us, left_us;
	eventfd_t ignored;

	now_us = server_lock(server);
	settle(server);
	if (server->armed_us <= now_us || next_deadline(server) < server->armed_us)
		server->armed_us =
			next_deadline(server); /* else: waking once too early is cheaper */
	armed_us = server->armed_us;
	pthread_mutex_unlock(&server->lock);
	if (armed_us != DRIVER_NEVER) {
		left_us = armed_us > now_us ? armed_us - now_us : 0;
		timeout.tv_sec = (time_t)(left_us / 1000000);
		timeout.tv_nsec = (long)(left_us % 1000000) * 1000;
		wait = &timeout;
	}
	(void)ppoll(fds, 2, wait, NULL);
	if (fds[1].revents & POLLIN)
		(void)eventfd_read(server->wake_fd, &ignored);
}

static void *serve(void *userdata)
{
	struct server *server = userdata;
	struct fuse_buf request = { 0 };

	while (!__atomic_load_n(&server->is_stopping, __ATOMIC_ACQUIRE)) {
		sleep_until_asked(server);
		if (fuse_session_receive_buf(server->session, &request) > 0)
			fuse_session_process_buf(server->session, &request);
	}
	free(request.mem);
	return NULL;
}

static int mount_folder(struct server *server)
{
	char options[128];

	snprintf(options, sizeof(options),
		"fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions",
		server->fuse_fd);
	if (mount("hvguest-host", server->folder, "fuse", MS_NOSUID | MS_NOEXEC, options) < 0)
		return -errno;
	server->is_mounted = true;
	return 0;
}

static int start_session(struct server *server)
{
	char name[] = "host", path[32], *argv[] = { name, NULL };
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);

	server->session =
		fuse_session_new(&args, &server_operations, sizeof(server_operations), server);
	fuse_opt_free_args(&args);
	if (!server->session)
		return -ENOMEM;
	snprintf(path, sizeof(path), "/dev/fd/%d",
		server->fuse_fd); /* means: it is mounted already */
	if (fuse_session_mount(server->session, path) < 0)
		return -EIO;
	return -pthread_create(&server->thread, NULL, serve, server);
}

static void init_lock(struct server *server)
{
	pthread_condattr_t attributes;

	pthread_mutex_init(&server->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&server->changed, &attributes);
	pthread_condattr_destroy(&attributes);
}

int server_start(const char *folder, struct server **ret)
{
	struct server *server = calloc(1, sizeof(*server));
	int r;

	if (!server)
		return -ENOMEM;
	init_lock(server);
	server->fuse_fd = open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	server->armed_us = DRIVER_NEVER;
	server->last_ino = FUSE_ROOT_ID;
	server->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	snprintf(server->folder, sizeof(server->folder), "%s", folder);
	r = server->fuse_fd < 0 ? -ENODEV : mount_folder(server);
	if (r == 0)
		r = start_session(server);
	if (r < 0) {
		server_stop(server);
		return r;
	}
	server->is_running = true;
	*ret = server;
	return 0;
}

void server_stop(struct server *server)
{
	if (!server)
		return;
	__atomic_store_n(&server->is_stopping, true, __ATOMIC_RELEASE);
	wake_thread(server);
	if (server->is_running)
		pthread_join(server->thread, NULL);
	for (size_t i = 0; i < SERVER_NODES; i++)
		if (server->nodes[i].ino)
			node_remove(&server->nodes[i]);
	if (server->is_mounted)
		(void)umount2(server->folder, MNT_DETACH);
	if (server->session)
		fuse_session_destroy(server->session); /* closes fuse_fd */
	else
		close(server->fuse_fd);
	close(server->wake_fd);
	free(server);
}

int server_add(struct server *server, const struct server_device *device)
{
	struct node *node = server_node(server, 0);

	if (!node)
		return -ENOSPC;
	node_init(node, ++server->last_ino, device);
	return 0;
}

static const struct node *find(const struct server *server, const char *name)
{
	for (size_t i = 0; i < SERVER_NODES; i++)
		if (server->nodes[i].ino && strcmp(server->nodes[i].name, name) == 0)
			return &server->nodes[i];
	return NULL;
}

bool server_has(const struct server *server, const char *name)
{
	return find(server, name) != NULL;
}

void server_wait_for_close(struct server *server, const char *name)
{
	uint64_t deadline_us = server->now_us + NODE_CLOSE_LASTS_US;
	const struct node *node;

	while (node = find(server, name), node && node->is_closing && server->now_us < deadline_us)
		(void)server_wait(server, deadline_us);
}
