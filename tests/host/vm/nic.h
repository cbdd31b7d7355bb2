/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_NIC_H
#define HVG_TESTS_HOST_VM_NIC_H

/*
 * A synthetic network adapter, so far that the guest has an interface with a MAC and a link.
 * What it sends goes nowhere, and nothing ever comes.
 */

#include "host/vm/channel.h"
#include "host/vm/rndis.h"

struct nic {
	struct channel channel; /* the first, so that one is the other */
	uint8_t mac[RNDIS_MAC];
	uint32_t version;        /* of NVSP, as the guest has it */
	uint32_t receive_buffer; /* its GPADL */
	uint32_t n_sections, next_section;
};

/* The number of it, from 0. GUID and MAC are set by whoever offers it. */
void nic_init(struct nic *nic, unsigned int number);

#endif
