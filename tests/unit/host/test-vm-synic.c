// SPDX-License-Identifier: LGPL-2.1-or-later

/* Message slots and event flags: the guest is the test, which empties its slot as Linux does.
 */

#include "suites.h"
#include "vm-fixture.h"

#include "host/vm/bytes.h"
#include "host/vm/synic.h"

#include <string.h>

#define MESSAGES_AT 0x5000u
#define FLAGS_AT    0x6000u
#define VECTOR      0xf3u

#define CONTROL     0x40000080u
#define FLAGS       0x40000082u
#define MESSAGES    0x40000083u
#define END         0x40000084u
#define SINT2       0x40000092u

static struct synic synic;
static unsigned int n_interrupts, last_cpu, last_vector;

static void interrupt(void *userdata, unsigned int cpu, uint8_t vector)
{
	n_interrupts++;
	last_cpu = cpu;
	last_vector = vector;
}

static void set_up(void)
{
	vm_fixture_set_up();
	memset(&synic, 0, sizeof(synic));
	synic.memory = &vm.memory;
	synic.outbox = &vm.outbox;
	synic.interrupt = interrupt;
	synic_init(&synic);
	n_interrupts = 0;
}

/* hv_synic_enable_regs() */
static void enable(unsigned int cpu, uint32_t at)
{
	ck_assert(synic_write(&synic, cpu, MESSAGES, at | 1));
	ck_assert(synic_write(&synic, cpu, FLAGS, (at + 0x1000) | 1));
	ck_assert(synic_write(&synic, cpu, SINT2, VECTOR));
	ck_assert(synic_write(&synic, cpu, CONTROL, 1));
}

static uint8_t *slot(void)
{
	return vm.memory.bytes + MESSAGES_AT + 0x200;
}

/* vmbus_signal_eom(): true if something more was announced, and so was asked for. */
static bool take(uint8_t first_byte)
{
	bool is_pending;

	ck_assert_uint_eq(get_le32(slot()), 1);
	ck_assert_uint_eq(slot()[16], first_byte);
	put_le32(slot(), 0);
	is_pending = slot()[5] & 1;
	if (is_pending)
		ck_assert(synic_write(&synic, 0, END, 0));
	return is_pending;
}

static void post(uint8_t first_byte)
{
	synic_post(&synic, &first_byte, 1);
}

START_TEST(begins_masked_and_off)
{
	uint64_t value;

	ck_assert(synic_read(&synic, 0, SINT2, &value));
	ck_assert_uint_eq(value, 0x10000);
	ck_assert(synic_read(&synic, 0, MESSAGES, &value));
	ck_assert_uint_eq(value, 0);
	ck_assert(synic_read(&synic, 0, 0x40000081, &value));
	ck_assert_uint_eq(value, 1);
	ck_assert(synic_write(&synic, 0, MESSAGES, 0x5001));
	ck_assert(synic_read(&synic, 0, MESSAGES, &value));
	ck_assert_uint_eq(value, 0x5001);
	ck_assert(synic_read(&synic, 1, MESSAGES, &value));
	ck_assert_uint_eq(value, 0);
	ck_assert(synic_write(&synic, 0, 0x4000009f, 5));
	ck_assert(synic_read(&synic, 0, 0x4000009f, &value));
	ck_assert_uint_eq(value, 5);
	ck_assert(!synic_write(&synic, 0, 0x400000a0, 5));
	ck_assert(!synic_read(&synic, 0, 0x4000008f, &value));
	ck_assert(!synic_read(&synic, 0, 0x40000085, &value));
	ck_assert(!synic_write(&synic, 0, 0x40000081, 1));
}
END_TEST

START_TEST(puts_a_message_into_the_slot)
{
	static const uint8_t bytes[] = { 1, 2, 3 };

	enable(0, MESSAGES_AT);
	memset(slot() + 4, 0xff, 12);
	synic_post(&synic, bytes, sizeof(bytes));
	ck_assert_uint_eq(get_le32(slot()), 1);
	ck_assert_uint_eq(slot()[4], 3);
	ck_assert_uint_eq(slot()[5], 0);
	ck_assert_mem_eq(slot() + 16, bytes, 3);
	ck_assert_uint_eq(n_interrupts, 1);
	ck_assert_uint_eq(last_vector, VECTOR);
}
END_TEST

START_TEST(waits_with_the_next_until_the_slot_is_empty)
{
	enable(0, MESSAGES_AT);
	post(1);
	ck_assert_uint_eq(slot()[5] & 1, 0);
	post(2);
	post(3);
	ck_assert_uint_eq(slot()[5] & 1, 1);
	ck_assert_uint_eq(n_interrupts, 1);
	ck_assert(take(1));
	ck_assert_uint_eq(n_interrupts, 2);
	ck_assert(take(2));
	ck_assert(!take(3));
	ck_assert_uint_eq(get_le32(slot()), 0);
	ck_assert_uint_eq(n_interrupts, 3);
}
END_TEST

START_TEST(keeps_messages_for_a_guest_that_is_not_ready)
{
	post(1);
	post(2);
	ck_assert_uint_eq(n_interrupts, 0);
	enable(0, MESSAGES_AT);
	ck_assert_uint_eq(get_le32(slot()), 1);
	ck_assert(take(1));
	ck_assert(!take(2));
}
END_TEST

START_TEST(says_when_the_guest_takes_nothing)
{
	for (unsigned int i = 0; i < SYNIC_MAX_WAITING; i++)
		post((uint8_t)i);
	vm_expect_no_fault();
	post(0);
	vm_expect_fault("does not take its messages");
	enable(0, MESSAGES_AT);
	for (unsigned int i = 0; i < SYNIC_MAX_WAITING; i++)
		ck_assert_int_eq(take((uint8_t)i), i < SYNIC_MAX_WAITING - 1);
}
END_TEST

START_TEST(sets_flags_of_the_processor_that_is_meant)
{
	const uint8_t *flags = vm.memory.bytes + 0x9000 + 0x200;

	enable(0, MESSAGES_AT);
	enable(1, 0x8000);
	synic_signal(&synic, 1, 11);
	synic_signal(&synic, 1, 8);
	ck_assert_uint_eq(flags[1], 1u << 3 | 1u << 0);
	ck_assert_uint_eq(n_interrupts, 2);
	ck_assert_uint_eq(last_cpu, 1);
	ck_assert_uint_eq(vm.memory.bytes[FLAGS_AT + 0x201], 0);
	synic_signal(&synic, 1, 2047);
	ck_assert_uint_eq(flags[255], 0x80);
	synic_signal(&synic, 1, 2048);
	synic_signal(&synic, SYNIC_MAX_CPUS, 1);
	ck_assert_uint_eq(n_interrupts, 3);
}
END_TEST

START_TEST(interrupts_nobody_who_masks_it)
{
	enable(0, MESSAGES_AT);
	ck_assert(synic_write(&synic, 0, SINT2, 0x10000 | VECTOR));
	synic_signal(&synic, 0, 1);
	post(1);
	ck_assert_uint_eq(n_interrupts, 0);
	ck_assert_uint_eq(get_le32(slot()), 1);
}
END_TEST

START_TEST(writes_only_into_memory)
{
	ck_assert(synic_write(&synic, 0, SINT2, VECTOR));
	ck_assert(synic_write(&synic, 0, MESSAGES, VM_MEMORY | 1));
	ck_assert(synic_write(&synic, 0, FLAGS, UINT64_MAX));
	post(1);
	synic_signal(&synic, 0, 1);
	ck_assert_uint_eq(n_interrupts, 0);
}
END_TEST

Suite *hvg_suite_host_vm_synic(void)
{
	Suite *suite = suite_create("host/vm/synic");
	TCase *tcase = hvg_suite_case(suite, "slots");

	tcase_add_checked_fixture(tcase, set_up, vm_fixture_tear_down);
	tcase_add_test(tcase, begins_masked_and_off);
	tcase_add_test(tcase, puts_a_message_into_the_slot);
	tcase_add_test(tcase, waits_with_the_next_until_the_slot_is_empty);
	tcase_add_test(tcase, keeps_messages_for_a_guest_that_is_not_ready);
	tcase_add_test(tcase, says_when_the_guest_takes_nothing);
	tcase_add_test(tcase, sets_flags_of_the_processor_that_is_meant);
	tcase_add_test(tcase, interrupts_nobody_who_masks_it);
	tcase_add_test(tcase, writes_only_into_memory);
	return suite;
}
