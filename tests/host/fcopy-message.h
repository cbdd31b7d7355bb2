/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_FCOPY_MESSAGE_H
#define HVG_TESTS_HOST_FCOPY_MESSAGE_H

/*
 * A file copy message at the level of the host, and as bytes behind the IC header of a VMBus packet.
 * Sizes need not be true: hostile ones must be possible.
 */

#include <linux/hyperv.h>
#include <stddef.h>
#include <stdint.h>

#define HOST_FCOPY_BYTES 6200 /* the largest, with its packet's padding */

struct host_fcopy_message {
	uint32_t op; /* START_FILE_COPY …, or anything */
	uint16_t name[W_MAX_PATH], path[W_MAX_PATH];
	uint32_t flags;
	uint64_t file_size;
	uint64_t offset;
	uint32_t size; /* of data, or what is said of it */
	uint8_t data[DATA_FRAGMENT];
	size_t cut; /* send no more than this; 0: all of it */
};

/* The size of the message; what an operation lacks is zero. */
size_t host_fcopy_encode(const struct host_fcopy_message *message, uint8_t ret[HOST_FCOPY_BYTES]);

#endif
