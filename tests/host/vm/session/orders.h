/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_SESSION_ORDERS_H
#define HVG_TESTS_HOST_VM_SESSION_ORDERS_H

/* What orders to the monitor carry, from what a scenario has. */

#include "host/vm/message.h"
#include "host/vm/session/link.h"

/* "b5e15ac5-0000-4000-8000-00155d010203", "00:15:5d:01:02:03" */
void order_offer_adapter(
	struct message *message, uint32_t component, const char *guid, const char *mac);

/* The one that every guest has (host.h). */
void order_offer_guests_adapter(struct link *monitor);

#endif
