/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_BODY_VSS_H
#define HVG_TESTS_HOST_VM_BODY_VSS_H

/* What body.h says of vss_…, on a struct vm_body. */

#include <stdbool.h>
#include <stdint.h>

int vm_vss_send(void *body, uint8_t operation, uint64_t *ret_id);
uint32_t vm_vss_receive(void *body, uint64_t id, uint64_t patience_us);
int vm_vss_offer(void *body);
int vm_vss_withdraw(void *body);
bool vm_vss_is_served(void *body);

/* Withdraws and offers it: the guest has a device that knows nothing of the last one. */
int vm_vss_renew(void *body);

#endif
