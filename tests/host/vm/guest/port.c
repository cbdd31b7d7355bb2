// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A port of a virtio console, found by its name.
 */

#include "host/vm/guest/port.h"
#include "host/vm/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_US 20000000
#define STEP_US	    5000

static bool is_ours(const char *path)
{
	char name[64] = "";
	FILE *file = fopen(path, "re");

	if (!file)
		return false;
	if (!fgets(name, sizeof(name), file))
		name[0] = '\0';
	(void)fclose(file);
	name[strcspn(name, "\n")] = '\0';
	return strcmp(name, CONTROL_AGENT_PORT) == 0;
}

/* /sys/class/virtio-ports/NODE/name */
static int find_node(char *ret, size_t ret_size)
{
	glob_t found = { 0 };
	int r = -ENOENT;

	(void)glob("/sys/class/virtio-ports/*/name", 0, NULL, &found);
	for (size_t i = 0; r < 0 && i < found.gl_pathc; i++) {
		if (!is_ours(found.gl_pathv[i]))
			continue;
		*strrchr(found.gl_pathv[i], '/') = '\0';
		(void)snprintf(ret, ret_size, "/dev/%s", strrchr(found.gl_pathv[i], '/') + 1);
		r = 0;
	}
	globfree(&found);
	return r;
}

int port_open(struct port *ret)
{
	char node[128];
	int r = -ENOENT;

	for (unsigned int waited = 0; r < 0 && waited < PATIENCE_US; waited += STEP_US) {
		r = find_node(node, sizeof(node));
		if (r < 0)
			(void)usleep(STEP_US);
	}
	if (r < 0)
		return r;
	*ret = (struct port){ .fd = open(node, O_RDWR | O_CLOEXEC) };
	return ret->fd < 0 ? -errno : 0;
}

int port_fill(struct port *port)
{
	uint8_t bytes[4096];
	ssize_t n = read(port->fd, bytes, sizeof(bytes));

	if (n <= 0)
		return n < 0 ? -errno : -EPIPE;
	return control_stream_add(&port->stream, bytes, (size_t)n);
}

static int write_all(int fd, const uint8_t *bytes, size_t size)
{
	ssize_t n;

	for (; size > 0; bytes += n, size -= (size_t)n) {
		n = write(fd, bytes, size);
		if (n < 0)
			return -errno;
	}
	return 0;
}

int port_send(struct port *port, uint32_t type, uint64_t id, const struct message *message)
{
	const struct control_frame frame = {
		.type = type,
		.id = id,
		.payload = message->bytes,
		.size = message->size,
	};
	uint8_t *bytes = malloc(CONTROL_HEADER + frame.size);
	int r;

	if (!bytes)
		return -ENOMEM;
	control_encode_header(&frame, bytes);
	if (frame.size > 0)
		memcpy(bytes + CONTROL_HEADER, frame.payload, frame.size);
	r = write_all(port->fd, bytes, CONTROL_HEADER + frame.size);
	free(bytes);
	return r;
}

int port_reply(struct port *port, uint64_t id, int result, const void *bytes, size_t size)
{
	struct message message = { 0 };
	int r;

	message_add_u32(&message, (uint32_t)result);
	message_add_bytes(&message, bytes, size);
	r = port_send(port, AGENT_REPLY, id, &message);
	message_done(&message);
	return r;
}
