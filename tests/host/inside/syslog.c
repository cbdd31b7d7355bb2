// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A syslog that keeps the text after "<priority>Mon DD HH:MM:SS ", one message per line.
 */

#include "host/inside/syslog.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define DATE_SIZE 16 /* "Mon DD HH:MM:SS " */

static const char *without_date(const char *message)
{
	const char *text = strchr(message, '>');

	text = text ? text + 1 : message;
	return strlen(text) > DATE_SIZE && text[3] == ' ' ? text + DATE_SIZE : text;
}

static void *collect(void *userdata)
{
	struct guest_syslog *syslog = userdata;
	char message[8192];
	ssize_t n;

	while ((n = recv(syslog->socket_fd, message, sizeof(message) - 1, 0)) > 0) {
		message[n] = '\0';
		message[strcspn(message, "\n")] = '\0';
		dprintf(syslog->log_fd, "%s\n", without_date(message));
	}
	return NULL;
}

int guest_syslog_start(struct guest_syslog *syslog, int log_fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };
	int r;

	syslog->log_fd = log_fd;
	syslog->socket_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (syslog->socket_fd < 0)
		return -errno;
	r = bind(syslog->socket_fd, (const struct sockaddr *)&address, sizeof(address));
	if (r == 0)
		r = chmod(address.sun_path, 0666);
	r = r < 0 ? -errno : -pthread_create(&syslog->thread, NULL, collect, syslog);
	if (r < 0)
		close(syslog->socket_fd);
	return r;
}

void guest_syslog_stop(struct guest_syslog *syslog)
{
	(void)shutdown(syslog->socket_fd, SHUT_RDWR);
	(void)pthread_join(syslog->thread, NULL);
	close(syslog->socket_fd);
}
