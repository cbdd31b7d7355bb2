// SPDX-License-Identifier: LGPL-2.1-or-later

/* The guest's end of a VMBus, in the test's memory. */

#include "vm-fixture.h"

#include "host/vm/bytes.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define RINGS_AT  0x100000u
#define N_RING    4
#define OPEN_SIZE 148

struct vm_fixture vm;

static void post(void *userdata, const uint8_t *bytes, size_t size)
{
	ck_assert_uint_lt(vm.n_messages, VM_MESSAGES);
	ck_assert_uint_le(size, 240);
	memcpy(vm.messages[vm.n_messages].bytes, bytes, size);
	vm.messages[vm.n_messages++].size = size;
}

static void signal_channel(void *userdata, uint32_t cpu, uint32_t relid)
{
	vm.n_signals++;
	vm.signalled_cpu = cpu;
	vm.signalled_relid = relid;
}

static bool choose_cpu(void *userdata, uint32_t cpu)
{
	return cpu < vm.n_cpus;
}

static const struct vmbus_ops ops = {
	.post = post,
	.signal = signal_channel,
	.choose_cpu = choose_cpu,
};

void vm_fixture_set_up(void)
{
	memset(&vm, 0, sizeof(vm));
	vm.n_cpus = 1;
	ck_assert_int_eq(memory_new(&vm.memory, VM_MEMORY), 0);
	vm.vmbus = (struct vmbus){
		.memory = &vm.memory,
		.outbox = &vm.outbox,
		.ops = &ops,
	};
	vmbus_init(&vm.vmbus);
	vmbus_reset(&vm.vmbus);
	vm.last_gpadl = 0xe1e0f;
}

void vm_fixture_tear_down(void)
{
	gpadls_drop_all(&vm.vmbus.gpadls);
	control_stream_done(&vm.news);
	outbox_done(&vm.outbox);
	memory_free(&vm.memory);
}

bool vm_next_news(uint32_t type, struct control_frame *ret)
{
	ck_assert_int_eq(control_stream_add(&vm.news, vm.outbox.bytes, vm.outbox.n), 0);
	vm.outbox.n = 0;
	while (control_stream_next(&vm.news, ret) > 0)
		if (ret->type == type)
			return true;
	return false;
}

void vm_forget_news(void)
{
	struct control_frame frame;

	(void)vm_next_news(UINT32_MAX, &frame);
}

void vm_expect_reply(uint64_t id, int result)
{
	struct control_frame frame;

	ck_assert(vm_next_news(CONTROL_REPLY, &frame));
	ck_assert_uint_eq(frame.id, id);
	ck_assert_uint_ge(frame.size, 8);
	ck_assert_int_eq((int)get_le32(frame.payload), result);
}

void vm_expect_fault(const char *text)
{
	struct control_frame frame;

	ck_assert_msg(vm_next_news(CONTROL_FAULT, &frame), "no fault: %s", text);
	ck_assert_msg(memmem(frame.payload, frame.size, text, strlen(text)), "%.*s, not %s",
		(int)frame.size, (const char *)frame.payload, text);
}

void vm_expect_no_fault(void)
{
	struct control_frame frame;
	bool is_one = vm_next_news(CONTROL_FAULT, &frame);

	ck_assert_msg(!is_one, "%.*s", is_one ? (int)frame.size : 0,
		is_one ? (const char *)frame.payload : "");
}

void vm_expect_state(uint32_t component, enum control_state state)
{
	struct control_frame frame;

	ck_assert(vm_next_news(CONTROL_COMPONENT, &frame));
	ck_assert_uint_eq(get_le32(frame.payload), component);
	ck_assert_uint_eq(get_le32(frame.payload + 4), state);
}

bool vm_guest_says(uint32_t type, const uint32_t *words, size_t n)
{
	uint8_t bytes[240] = { 0 };

	put_le32(bytes, type);
	for (size_t i = 0; i < n; i++)
		put_le32(bytes + 8 + 4 * i, words[i]);
	return vmbus_message(&vm.vmbus, 1, bytes, 8 + 4 * n);
}

void vm_guest_connects(uint32_t version)
{
	const uint32_t words[8] = { version };

	ck_assert(vm_guest_says(14, words, 8));
	ck_assert_uint_eq(vm_guest_hears(15)[8], 1);
	ck_assert(vm_guest_says(3, NULL, 0));
}

/* Sizes below which hv_vmbus warns and drops a message. */
static size_t size_of(uint32_t type)
{
	static const size_t sizes[32] = { [1] = 196,
		[2] = 12,
		[4] = 8,
		[6] = 20,
		[10] = 20,
		[12] = 12,
		[15] = 16,
		[17] = 8,
		[24] = 16 };

	return type < 32 ? sizes[type] : 0;
}

const uint8_t *vm_guest_hears(uint32_t type)
{
	const uint8_t *bytes;

	if (vm.n_taken == vm.n_messages)
		return NULL;
	bytes = vm.messages[vm.n_taken].bytes;
	ck_assert_uint_eq(get_le32(bytes), type);
	ck_assert_uint_eq(vm.messages[vm.n_taken].size, size_of(type));
	if (++vm.n_taken == vm.n_messages)
		vm.n_taken = vm.n_messages = 0;
	return bytes;
}

uint32_t vm_guest_lends(uint32_t relid, uint64_t address, size_t n_pages)
{
	uint32_t words[5 + 2 * 26] = { relid, ++vm.last_gpadl,
		1u << 16 | (uint32_t)(8 + 8 * n_pages), (uint32_t)(n_pages * VM_PAGE), 0 };

	ck_assert_uint_le(n_pages, 26);
	for (size_t i = 0; i < n_pages; i++)
		words[5 + 2 * i] = (uint32_t)(address / VM_PAGE + i);
	ck_assert(vm_guest_says(8, words, 5 + 2 * n_pages));
	ck_assert_uint_eq(get_le32(vm_guest_hears(10) + 12), vm.last_gpadl);
	return vm.last_gpadl;
}

void vm_guest_opens(uint32_t relid)
{
	uint32_t words[(OPEN_SIZE - 8) / 4] = { relid, relid };

	memset(vm.memory.bytes + RINGS_AT, 0, (size_t)2 * N_RING * VM_PAGE);
	for (unsigned int i = 0; i < 2 * N_RING; i++)
		vm.ring_pages[i] = vm.memory.bytes + RINGS_AT + (size_t)i * VM_PAGE;
	ck_assert_int_eq(ring_init(&vm.to_host, vm.ring_pages, N_RING), 0);
	ck_assert_int_eq(ring_init(&vm.from_host, vm.ring_pages + N_RING, N_RING), 0);
	words[2] = vm_guest_lends(relid, RINGS_AT, (size_t)2 * N_RING);
	words[4] = N_RING;
	ck_assert(vm_guest_says(5, words, sizeof(words) / sizeof(words[0])));
	ck_assert_uint_eq(get_le32(vm_guest_hears(6) + 16), 0);
}

void vm_guest_sends(const struct ring_packet *packet, const struct channel *channel)
{
	ck_assert_int_eq(ring_write(&vm.to_host, packet), 0);
	ck_assert(vmbus_signal(&vm.vmbus, 0x2000 + channel->relid));
}

bool vm_guest_receives(struct ring_packet *ret)
{
	static uint8_t bytes[RING_MAX_PACKET];
	int r = ring_read(&vm.from_host, bytes, ret);

	ck_assert_int_ge(r, 0);
	return r > 0;
}
