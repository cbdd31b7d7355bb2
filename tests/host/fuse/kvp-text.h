/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_FUSE_KVP_TEXT_H
#define HVG_TESTS_HOST_FUSE_KVP_TEXT_H

/*
 * What the kernel does to a KVP message on its way: kvp_send_key toward the daemon,
 * kvp_respond_to_host toward the host (drivers/hv/hv_kvp.c).
 */

#include <linux/hyperv.h>
#include <stdint.h>

/* From the host's packet to what the daemon reads. */
void kvp_text_to_daemon(const struct hv_kvp_msg *packet, struct hv_kvp_msg *ret);

/*
 * The field of a successful answer that has no NUL in it, by its name, or NULL. The kernel's strlen()
 * knows where the field ends, and stops the kernel there: CONFIG_FORTIFY_SOURCE, which distributions
 * set; seen on 6.1 and 6.12.
 */
const char *kvp_text_without_end(const struct hv_kvp_msg *answer, uint8_t operation);

/*
 * Writes the daemon's successful answer over the host's packet. Returns the status that the
 * host gets: HV_S_OK, or HV_E_FAIL for text that cannot be converted.
 */
uint32_t kvp_text_to_host(const struct hv_kvp_msg *answer, struct hv_kvp_msg *packet);

#endif
