/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVGUEST_ICMSG_H
#define HVGUEST_ICMSG_H

/*
 * Messages of the integration components inside VMBus packets: struct vmbuspipe_hdr, struct
 * icmsg_hdr and struct icmsg_negotiate of the kernel's hyperv.h.
 *
 *	host: NEGOTIATE, the versions it knows		guest: the one of each that it takes
 *	host: a request of the service			guest: the same with a status, as often as it takes
 *
 * The host may negotiate anew at any time: then whatever was under way is over.
 */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HVG_ICMSG_HEADER_SIZE 28 /* of both headers together; the body follows */

enum hvg_icmsg_type {
	HVG_ICMSG_NEGOTIATE = 0,
	HVG_ICMSG_FCOPY = 7,
};

struct hvg_icversion {
	uint16_t major, minor;
};

struct hvg_icmsg {
	uint32_t pipe_flags, pipe_size;
	struct hvg_icversion framework, version;
	uint16_t type;
	uint16_t body_said; /* what the sender says of the size of its body */
	uint32_t status;
	uint8_t transaction, flags;
	const uint8_t *body; /* all there is, padding included */
	size_t body_size;
};

/* payload: a packet's. -EBADMSG if it is too short to be a message. */
int hvg_icmsg_decode(const void *payload, size_t size, struct hvg_icmsg *ret);

/*
 * The answer to a request: the request again, with a status, marked as a response. Its size, which
 * is the request's; -ENOSPC if ret is too small.
 */
int hvg_icmsg_encode_answer(const struct hvg_icmsg *request, uint32_t status, void *ret, size_t ret_size);

#define HVG_ICVERSIONS_MAX 100 /* of each kind in one offer; the kernel's limit */

/* What the host offers. The versions stay in the message. */
struct hvg_icoffer {
	size_t n_frameworks, n_versions;
	const uint8_t *versions; /* for hvg_icoffer_framework and hvg_icoffer_version */
};

/* -EBADMSG if the body of a NEGOTIATE is none. */
int hvg_icoffer_decode(const struct hvg_icmsg *message, struct hvg_icoffer *ret);

struct hvg_icversion hvg_icoffer_framework(const struct hvg_icoffer *offer, size_t i);
struct hvg_icversion hvg_icoffer_version(const struct hvg_icoffer *offer, size_t i);

/* What the guest takes. */
struct hvg_icchoice {
	struct hvg_icversion framework, version;
};

/* As hvg_icmsg_encode_answer. choice NULL: there is nothing that both know. */
int hvg_icmsg_encode_choice(const struct hvg_icmsg *request, const struct hvg_icchoice *choice, void *ret,
	size_t ret_size);

#ifdef __cplusplus
}
#endif

#endif
