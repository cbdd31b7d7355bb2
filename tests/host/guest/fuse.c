// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A file system of a type that nobody knows, "fuseblk.strange", on a disk: an empty folder, which cannot be
 * frozen. Stopped, it keeps whoever opens it waiting. The protocol is that of linux/fuse.h.
 */

#include "host/guest/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define DEVICE "/dev/fuse"

/* The largest that the kernel may send with max_write as below. */
#define REQUEST_SIZE (64 * 1024)

union answer {
	struct fuse_init_out init;
	struct fuse_attr_out attributes;
	struct fuse_open_out open;
	struct fuse_statfs_out status;
};

/* The size of the answer, or negative errno. */
static int answer(const struct fuse_in_header *request, bool opens, union answer *ret)
{
	switch (request->opcode) {
	case FUSE_INIT:
		ret->init = (struct fuse_init_out){
			.major = FUSE_KERNEL_VERSION,
			.minor = FUSE_KERNEL_MINOR_VERSION,
			.max_write = 4096,
		};
		return sizeof(ret->init);
	case FUSE_GETATTR:
		ret->attributes.attr = (struct fuse_attr){ .ino = FUSE_ROOT_ID, .mode = S_IFDIR | 0755, .nlink = 2 };
		return sizeof(ret->attributes);
	case FUSE_OPENDIR:
		return opens ? (int)sizeof(ret->open) : -EIO;
	case FUSE_STATFS:
		return sizeof(ret->status);
	case FUSE_READDIR:
	case FUSE_RELEASEDIR:
	case FUSE_DESTROY:
		return 0;
	case FUSE_LOOKUP:
		return -ENOENT;
	default:
		return -ENOSYS;
	}
}

static bool wants_answer(const struct fuse_in_header *request)
{
	return request->opcode != FUSE_FORGET && request->opcode != FUSE_BATCH_FORGET && request->opcode != FUSE_INTERRUPT;
}

static void reply(int fd, const struct fuse_in_header *request, bool opens)
{
	struct {
		struct fuse_out_header header;
		union answer body;
	} message = { .header.unique = request->unique };
	int r = answer(request, opens, &message.body);

	message.header.error = r < 0 ? r : 0;
	message.header.len = (uint32_t)(sizeof(message.header) + (r > 0 ? (size_t)r : 0));
	(void)!write(fd, &message, message.header.len);
}

static int begin(const char *disk, const char *folder)
{
	char options[128];
	int fd;

	(void)mknod(DEVICE, S_IFCHR | 0600, makedev(10, 229));
	fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	(void)snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	return fd < 0 || mount(disk, folder, "fuseblk.strange", MS_NOSUID | MS_NODEV, options) < 0 ? -1 : fd;
}

/* Until it is unmounted. */
int tool_fuse(int argc, char *argv[])
{
	static union {
		struct fuse_in_header header;
		char bytes[REQUEST_SIZE];
	} request;
	bool opens = strcmp(argv[2], "opens") == 0;
	int fd = begin(argv[0], argv[1]);
	ssize_t n;

	if (fd < 0) {
		perror(argv[1]);
		return 1;
	}
	printf("mounted\n");
	while (n = read(fd, &request, sizeof(request)), n > 0 || (n < 0 && (errno == ENOENT || errno == EINTR)))
		if (n > 0 && wants_answer(&request.header))
			reply(fd, &request.header, opens);
	return 0;
}
