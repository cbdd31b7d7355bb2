/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_SESSION_WITHDRAW_H
#define HVG_TESTS_HOST_VM_SESSION_WITHDRAW_H

#include "host/vm/session/client.h"

/*
 * A component is withdrawn, but not while its driver is probing it: util_probe() fails then,
 * and destroys the transport of the device before, which was freed with it (seen on 6.1.192).
 */
int client_withdraw(struct vm_client *client, uint32_t component);

#endif
