/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_RNDIS_H
#define HVG_TESTS_HOST_VM_RNDIS_H

/*
 * RNDIS, by which a guest asks its network adapter what it can do: [MS-RNDIS]. Requests in,
 * replies out; the adapter has a MAC, a link, and nothing else that is worth a name.
 */

#include <stddef.h>
#include <stdint.h>

#define RNDIS_MAX_REPLY 512
#define RNDIS_MAC       6

/*
 * The size of the reply, 0 for none; -EBADMSG: the request makes no sense, -EOPNOTSUPP: it is
 * refused, in a reply of *ret_size, and should not have come.
 */
int rndis_answer(const uint8_t mac[RNDIS_MAC], const uint8_t *request, size_t size,
	uint8_t ret[RNDIS_MAX_REPLY], size_t *ret_size);

#endif
