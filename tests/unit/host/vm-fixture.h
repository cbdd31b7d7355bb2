/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_UNIT_HOST_VM_FIXTURE_H
#define HVG_TESTS_UNIT_HOST_VM_FIXTURE_H

/*
 * What suites of the monitor share: a guest's memory, the news that go outside, and a VMBus
 * whose guest is the test: it posts messages, lends rings, and reads and writes them.
 */

#include "host/vm/vmbus.h"

#include <stdbool.h>

#define VM_MEMORY   (8u << 20)
#define VM_PAGE     4096u
#define VM_MESSAGES 64

struct vm_fixture {
	struct memory memory;
	struct outbox outbox;
	struct control_stream news;
	struct vmbus vmbus;

	/* What the host posted and signalled. */
	struct {
		uint8_t bytes[256];
		size_t size;
	} messages[VM_MESSAGES];
	size_t n_messages, n_taken;
	unsigned int n_signals;
	uint32_t signalled_relid, signalled_cpu;
	uint32_t n_cpus;

	/* The guest's ends of the rings that it has lent last. */
	uint8_t *ring_pages[16];
	struct ring to_host, from_host;
	uint32_t last_gpadl;
};

extern struct vm_fixture vm;

void vm_fixture_set_up(void);
void vm_fixture_tear_down(void);

/* The next news of that type; false: there is none. All before it is skipped. */
bool vm_next_news(uint32_t type, struct control_frame *ret);

/* Checks: the next reply is to id, with that result; the next fault has that text; none is
 * there. */
void vm_expect_reply(uint64_t id, int result);
void vm_expect_fault(const char *text);
void vm_expect_no_fault(void);
void vm_expect_state(uint32_t component, enum control_state state);
void vm_forget_news(void);

/* The guest's part. words: behind the header of a control message. */
bool vm_guest_says(uint32_t type, const uint32_t *words, size_t n);
void vm_guest_connects(uint32_t version);

/* The next message of the host's; NULL: there is none. It must be as long as Linux wants it. */
const uint8_t *vm_guest_hears(uint32_t type);

/* A list of so many pages from that address on, lent to a channel; its number. */
uint32_t vm_guest_lends(uint32_t relid, uint64_t address, size_t n_pages);

/* Rings of four pages each, and the channel opened with them. */
void vm_guest_opens(uint32_t relid);

void vm_guest_sends(const struct ring_packet *packet, const struct channel *channel);

/* false: there is nothing in the ring. The packet is good until the next call. */
bool vm_guest_receives(struct ring_packet *ret);

#endif
