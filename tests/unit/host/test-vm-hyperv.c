// SPDX-License-Identifier: LGPL-2.1-or-later

/* What a guest finds of Hyper-V: leaves, registers, hypercalls, and two clocks. */

#include "suites.h"
#include "vm-fixture.h"

#include "host/vm/bytes.h"
#include "host/vm/cpuid.h"
#include "host/vm/hyperv.h"

#include <string.h>
#include <time.h>

#define PAGE_AT  0x7000u
#define INPUT_AT 0x8000u

static struct hyperv hyperv;
static struct synic synic;
static struct clock guest_clock;
static uint8_t heard[256];
static size_t heard_size;
static uint32_t heard_connection;

static bool message(void *userdata, uint32_t connection, const uint8_t *bytes, size_t size)
{
	memcpy(heard, bytes, size);
	heard_size = size;
	heard_connection = connection;
	return connection < 0x100;
}

static bool signal_event(void *userdata, uint32_t connection)
{
	heard_connection = connection;
	return connection < 0x100;
}

static const struct hyperv_ops ops = { .message = message, .signal = signal_event };

static void set_up(void)
{
	vm_fixture_set_up();
	guest_clock =
		(struct clock){ .tsc_khz = 2500000, .stands = true, .stood_at = 25000000 };
	synic = (struct synic){ .memory = &vm.memory, .outbox = &vm.outbox };
	hyperv = (struct hyperv){ .memory = &vm.memory,
		.outbox = &vm.outbox,
		.clock = &guest_clock,
		.synic = &synic,
		.ops = &ops };
	heard_size = 0;
}

static uint64_t reads(uint32_t msr)
{
	uint64_t value = 0;

	ck_assert(hyperv_read_msr(&hyperv, 3, msr, &value));
	return value;
}

START_TEST(tells_frequencies_and_numbers)
{
	ck_assert_uint_eq(reads(0x40000022), 2500000000);
	ck_assert_uint_eq(reads(0x40000023), 1000000000);
	ck_assert_uint_eq(reads(0x40000002), 3);
	ck_assert_uint_eq(reads(0x40000020) / 10, 9999); /* 10 ms, rounded down */
	ck_assert_uint_eq(reads(0x40000000), 0);
	ck_assert(hyperv_write_msr(&hyperv, 3, 0x40000000, 77));
	ck_assert_uint_eq(reads(0x40000000), 77);
	ck_assert(hyperv_write_msr(&hyperv, 3, 0x40000073, 0x1001));
	ck_assert_uint_eq(reads(0x40000073), 0x1001);
	ck_assert_uint_eq(hyperv.vp_assist[0], 0);
	vm_expect_no_fault();
}
END_TEST

START_TEST(puts_an_instruction_into_the_hypercall_page)
{
	static const uint8_t out_ret[] = { 0xe6, 0xf1, 0xc3 };

	ck_assert(hyperv_write_msr(&hyperv, 0, 0x40000001, PAGE_AT));
	ck_assert_uint_eq(vm.memory.bytes[PAGE_AT], 0);
	ck_assert(hyperv_write_msr(&hyperv, 0, 0x40000001, PAGE_AT | 1));
	ck_assert_mem_eq(vm.memory.bytes + PAGE_AT, out_ret, sizeof(out_ret));
	ck_assert_uint_eq(reads(0x40000001), PAGE_AT | 1);
	ck_assert(hyperv_write_msr(&hyperv, 0, 0x40000001, VM_MEMORY | 1));
}
END_TEST

/* read_hv_clock_tsc() */
START_TEST(has_a_page_that_tells_the_reference_time)
{
	const uint8_t *page = vm.memory.bytes + PAGE_AT;
	unsigned __int128 tsc = guest_clock.stood_at;

	ck_assert(hyperv_write_msr(&hyperv, 0, 0x40000021, PAGE_AT | 1));
	ck_assert_uint_ne(get_le32(page), 0);
	ck_assert_uint_eq((uint64_t)(tsc * get_le64(page + 8) >> 64) + get_le64(page + 16),
		reads(0x40000020));
}
END_TEST

START_TEST(hands_on_the_synic_and_nothing_else)
{
	uint64_t value = 5;

	ck_assert(hyperv_write_msr(&hyperv, 1, 0x40000083, 0x9001));
	ck_assert_uint_eq(synic.cpus[1].message_page, 0x9001);
	ck_assert_uint_eq(reads(0x40000081), 1);
	vm_expect_no_fault();
	ck_assert(!hyperv_read_msr(&hyperv, 0, 0x400000b0, &value));
	vm_expect_fault("reads register 0x400000b0");
	ck_assert(!hyperv_write_msr(&hyperv, 0, 0x40000100, 7));
	vm_expect_fault("writes 0x7 to register 0x40000100");
	ck_assert_uint_eq(value, 5);
}
END_TEST

static uint8_t *input(uint32_t connection, uint32_t type, uint32_t size)
{
	uint8_t *at = vm.memory.bytes + INPUT_AT;

	memset(at, 0xab, 256);
	put_le32(at, connection);
	put_le32(at + 8, type);
	put_le32(at + 12, size);
	return at + 16;
}

START_TEST(hears_messages)
{
	input(0xff000004, 1, 3)[0] = 'x';
	ck_assert_uint_eq(hyperv_call(&hyperv, 0x5c, INPUT_AT), 0);
	ck_assert_uint_eq(heard_connection, 4);
	ck_assert_uint_eq(heard_size, 3);
	ck_assert_uint_eq(heard[0], 'x');
	(void)input(0x200, 1, 240);
	ck_assert_uint_eq(hyperv_call(&hyperv, 0x5c, INPUT_AT), 18);
	ck_assert_uint_eq(heard_size, 240);
	vm_expect_no_fault();
}
END_TEST

START_TEST(hears_no_nonsense)
{
	(void)input(4, 1, 241);
	ck_assert_uint_eq(hyperv_call(&hyperv, 0x5c, INPUT_AT), 3);
	vm_expect_fault("a bad message, 256 bytes: 04 00 00 00");
	(void)input(4, 2, 8);
	ck_assert_uint_eq(hyperv_call(&hyperv, 0x5c, INPUT_AT), 3);
	vm_expect_fault("a bad message");
	ck_assert_uint_eq(hyperv_call(&hyperv, 0x5c, VM_MEMORY - 255), 3);
	ck_assert_uint_eq(hyperv_call(&hyperv, 0x5c, UINT64_MAX), 3);
	ck_assert_uint_eq(heard_size, 0);
}
END_TEST

START_TEST(hears_signals)
{
	ck_assert_uint_eq(hyperv_call(&hyperv, 0x1005d, 0x12), 0);
	ck_assert_uint_eq(heard_connection, 0x12);
	ck_assert_uint_eq(hyperv_call(&hyperv, 0x1005d, 0x2001), 18);
	vm_expect_no_fault();
}
END_TEST

START_TEST(knows_no_other_call)
{
	static const uint64_t calls[] = { 0x5d, 0x1005c, 0x0003, 0 };

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		ck_assert_uint_eq(hyperv_call(&hyperv, calls[i], INPUT_AT), 2);
		vm_expect_fault("the guest makes hypercall");
	}
}
END_TEST

/* Leaves. */

static const struct kvm_cpuid_entry2 *leaf(const struct cpuid *cpuid, uint32_t function)
{
	const struct kvm_cpuid_entry2 *found = NULL;

	for (unsigned int i = 0; i < cpuid->header.nent; i++) {
		if (cpuid->entries[i].function != function)
			continue;
		ck_assert_ptr_null(found);
		found = &cpuid->entries[i];
	}
	return found;
}

START_TEST(is_seen_as_hyperv)
{
	static struct cpuid cpuid = {
		.header.nent = 4,
		.entries = { { 1, .ebx = 0xee112233 }, { 0xb, .edx = 77 },
			{ 0x40000000, .eax = 0x40000001 }, { 0x80000000, .eax = 5 } },
	};
	const struct kvm_cpuid_entry2 *entry;

	cpuid_become_hyperv(&cpuid, 5);
	ck_assert_uint_eq(leaf(&cpuid, 1)->ebx, 0x05112233);
	ck_assert(leaf(&cpuid, 1)->ecx & 1u << 31);
	ck_assert_uint_eq(leaf(&cpuid, 0xb)->edx, 5);
	ck_assert_uint_eq(leaf(&cpuid, 0x80000000)->eax, 5);
	entry = leaf(&cpuid, 0x40000000);
	ck_assert_mem_eq(&entry->ebx, "Microsoft Hv", 12);
	ck_assert_uint_ge(entry->eax, 0x40000005);
	entry = leaf(&cpuid, 0x40000003);
	ck_assert_uint_eq(entry->eax, 0xa66);
	ck_assert_uint_eq(entry->ebx, 0x30);
	ck_assert_uint_eq(entry->edx, 0x100);
	ck_assert_uint_eq(leaf(&cpuid, 0x40000004)->eax, 0x220);
}
END_TEST

/* Clocks. */

START_TEST(counts_from_1601)
{
	struct clock clock = { 0 };
	uint64_t before = clock_host(&clock);

	ck_assert_uint_gt(before, UINT64_C(133000000000000000)); /* 2022 */
	ck_assert_int_ge(clock_host_unix(&clock), time(NULL) - 1);
	clock.shift = -(int64_t)CLOCK_TICKS * 3600;
	ck_assert_uint_lt(clock_host(&clock), before);
	ck_assert_int_le(clock_host_unix(&clock), time(NULL) - 3599);
}
END_TEST

START_TEST(stands_while_the_guest_does)
{
	struct clock clock = { .tsc_khz = 1000000, .tsc_offset = -1000 };
	uint64_t stood_at;

	clock_stop(&clock);
	stood_at = clock_guest_tsc(&clock);
	ck_assert_uint_eq(clock_guest_tsc(&clock), stood_at);
	ck_assert_uint_eq(clock_reference(&clock), clock_reference(&clock));
	clock_go(&clock);
	ck_assert_int_lt(clock.tsc_offset, -1000);
	ck_assert_uint_ge(clock_guest_tsc(&clock), stood_at);
	ck_assert_uint_lt(clock_guest_tsc(&clock), stood_at + UINT64_C(60000000000));
}
END_TEST

Suite *hvg_suite_host_vm_hyperv(void)
{
	Suite *suite = suite_create("host/vm/hyperv");
	TCase *tcase = hvg_suite_case(suite, "guest");

	tcase_add_checked_fixture(tcase, set_up, vm_fixture_tear_down);
	tcase_add_test(tcase, tells_frequencies_and_numbers);
	tcase_add_test(tcase, puts_an_instruction_into_the_hypercall_page);
	tcase_add_test(tcase, has_a_page_that_tells_the_reference_time);
	tcase_add_test(tcase, hands_on_the_synic_and_nothing_else);
	tcase_add_test(tcase, hears_messages);
	tcase_add_test(tcase, hears_no_nonsense);
	tcase_add_test(tcase, hears_signals);
	tcase_add_test(tcase, knows_no_other_call);
	tcase_add_test(tcase, is_seen_as_hyperv);
	tcase_add_test(tcase, counts_from_1601);
	tcase_add_test(tcase, stands_while_the_guest_does);
	return suite;
}
