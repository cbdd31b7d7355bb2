// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * compare FILE FROM BYTES: whether that piece of the file is what the host has sent (host/file-bytes.h). A file of
 * gigabytes is compared where it lies, piece by piece.
 */

#include "host/file-bytes.h"
#include "host/guest/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK UINT64_C(65536)

static int compare(int fd, uint64_t at, size_t size)
{
	static uint8_t expected[CHUNK], found[CHUNK];
	ssize_t n = pread(fd, found, size, (off_t)at);

	host_make_bytes(at, expected, size);
	if (n == (ssize_t)size && memcmp(found, expected, size) == 0)
		return 0;
	printf("at %" PRIu64 ": %s\n", at, n < 0 ? strerrorname_np(errno) : n < (ssize_t)size ? "it ends" : "it differs");
	return 1;
}

int tool_compare(int argc, char *argv[])
{
	uint64_t at = strtoull(argv[1], NULL, 10), end = at + strtoull(argv[2], NULL, 10);
	int fd = open(argv[0], O_RDONLY | O_NOFOLLOW | O_CLOEXEC), r = fd < 0;

	for (; r == 0 && at < end; at += CHUNK)
		r = compare(fd, at, end - at < CHUNK ? (size_t)(end - at) : CHUNK);
	return r;
}
