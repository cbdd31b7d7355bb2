// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Virtio devices: registers and queues, then the agent's port and a disk. The driver is the
 * test, with a table of descriptors in the guest's memory.
 */

#include "suites.h"
#include "vm-fixture.h"

#include "host/vm/agent-port.h"
#include "host/vm/bytes.h"
#include "host/vm/disk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define QUEUE_AT    0x10000u /* descriptors, available, used: a page each */
#define QUEUE_BYTES 0x3000u
#define BUFFERS_AT  0x40000u
#define SIZE        8u

#define NEXT        1
#define FILL        2

static struct agent_port port;
static struct disk disk;
static struct virtio *device;
static bool irq;
static uint16_t available[VIRTIO_MAX_QUEUES]; /* how many were made so */

static void set_irq(void *userdata, unsigned int number, bool level)
{
	irq = level;
}

static void start(struct virtio *virtio)
{
	device = virtio;
	device->outbox = &vm.outbox;
	device->set_irq = set_irq;
	memset(available, 0, sizeof(available));
	virtio_start(device, &vm.memory);
}

static void set_up_port(void)
{
	vm_fixture_set_up();
	port = (struct agent_port){ .virtio.kind = &agent_port_kind };
	start(&port.virtio);
}

static void tear_down_port(void)
{
	agent_port_done(&port);
	vm_fixture_tear_down();
}

static void set_up_disk(void)
{
	int fd = memfd_create("disk", 0);
	char path[64];

	vm_fixture_set_up();
	ck_assert_int_eq(ftruncate(fd, 8 * 512), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	disk = (struct disk){ .virtio.kind = &disk_kind };
	ck_assert_int_eq(disk_open(&disk, path, 0), 0);
	close(fd);
	start(&disk.virtio);
}

static void tear_down_disk(void)
{
	disk_close(&disk);
	vm_fixture_tear_down();
}

/* The driver. */

static uint8_t *queue(unsigned int i, unsigned int part)
{
	return vm.memory.bytes + QUEUE_AT + i * QUEUE_BYTES + part * 0x1000u;
}

static void make_queue(unsigned int i)
{
	uint32_t at = QUEUE_AT + i * QUEUE_BYTES;

	virtio_write(device, 0x030, i);
	ck_assert_uint_ge(virtio_read(device, 0x034), SIZE);
	virtio_write(device, 0x038, SIZE);
	for (unsigned int part = 0; part < 3; part++)
		virtio_write(device, 0x080 + 0x10 * part, at + 0x1000 * part);
	virtio_write(device, 0x044, 1);
	ck_assert_uint_eq(virtio_read(device, 0x044), 1);
}

static void describe(
	unsigned int i, unsigned int n, uint64_t address, uint32_t size, uint16_t flags)
{
	uint8_t *at = queue(i, 0) + (size_t)16 * n;

	put_le64(at, address);
	put_le32(at + 8, size);
	put_le16(at + 12, flags);
	put_le16(at + 14, (uint16_t)(n + 1));
}

static void make_available(unsigned int i, uint16_t head)
{
	put_le16(queue(i, 1) + 4 + 2 * (available[i] % SIZE), head);
	put_le16(queue(i, 1) + 2, ++available[i]);
}

static uint16_t n_used(unsigned int i)
{
	return get_le16(queue(i, 2) + 2);
}

static void notify(unsigned int i)
{
	virtio_write(device, 0x050, i);
}

START_TEST(is_found_by_virtio_mmio)
{
	ck_assert_uint_eq(virtio_read(device, 0x000), 0x74726976);
	ck_assert_uint_eq(virtio_read(device, 0x004), 2);
	ck_assert_uint_eq(virtio_read(device, 0x008), 3);
	virtio_write(device, 0x014, 1);
	ck_assert_uint_eq(virtio_read(device, 0x010), 1); /* VERSION_1 */
	virtio_write(device, 0x014, 0);
	ck_assert_uint_eq(virtio_read(device, 0x010), 2); /* MULTIPORT */
	virtio_write(device, 0x014, 2);
	ck_assert_uint_eq(virtio_read(device, 0x010), 0);
	virtio_write(device, 0x070, 7);
	ck_assert_uint_eq(virtio_read(device, 0x070), 7);
	virtio_write(device, 0x030, 4);
	ck_assert_uint_eq(virtio_read(device, 0x034), 0); /* there are four */
}
END_TEST

START_TEST(forgets_all_when_it_is_reset)
{
	make_queue(0);
	virtio_write(device, 0x070, 0);
	virtio_write(device, 0x030, 0);
	ck_assert_uint_eq(virtio_read(device, 0x044), 0);
	ck_assert_ptr_eq(port.virtio.queues[0].memory, &vm.memory);
}
END_TEST

/* virtcons_probe() until the port has its name. */
static void bring_up_port(void)
{
	const uint16_t events[][2] = { { 0, 1 }, { 3, 1 } };

	for (unsigned int i = 0; i < 4; i++)
		make_queue(i);
	for (uint16_t i = 0; i < 4; i++) {
		describe(2, i, BUFFERS_AT + i * 0x100u, 0x100, FILL);
		make_available(2, i);
	}
	for (uint16_t i = 0; i < 2; i++) {
		put_le16(vm.memory.bytes + BUFFERS_AT + 0x1004 + i * 8u, events[i][0]);
		put_le16(vm.memory.bytes + BUFFERS_AT + 0x1006 + i * 8u, events[i][1]);
		describe(3, i, BUFFERS_AT + 0x1000 + i * 8u, 8, 0);
		make_available(3, i);
		notify(3);
	}
	ck_assert_uint_eq(n_used(3), 2);
	ck_assert_uint_eq(n_used(2), 3);
}

static void open_in_guest(uint16_t is_open)
{
	uint8_t *message = vm.memory.bytes + BUFFERS_AT + 0x2000;

	put_le32(message, 0);
	put_le16(message + 4, 6);
	put_le16(message + 6, is_open);
	describe(3, 4, BUFFERS_AT + 0x2000, 8, 0);
	make_available(3, 4);
	notify(3);
}

START_TEST(has_a_port_with_a_name)
{
	const uint8_t *messages = vm.memory.bytes + BUFFERS_AT;

	bring_up_port();
	ck_assert_uint_eq(get_le16(messages + 4), 1); /* PORT_ADD */
	ck_assert_uint_eq(get_le16(messages + 0x104), 7);
	ck_assert_mem_eq(messages + 0x108, CONTROL_AGENT_PORT, strlen(CONTROL_AGENT_PORT));
	ck_assert_uint_eq(get_le32(queue(2, 2) + 4 + 8 + 4), 8 + strlen(CONTROL_AGENT_PORT));
	ck_assert_uint_eq(get_le16(messages + 0x204), 6); /* PORT_OPEN */
	ck_assert(irq);
	ck_assert_uint_eq(virtio_read(device, 0x060), 1);
	virtio_write(device, 0x064, 1);
	ck_assert(!irq);
}
END_TEST

START_TEST(says_in_order_what_the_driver_makes_room_for)
{
	const uint8_t *messages = vm.memory.bytes + BUFFERS_AT;
	static const uint16_t wanted[] = { 1, 7, 6 };

	for (unsigned int i = 0; i < 4; i++)
		make_queue(i);
	for (uint16_t i = 0; i < 2; i++) {
		put_le16(vm.memory.bytes + BUFFERS_AT + 0x1004 + i * 8u, i ? 3 : 0);
		put_le16(vm.memory.bytes + BUFFERS_AT + 0x1006 + i * 8u, 1);
		describe(3, i, BUFFERS_AT + 0x1000 + i * 8u, 8, 0);
		make_available(3, i);
	}
	notify(3);
	for (uint16_t i = 0; i < 3; i++) {
		ck_assert_uint_eq(n_used(2), i);
		describe(2, i, BUFFERS_AT + i * 0x100u, 0x100, FILL);
		make_available(2, i);
		notify(2);
		ck_assert_uint_eq(get_le16(messages + i * 0x100u + 4), wanted[i]);
	}
}
END_TEST

START_TEST(keeps_bytes_until_somebody_opens_the_port)
{
	struct control_frame frame;

	bring_up_port();
	describe(0, 0, 0x50000, 4, FILL);
	describe(0, 1, 0x51000, 100, FILL);
	make_available(0, 0);
	make_available(0, 1);
	agent_port_put(&port, (const uint8_t *)"hel", 3);
	agent_port_put(&port, (const uint8_t *)"lo", 2);
	notify(0);
	ck_assert_uint_eq(n_used(0), 0);
	open_in_guest(1);
	ck_assert(vm_next_news(CONTROL_AGENT, &frame));
	ck_assert_uint_eq(get_le32(frame.payload), 1);
	ck_assert_uint_eq(n_used(0), 2);
	ck_assert_mem_eq(vm.memory.bytes + 0x50000, "hell", 4);
	ck_assert_mem_eq(vm.memory.bytes + 0x51000, "o", 1);
	ck_assert_uint_eq(get_le32(queue(0, 2) + 4 + 8 + 4), 1);
	agent_port_put(&port, (const uint8_t *)"more", 4);
	ck_assert_uint_eq(n_used(0), 2);
	make_available(0, 0);
	notify(0);
	ck_assert_mem_eq(vm.memory.bytes + 0x50000, "more", 4);
	open_in_guest(0);
	ck_assert(vm_next_news(CONTROL_AGENT, &frame));
	ck_assert_uint_eq(get_le32(frame.payload), 0);
}
END_TEST

START_TEST(passes_on_what_the_agent_says)
{
	struct control_frame frame;

	bring_up_port();
	memcpy(vm.memory.bytes + 0x50000, "from ", 5);
	memcpy(vm.memory.bytes + 0x60000, "agent", 5);
	describe(1, 0, 0x50000, 5, NEXT);
	describe(1, 1, 0x60000, 5, 0);
	make_available(1, 0);
	notify(1);
	ck_assert(vm_next_news(CONTROL_FROM_AGENT, &frame));
	ck_assert_uint_eq(frame.size, 10);
	ck_assert_mem_eq(frame.payload, "from agent", 10);
	ck_assert_uint_eq(n_used(1), 1);
}
END_TEST

START_TEST(does_not_interrupt_who_does_not_want_it)
{
	bring_up_port();
	virtio_write(device, 0x064, 1);
	put_le16(queue(1, 1), 1); /* NO_INTERRUPT */
	describe(1, 0, 0x50000, 5, 0);
	make_available(1, 0);
	notify(1);
	ck_assert(!irq);
	ck_assert_uint_eq(n_used(1), 1);
}
END_TEST

static const struct {
	uint16_t head;
	uint64_t address;
	uint32_t size;
	uint16_t flags; /* of all descriptors */
} broken[] = {
	{ SIZE, 0x50000, 5, 0 }, { 0, VM_MEMORY - 4, 5, 0 }, { 0, UINT64_MAX, 5, 0 },
	{ 0, 0x50000, UINT32_MAX, 0 }, { 0, 0x50000, 5, NEXT }, /* the last leads outside */
};

START_TEST(reports_a_queue_that_is_broken)
{
	bring_up_port();
	for (unsigned int i = 0; i < SIZE; i++)
		describe(1, i, broken[_i].address, broken[_i].size, broken[_i].flags);
	make_available(1, broken[_i].head);
	notify(1);
	vm_expect_fault("virtio device 3: queue 1 is broken");
	ck_assert_uint_eq(n_used(1), 0);
}
END_TEST

/* Descriptors that lead in a circle. */
START_TEST(does_not_follow_for_ever)
{
	bring_up_port();
	describe(1, 0, 0x50000, 1, NEXT);
	put_le16(queue(1, 0) + 14, 0);
	make_available(1, 0);
	notify(1);
	vm_expect_fault("queue 1 is broken");
}
END_TEST

START_TEST(takes_no_longer_chain_than_the_queue)
{
	bring_up_port();
	for (unsigned int i = 0; i < SIZE; i++)
		describe(1, i, 0x50000, 1, (uint16_t)(NEXT | (i < SIZE / 2 ? 0 : FILL)));
	put_le16(queue(1, 0) + 16 * (SIZE - 1) + 14, 0);
	make_available(1, 0);
	notify(1);
	vm_expect_fault("queue 1 is broken");
	virtio_write(device, 0x030, 1);
	virtio_write(device, 0x044, 1);
	put_le16(queue(1, 0) + 16 * (SIZE - 1) + 12, FILL);
	make_available(1, 0);
	notify(1);
	vm_expect_no_fault();
	ck_assert_uint_eq(n_used(1), 1);
}
END_TEST

/* The disk. */

static uint8_t asks_disk(uint32_t type, uint64_t sector, uint32_t size)
{
	uint8_t *header = vm.memory.bytes + BUFFERS_AT, *status = header + 0x100;
	bool is_filled = type == 0 || type == 8;

	put_le32(header, type);
	put_le64(header + 8, sector);
	*status = 0xee;
	describe(0, 0, BUFFERS_AT, 16, NEXT);
	describe(0, 1, 0x50000, size / 2, (uint16_t)(NEXT | (is_filled ? FILL : 0)));
	describe(0, 2, 0x60000, size - size / 2, (uint16_t)(NEXT | (is_filled ? FILL : 0)));
	describe(0, 3, BUFFERS_AT + 0x100, 1, FILL);
	make_available(0, 0);
	notify(0);
	return *status;
}

START_TEST(reads_what_was_written)
{
	make_queue(0);
	memset(vm.memory.bytes + 0x50000, 'a', 512);
	memset(vm.memory.bytes + 0x60000, 'b', 512);
	ck_assert_uint_eq(asks_disk(1, 3, 1024), 0);
	memset(vm.memory.bytes + 0x50000, 0, 512);
	memset(vm.memory.bytes + 0x60000, 0, 512);
	ck_assert_uint_eq(asks_disk(0, 4, 1024), 0);
	ck_assert_uint_eq(vm.memory.bytes[0x50000], 'b');
	ck_assert_uint_eq(vm.memory.bytes[0x60000], 0);
	ck_assert_uint_eq(asks_disk(0, 2, 1024), 0);
	ck_assert_uint_eq(vm.memory.bytes[0x50000 + 511], 0);
	ck_assert_uint_eq(vm.memory.bytes[0x60000], 'a');
	ck_assert_uint_eq(asks_disk(4, 0, 0), 0); /* flush */
	ck_assert_uint_eq(n_used(0), 4);
}
END_TEST

START_TEST(stays_within_the_disk)
{
	make_queue(0);
	ck_assert_uint_eq(asks_disk(0, 6, 1024), 0);
	ck_assert_uint_eq(asks_disk(0, 7, 1024), 1);
	ck_assert_uint_eq(asks_disk(1, 8, 512), 1);
	ck_assert_uint_eq(asks_disk(1, UINT64_MAX, 512), 1);
	ck_assert_uint_eq(asks_disk(1, UINT64_MAX / 512, 512), 1);
	ck_assert_uint_eq(asks_disk(77, 0, 512), 2);
}
END_TEST

START_TEST(has_a_size_that_can_change)
{
	uint8_t capacity[8];

	virtio_read_config(device, VIRTIO_CONFIG, capacity, sizeof(capacity));
	ck_assert_uint_eq(get_le64(capacity), 8);
	ck_assert_int_eq(disk_resize(&disk, 16 * 512), 0);
	ck_assert(!irq); /* no driver */
	virtio_write(device, 0x070, 7);
	ck_assert_int_eq(disk_resize(&disk, 32 * 512), 0);
	ck_assert(irq);
	ck_assert_uint_eq(virtio_read(device, 0x060), 2);
	virtio_read_config(device, VIRTIO_CONFIG, capacity, sizeof(capacity));
	ck_assert_uint_eq(get_le64(capacity), 32);
	make_queue(0);
	ck_assert_uint_eq(asks_disk(1, 30, 1024), 0);
}
END_TEST

START_TEST(reports_a_request_without_a_status)
{
	make_queue(0);
	describe(0, 0, BUFFERS_AT, 16, 0);
	make_available(0, 0);
	notify(0);
	vm_expect_fault("disk: a request without a status");
}
END_TEST

START_TEST(wants_a_whole_header)
{
	make_queue(0);
	describe(0, 0, BUFFERS_AT, 15, NEXT);
	describe(0, 1, BUFFERS_AT + 0x100, 1, FILL);
	make_available(0, 0);
	notify(0);
	ck_assert_uint_eq(vm.memory.bytes[BUFFERS_AT + 0x100], 2);
}
END_TEST

Suite *hvg_suite_host_vm_virtio(void)
{
	Suite *suite = suite_create("host/vm/virtio");
	TCase *agent = hvg_suite_case(suite, "port");
	TCase *disks = hvg_suite_case(suite, "disk");

	tcase_add_checked_fixture(agent, set_up_port, tear_down_port);
	tcase_add_test(agent, is_found_by_virtio_mmio);
	tcase_add_test(agent, forgets_all_when_it_is_reset);
	tcase_add_test(agent, has_a_port_with_a_name);
	tcase_add_test(agent, keeps_bytes_until_somebody_opens_the_port);
	tcase_add_test(agent, passes_on_what_the_agent_says);
	tcase_add_test(agent, does_not_interrupt_who_does_not_want_it);
	tcase_add_loop_test(
		agent, reports_a_queue_that_is_broken, 0, sizeof(broken) / sizeof(broken[0]));
	tcase_add_test(agent, does_not_follow_for_ever);
	tcase_add_test(agent, says_in_order_what_the_driver_makes_room_for);
	tcase_add_test(agent, takes_no_longer_chain_than_the_queue);
	tcase_add_checked_fixture(disks, set_up_disk, tear_down_disk);
	tcase_add_test(disks, reads_what_was_written);
	tcase_add_test(disks, stays_within_the_disk);
	tcase_add_test(disks, has_a_size_that_can_change);
	tcase_add_test(disks, reports_a_request_without_a_status);
	tcase_add_test(disks, wants_a_whole_header);
	return suite;
}
