/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_BODY_PRIVATE_H
#define HVG_TESTS_HOST_VM_BODY_PRIVATE_H

/* What the parts of the vm body share. */

#include "host/vm/session/client.h"

struct vm_body {
	struct vm_client client;
	uid_t device_owner; /* of Data Exchange's node */
	bool has_system;    /* the guest is a whole one */
	bool has_kvp;	    /* it is not withdrawn */
	int n_registered;   /* with Backup's driver, before it was offered */
	bool has_rule;	    /* our udev rule gives devices to owners and drivers */
	bool has_channel;   /* file copy as from Linux 6.10 on: no driver of its own, but UIO */
};

bool vm_body_has(const struct vm_body *body, uint32_t component);
int vm_body_offer(struct vm_body *body, uint32_t component);

/* Until the node is there and belongs to that user. */
int vm_body_wait_for_node(struct vm_body *body, const char *node, uid_t owner);

#endif
