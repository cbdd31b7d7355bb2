// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The least that a KVP daemon can do: it registers, and answers every request with the same key
 * and value. What a round trip costs without a daemon's work.
 */

#include "host/guest/tool.h"

#include <fcntl.h>
#include <linux/hyperv.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

int tool_echo(int argc, char *argv[])
{
	struct hv_kvp_msg request, answer = { 0 };
	struct pollfd fd = { .fd = open(argv[0], O_RDWR | O_CLOEXEC), .events = POLLIN };

	memcpy(answer.body.kvp_enum_data.data.key, "key", 4);
	memcpy(answer.body.kvp_enum_data.data.value, "value", 6);
	request = (struct hv_kvp_msg){ .kvp_hdr.operation = KVP_OP_REGISTER1 };
	if (fd.fd < 0 || write(fd.fd, &request, sizeof(request)) < 0)
		return 1;
	if (poll(&fd, 1, -1) < 0 || read(fd.fd, &request, sizeof(request)) < 0)
		return 1;
	while (poll(&fd, 1, -1) == 1 && read(fd.fd, &request, sizeof(request)) > 0 &&
		write(fd.fd, &answer, sizeof(answer)) > 0)
		;
	return 0;
}
