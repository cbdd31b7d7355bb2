// SPDX-License-Identifier: LGPL-2.1-or-later

/* Files to be read as a whole: kernels and initrds. */

#include "host/vm/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int file_open(struct file *file, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), r = 0;
	struct stat status;
	void *bytes;

	if (fd < 0 || fstat(fd, &status) < 0) {
		r = -errno;
	} else {
		bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (bytes == MAP_FAILED)
			r = -errno;
		else
			*file = (struct file){ bytes, (size_t)status.st_size };
	}
	if (fd >= 0)
		close(fd);
	return r;
}

void file_close(struct file *file)
{
	if (file->bytes)
		(void)munmap(file->bytes, file->size);
	*file = (struct file){ 0 };
}
