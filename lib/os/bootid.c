// SPDX-License-Identifier: LGPL-2.1-or-later

/* The boot id is a GUID as text in one line. */

#include "os/bootid.h"

#include "base/cleanup.h"
#include "base/guid.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

int hvg_bootid_read(uint8_t ret[static HVG_BOOTID_SIZE])
{
	_cleanup_close_ int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	char text[HVG_GUID_TEXT_SIZE];
	struct hvg_guid guid;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	if (hvg_guid_parse(text, &guid) < 0)
		return -EBADMSG;
	memcpy(ret, guid.bytes, HVG_BOOTID_SIZE);
	return 0;
}
