/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_ICMSG_H
#define HVG_TESTS_HOST_VM_ICMSG_H

/*
 * The messages of integration components: a pipe header, an IC header, a body. struct
 * vmbuspipe_hdr, icmsg_hdr and icmsg_negotiate of include/linux/hyperv.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ICMSG_HEADERS      28
#define ICMSG_MAX_BODY     12544 /* AUTO_RECOVER of VSS is the longest */
#define ICMSG_MAX_VERSIONS 8

enum icmsg_type {
	ICMSG_NEGOTIATE = 0,
	ICMSG_HEARTBEAT = 1,
	ICMSG_KVP = 2,
	ICMSG_SHUTDOWN = 3,
	ICMSG_TIMESYNC = 4,
	ICMSG_VSS = 5,
	ICMSG_FCOPY = 7,
};

struct icmsg_version {
	uint16_t major, minor;
};

struct icmsg {
	struct icmsg_version framework, message;
	uint16_t type;
	uint32_t status;
	uint8_t transaction;
	const uint8_t *body;
	size_t size;
};

/* What the host says that it knows. */
struct icmsg_versions {
	uint16_t n_framework, n_message;
	struct icmsg_version framework[ICMSG_MAX_VERSIONS], message[ICMSG_MAX_VERSIONS];
};

/* A request, into ICMSG_HEADERS + size bytes. */
void icmsg_encode(const struct icmsg *icmsg, uint8_t *ret);

/* A reply; its body has what follows, up to the end. false: it is none. */
bool icmsg_decode(const uint8_t *bytes, size_t size, struct icmsg *ret);

/* The body of a negotiation; its size. */
#define ICMSG_MAX_NEGOTIATION (8 + 8 * ICMSG_MAX_VERSIONS)
size_t icmsg_encode_versions(const struct icmsg_versions *versions, uint8_t *ret);

/* What the guest has chosen. false: nothing, or nonsense. */
bool icmsg_decode_choice(const struct icmsg *reply, struct icmsg_version *ret_framework,
	struct icmsg_version *ret_message);

#endif
