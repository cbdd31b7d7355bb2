/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVGUEST_VSS_H
#define HVGUEST_VSS_H

/*
 * Live backup (volume shadow copy): the messages of /dev/vmbus/hv_vss.
 *
 *	host <-> kernel (hv_utils) <-> /dev/vmbus/hv_vss <-> these functions <-> your program
 *
 * The whole conversation (struct hv_vss_msg of <linux/hyperv.h>):
 *
 *	program -> kernel	REGISTER, 12 bytes
 *	kernel -> program	its answer, 4 bytes
 *	kernel -> program	one request, 12 bytes: HOT_BACKUP, FREEZE or THAW
 *	program -> kernel	its answer, 12 bytes; then the next request
 *
 * The kernel answers CREATE, DELETE and the rest by itself. It sends a THAW of its own when the
 * machine is suspended; the answer to that one is refused with EINVAL.
 */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HVG_VSS_MESSAGE_SIZE	12 /* sizeof(struct hv_vss_msg) */
#define HVG_VSS_REGISTERED_SIZE 4  /* vss_handle_handshake in drivers/hv/hv_snapshot.c */

/* The kernel answers the host by itself after these times: HV_UTIL_TIMEOUT, VSS_FREEZE_TIMEOUT */
#define HVG_VSS_TIMEOUT_SEC	   30
#define HVG_VSS_FREEZE_TIMEOUT_SEC 900

/* enum hv_vss_op */
enum hvg_vss_op {
	HVG_VSS_HOT_BACKUP = 2, /* could a backup be taken? */
	HVG_VSS_FREEZE = 5,
	HVG_VSS_THAW = 6,
	HVG_VSS_REGISTER = 129, /* VSS_OP_REGISTER1 */
	HVG_VSS_UNKNOWN = 255,	/* ours: whatever else a kernel may hand up */
};

/* -EBADMSG with a static reason if the bytes are no request. */
int hvg_vss_decode_request(const void *bytes, size_t size, enum hvg_vss_op *ret,
	const char **ret_reason);

/* The kernel's answer to REGISTER: 0, or -EBADMSG if it is none. */
int hvg_vss_decode_registered(const void *bytes, size_t size);

/*
 * The answer to a request: HVG_STATUS_…. A status whose lowest byte the kernel would take for an
 * operation (it lies in the same place) goes out as HVG_STATUS_FAIL.
 */
void hvg_vss_encode_reply(uint32_t status, uint8_t ret[HVG_VSS_MESSAGE_SIZE]);

void hvg_vss_encode_register(uint8_t ret[HVG_VSS_MESSAGE_SIZE]);

/* "FREEZE", …; "unknown operation" for anything else. Never NULL. */
const char *hvg_vss_op_name(enum hvg_vss_op op);

#ifdef __cplusplus
}
#endif

#endif
