// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Status codes toward the host: the one place that knows them, and the one map from errno.
 */

#include "hvguest/status.h"

#include <errno.h>
#include <stddef.h>

static const struct {
	uint32_t status;
	const char *name;
} names[] = {
	{ HVG_STATUS_OK, "HV_S_OK" },
	{ HVG_STATUS_FAIL, "HV_E_FAIL" },
	{ HVG_STATUS_NO_MORE, "HV_S_CONT" },
	{ HVG_STATUS_NOT_SUPPORTED, "HV_ERROR_NOT_SUPPORTED" },
	{ HVG_STATUS_INVALID, "HV_INVALIDARG" },
	{ HVG_STATUS_ALREADY_EXISTS, "HV_ERROR_ALREADY_EXISTS" },
	{ HVG_STATUS_DISK_FULL, "HV_ERROR_DISK_FULL" },
	{ HVG_STATUS_MACHINE_LOCKED, "HV_ERROR_MACHINE_LOCKED" },
	{ HVG_STATUS_NOT_CONNECTED, "HV_ERROR_DEVICE_NOT_CONNECTED" },
	{ HVG_STATUS_NOT_FOUND, "HV_GUID_NOTFOUND" },
};

uint32_t hvg_status_from_errno(int result)
{
	if (result >= 0)
		return HVG_STATUS_OK;

	switch (-result) {
	case ENOENT:
		return HVG_STATUS_NO_MORE;
	case EOPNOTSUPP:
		return HVG_STATUS_NOT_SUPPORTED;
	case EBADMSG:
	case EINVAL:
	case EMSGSIZE:
		return HVG_STATUS_INVALID;
	case EEXIST:
		return HVG_STATUS_ALREADY_EXISTS;
	case EDQUOT:
	case EFBIG:
	case ENOSPC:
		return HVG_STATUS_DISK_FULL;
	case ENODEV:
		return HVG_STATUS_NOT_FOUND;
	default:
		return HVG_STATUS_FAIL;
	}
}

const char *hvg_status_name(uint32_t status)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].status == status)
			return names[i].name;
	return "unknown status";
}
