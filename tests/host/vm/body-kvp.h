/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_BODY_KVP_H
#define HVG_TESTS_HOST_VM_BODY_KVP_H

/* What body.h says of kvp_…, on a struct vm_body. */

#include "host/body.h"

int vm_kvp_send(void *body, const struct host_kvp_message *request, uint64_t *ret_id);
uint32_t vm_kvp_receive(
	void *body, uint64_t id, uint64_t patience_us, struct host_kvp_message *ret_reply);
int vm_kvp_offer(void *body);
int vm_kvp_withdraw(void *body);
bool vm_kvp_has_contact(void *body);

/* Withdraws and offers it: the guest has a device that knows nothing of the last one. */
int vm_kvp_renew(void *body);

#endif
