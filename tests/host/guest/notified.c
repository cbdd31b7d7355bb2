// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * systemd's end of sd_notify(3): prints what a service says of itself.
 */

#include "host/guest/tool.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

int tool_notified(int argc, char *argv[])
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char text[4096];
	ssize_t n;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", argv[0]);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || chmod(argv[0], 0666) < 0) {
		perror(argv[0]);
		return 1;
	}
	printf("ready\n");
	while (n = recv(fd, text, sizeof(text), 0), n >= 0)
		printf("%.*s\n", (int)n, text);
	return 0;
}
