/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_BODY_H
#define HVG_TESTS_HOST_VM_BODY_H

/* The vm body, for those who know that it is one. */

#include "host/body.h"
#include "host/vm/session/client.h"

struct vm_client *vm_body_client(void *body);

/* Whether its kernel leaves file copy to a daemon on the bare channel (UIO). */
bool vm_body_has_channel(void);

/* Starts the guest, after cutting its power if it runs; returns when it is up. */
int vm_body_boot(void *body);

/* Its two halves: the power is on; it is up. */
int vm_body_begin_boot(void *body);
int vm_body_end_boot(void *body);

#endif
