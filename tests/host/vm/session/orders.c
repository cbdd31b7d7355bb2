// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Orders to the monitor (control.h).
 */

#include "host/vm/session/orders.h"
#include "host/host.h"

#include <ctype.h>
#include <stdio.h>

/* Pairs of hexadecimal digits, whatever stands between them. */
static void add_hex(struct message *message, const char *text)
{
	unsigned int byte;

	while (*text) {
		if (isxdigit((unsigned char)*text) && sscanf(text, "%2x", &byte) == 1) {
			message_add_u8(message, (uint8_t)byte);
			text++;
		}
		text++;
	}
}

void order_offer_adapter(
	struct message *message, uint32_t component, const char *guid, const char *mac)
{
	message_add_u32(message, component);
	add_hex(message, guid);
	add_hex(message, mac);
}

void order_offer_guests_adapter(struct link *monitor)
{
	struct message message = { 0 };

	order_offer_adapter(&message, CONTROL_NIC, GUEST_ADAPTER_GUID, GUEST_MAC);
	link_send_message(monitor, CONTROL_OFFER, 0, &message);
	message_done(&message);
}
