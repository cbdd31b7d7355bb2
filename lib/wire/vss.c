// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * struct hv_vss_msg of <linux/hyperv.h>: one byte of operation on the way in, four of status on the
 * way out, in the same place; the flags behind them are the kernel's own business.
 */

#include "hvguest/vss.h"

#include "base/bytes.h"
#include "hvguest/status.h"

#include <errno.h>

/* VSS_OP_REGISTER: the older form of the registration, which nobody answers */
#define REGISTER_OLD 128

static enum hvg_vss_op op_from_byte(uint8_t byte)
{
	switch (byte) {
	case HVG_VSS_HOT_BACKUP:
	case HVG_VSS_FREEZE:
	case HVG_VSS_THAW:
	case HVG_VSS_REGISTER:
		return (enum hvg_vss_op)byte;
	default:
		return HVG_VSS_UNKNOWN;
	}
}

int hvg_vss_decode_request(const void *bytes, size_t size, enum hvg_vss_op *ret,
	const char **ret_reason)
{
	struct hvg_reader reader;

	if (size != HVG_VSS_MESSAGE_SIZE) {
		*ret_reason = "its size is wrong";
		return -EBADMSG;
	}
	hvg_reader_init(&reader, bytes, size);
	*ret = op_from_byte(hvg_read_u8(&reader));
	return 0;
}

int hvg_vss_decode_registered(const void *bytes, size_t size)
{
	struct hvg_reader reader;

	hvg_reader_init(&reader, bytes, size);
	return size == HVG_VSS_REGISTERED_SIZE && hvg_read_le32(&reader) == HVG_VSS_REGISTER ? 0 : -EBADMSG;
}

/* vss_on_msg looks for registrations in the lowest byte, vss_respond_to_host for HOT_BACKUP's flags. */
static bool looks_like_an_operation(uint32_t status)
{
	uint8_t byte = (uint8_t)status;

	return byte == REGISTER_OLD || byte == HVG_VSS_REGISTER || byte == HVG_VSS_HOT_BACKUP;
}

void hvg_vss_encode_reply(uint32_t status, uint8_t ret[HVG_VSS_MESSAGE_SIZE])
{
	struct hvg_writer writer;

	hvg_writer_init(&writer, ret, HVG_VSS_MESSAGE_SIZE);
	hvg_write_le32(&writer, looks_like_an_operation(status) ? HVG_STATUS_FAIL : status);
}

void hvg_vss_encode_register(uint8_t ret[HVG_VSS_MESSAGE_SIZE])
{
	struct hvg_writer writer;

	hvg_writer_init(&writer, ret, HVG_VSS_MESSAGE_SIZE);
	hvg_write_u8(&writer, HVG_VSS_REGISTER);
}

const char *hvg_vss_op_name(enum hvg_vss_op op)
{
	switch (op) {
	case HVG_VSS_HOT_BACKUP:
		return "HOT_BACKUP";
	case HVG_VSS_FREEZE:
		return "FREEZE";
	case HVG_VSS_THAW:
		return "THAW";
	case HVG_VSS_REGISTER:
		return "REGISTER";
	case HVG_VSS_UNKNOWN:
		break;
	}
	return "unknown operation";
}
