/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_OUTBOX_H
#define HVG_TESTS_HOST_VM_OUTBOX_H

/*
 * The news for outside, as frames in memory until somebody sends them. Everything in the
 * monitor that has something to say says it here. Without memory for it the monitor ends.
 */

#include "host/vm/control.h"

struct outbox {
	uint8_t *bytes;
	size_t n, room;
	size_t open_at; /* where the frame that is being written begins */
};

/* A frame, part by part. */
void outbox_open(struct outbox *outbox, uint32_t type, uint64_t id);
void outbox_u16(struct outbox *outbox, uint16_t value);
void outbox_u32(struct outbox *outbox, uint32_t value);
void outbox_bytes(struct outbox *outbox, const void *bytes, size_t size);
void outbox_close(struct outbox *outbox);

/* A whole one: CONTROL_CONSOLE, CONTROL_FROM_AGENT. */
void outbox_put(struct outbox *outbox, uint32_t type, const void *bytes, size_t size);

/* A line of CONTROL_RECORD or CONTROL_FAULT. */
void outbox_record(struct outbox *outbox, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void outbox_fault(struct outbox *outbox, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A fault with the bytes that are not understood. */
void outbox_fault_bytes(
	struct outbox *outbox, const char *what, const uint8_t *bytes, size_t size);

void outbox_reply(struct outbox *outbox, uint64_t id, int result);

void outbox_done(struct outbox *outbox);

#endif
