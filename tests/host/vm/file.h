/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_FILE_H
#define HVG_TESTS_HOST_VM_FILE_H

/* A file's bytes, mapped. All zero is none. */

#include <stddef.h>
#include <stdint.h>

struct file {
	uint8_t *bytes;
	size_t size;
};

int file_open(struct file *file, const char *path);
void file_close(struct file *file);

#endif
