/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVGUEST_FCOPY_H
#define HVGUEST_FCOPY_H

/*
 * Messages of host-to-guest file copy (Copy-VMFile), struct hv_start_fcopy, hv_do_fcopy and
 * hv_fcopy_hdr of <linux/hyperv.h>:
 *
 *	host: START name, folder, size	guest: status
 *	host: WRITE offset, bytes	guest: status		as often as it takes
 *	host: COMPLETE, or CANCEL	guest: status
 *
 * Up to Linux 6.9 they come from /dev/vmbus/hv_fcopy, names as UTF-8; later from the VMBus itself,
 * names as UTF-16.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HVG_FCOPY_FRAGMENT_MAX 6144 /* DATA_FRAGMENT: bytes of the file in one WRITE */
#define HVG_FCOPY_TEXT_CHARS   260  /* W_MAX_PATH: units of each name */
#define HVG_FCOPY_TEXT_SIZE    (3 * HVG_FCOPY_TEXT_CHARS + 1)

/* The character device's registration and its answer; any other answer is a status of this size. */
#define HVG_FCOPY_REGISTER_SIZE 4
#define HVG_FCOPY_STATUS_SIZE	4

enum hvg_fcopy_op {
	HVG_FCOPY_START = 0,
	HVG_FCOPY_WRITE = 1,
	HVG_FCOPY_COMPLETE = 2,
	HVG_FCOPY_CANCEL = 3,
	HVG_FCOPY_UNKNOWN = -1,
};

enum hvg_fcopy_form {
	HVG_FCOPY_CHARDEV, /* text is UTF-8: the kernel has converted it */
	HVG_FCOPY_VMBUS,   /* text is UTF-16LE */
};

/* Text that had to be converted. */
struct hvg_fcopy_texts {
	char name[HVG_FCOPY_TEXT_SIZE], path[HVG_FCOPY_TEXT_SIZE];
};

struct hvg_fcopy_request {
	enum hvg_fcopy_op op;

	/* START. Valid UTF-8, in the texts given to the decoder. */
	const char *name; /* the file's, as it is called on the host */
	const char *path; /* where to, as the administrator wrote it */
	bool overwrites, creates_path;
	uint64_t file_bytes;

	/* WRITE. data points into the message. */
	uint64_t offset;
	const uint8_t *data;
	uint32_t size;
};

/*
 * -EBADMSG, with a static reason, unless the bytes are a message. An operation that nobody knows is
 * one (HVG_FCOPY_UNKNOWN).
 */
int hvg_fcopy_decode(enum hvg_fcopy_form form, const void *bytes, size_t size,
	struct hvg_fcopy_texts *texts, struct hvg_fcopy_request *ret, const char **ret_reason);

void hvg_fcopy_encode_register(uint8_t ret[HVG_FCOPY_REGISTER_SIZE]);

/* The kernel's answer to it. -EBADMSG if it is none. */
int hvg_fcopy_decode_registered(const void *bytes, size_t size, uint32_t *ret_version);

void hvg_fcopy_encode_status(uint32_t status, uint8_t ret[HVG_FCOPY_STATUS_SIZE]);

/* "START", "WRITE"; never NULL. */
const char *hvg_fcopy_op_name(enum hvg_fcopy_op op);

#ifdef __cplusplus
}
#endif

#endif
