/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_BODY_FCOPY_H
#define HVG_TESTS_HOST_VM_BODY_FCOPY_H

/* What body.h says of fcopy_…, on a struct vm_body. */

#include "host/body.h"
#include "host/vm/body-private.h"

int vm_fcopy_send(void *body, const struct host_fcopy_message *request, uint64_t *ret_id);
uint32_t vm_fcopy_receive(void *body, uint64_t id, uint64_t patience_us);
int vm_fcopy_offer(void *body);
int vm_fcopy_withdraw(void *body);
int vm_fcopy_renegotiate(void *body);
bool vm_fcopy_is_served(void *body);

/* A fresh machine's: it is off, and no driver knows of it any more. */
int vm_fcopy_renew(struct vm_body *body);

#endif
