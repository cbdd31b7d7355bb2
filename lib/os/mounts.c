// SPDX-License-Identifier: LGPL-2.1-or-later

#include "os/mounts.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>

#define STEP_BYTES (64 * 1024)

int hvg_file_read(const char *path, char **ret, size_t *ret_size)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	_cleanup_free_ char *text = NULL;
	size_t size = 0, room = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	do {
		if (room - size < STEP_BYTES / 2) {
			char *more = realloc(text, room + STEP_BYTES);

			if (!more)
				return -ENOMEM;
			text = more;
			room += STEP_BYTES;
		}
		n = read(fd, text + size, room - size - 1);
		if (n < 0 && errno != EINTR)
			return -errno;
		size += n > 0 ? (size_t)n : 0;
	} while (n != 0);
	text[size] = '\0';
	*ret = hvg_take_ptr(text);
	*ret_size = size;
	return 0;
}

int hvg_mounts_read(const char *path, struct hvg_mounts *ret)
{
	size_t size;
	int r = hvg_file_read(path, &ret->text, &size);

	if (r < 0)
		return r;
	ret->n = hvg_mountinfo_parse(ret->text, size, NULL, 0);
	ret->list = calloc(ret->n > 0 ? ret->n : 1, sizeof(*ret->list));
	if (!ret->list)
		return -ENOMEM;
	(void)hvg_mountinfo_parse(ret->text, size, ret->list, ret->n);
	return 0;
}

void hvg_mounts_done(struct hvg_mounts *mounts)
{
	free(mounts->text);
	free(mounts->list);
	*mounts = (struct hvg_mounts){ 0 };
}
