/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVGUEST_STATUS_H
#define HVGUEST_STATUS_H

/*
 * The status codes that a guest answers a Hyper-V host with. They are HRESULTs; the names and
 * values are those of <linux/hyperv.h>.
 */

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HVG_STATUS_OK		  UINT32_C(0x00000000) /* HV_S_OK */
#define HVG_STATUS_FAIL		  UINT32_C(0x80004005) /* HV_E_FAIL */
#define HVG_STATUS_NO_MORE	  UINT32_C(0x80070103) /* HV_S_CONT: end of a list, no such key */
#define HVG_STATUS_NOT_SUPPORTED  UINT32_C(0x80070032) /* HV_ERROR_NOT_SUPPORTED */
#define HVG_STATUS_INVALID	  UINT32_C(0x80070057) /* HV_INVALIDARG */
#define HVG_STATUS_ALREADY_EXISTS UINT32_C(0x80070050) /* HV_ERROR_ALREADY_EXISTS */
#define HVG_STATUS_DISK_FULL	  UINT32_C(0x80070070) /* HV_ERROR_DISK_FULL */
#define HVG_STATUS_MACHINE_LOCKED UINT32_C(0x800704f7) /* HV_ERROR_MACHINE_LOCKED */
#define HVG_STATUS_NOT_CONNECTED  UINT32_C(0x8007048f) /* HV_ERROR_DEVICE_NOT_CONNECTED */
#define HVG_STATUS_NOT_FOUND	  UINT32_C(0x80041002) /* HV_GUID_NOTFOUND: no such adapter */

/* The status that tells a host of a result: 0 or positive is OK, negative errno is looked up. */
uint32_t hvg_status_from_errno(int result);

/* The name in <linux/hyperv.h>, for logs; "unknown status" for anything else. Never NULL. */
const char *hvg_status_name(uint32_t status);

#ifdef __cplusplus
}
#endif

#endif
