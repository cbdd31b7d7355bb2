// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A guest that says anything, in any order, at random: the monitor survives (the sanitizers
 * look on), and stays in the states of its table.
 */

#include "random.h"
#include "suites.h"
#include "vm-fixture.h"

#include "host/vm/agent-port.h"
#include "host/vm/bytes.h"
#include "host/vm/ic.h"
#include "host/vm/nic.h"

#include <string.h>

#define STEPS 3000

static struct hvg_random dice;
static struct ic ic;
static struct nic nic;

static uint32_t below(uint32_t limit)
{
	return hvg_random_below(&dice, limit);
}

static void fill(uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)hvg_random_next(&dice);
}

/* The guest does not read what is posted, and outside forgets what it hears. */
static void forget(void)
{
	vm.n_messages = vm.n_taken = 0;
	vm.outbox.n = 0;
}

/* Mostly small numbers: they are the ones that mean something. */
static void say_something(void)
{
	uint32_t words[40];

	for (size_t i = 0; i < 40; i++)
		words[i] = below(8) ? below(9) : (uint32_t)hvg_random_next(&dice);
	if (below(2))
		words[1] = 0xe1e10 + below(4); /* a list's number, */
	if (below(2))
		words[2] = 0xe1e10 + below(4); /* or here */
	words[4] = below(2) ? 4 : words[4];
	(void)vm_guest_says(below(27), words, below(41));
}

/* Makes sense: a guest that gets somewhere goes wrong in more places. */
static void say_something_sensible(void)
{
	uint32_t relid = below(2) ? ic.channel.relid : nic.channel.relid,
		 id = 0xe1e10 + below(4);
	const uint32_t opening[35] = { relid, relid, id, 0, 4 };
	uint32_t list[5 + 2 * 8] = { relid, id, 1u << 16 | 72, 8 * VM_PAGE };

	for (uint32_t i = 0; i < 8; i++)
		list[5 + (size_t)2 * i] = 16 + i;
	if (!vm.vmbus.listens || below(50) == 0) {
		(void)vm_guest_says(14, (const uint32_t[8]){ VMBUS_LATEST_VERSION }, 8);
		(void)vm_guest_says(3, NULL, 0);
	} else if (below(4) == 0) {
		(void)vm_guest_says(below(2) ? 7 : 13, &relid, 1);
	} else if (below(3) == 0) {
		(void)vm_guest_says(11, (const uint32_t[2]){ relid, id }, 2);
	} else {
		(void)vm_guest_says(8, list, 5 + 2 * 8);
		(void)vm_guest_says(5, opening, 35);
	}
}

/* The rings' pages, with indices that are often right. */
static void scribble(void)
{
	uint8_t *at = vm.memory.bytes + (size_t)16 * VM_PAGE;

	fill(at + (size_t)below(8) * VM_PAGE + below(256) * 8, 8 + below(64));
	put_le32(at + (below(2) ? 0 : 4), below(3 * VM_PAGE) & ~7u);
}

static void administer(void)
{
	struct channel *channel = below(2) ? &ic.channel : &nic.channel;

	if (below(3) == 0)
		vmbus_withdraw(&vm.vmbus, channel);
	else
		vmbus_offer(&vm.vmbus, channel, below(2));
	ic_ask(&ic, 1 + below(3), vm.memory.bytes, below(9000));
	(void)ic_cancel(&ic, 1 + below(3));
}

static void step(void)
{
	switch (below(6)) {
	case 0:
		say_something();
		break;
	case 1:
	case 2:
		say_something_sensible();
		break;
	case 3:
		scribble();
		break;
	case 4:
		(void)vmbus_signal(&vm.vmbus, 0x2000 + below(40));
		break;
	default:
		administer();
		break;
	}
	forget();
}

START_TEST(survives_any_guest_of_the_bus)
{
	unsigned int n_steps = hvg_random_steps(STEPS), n_open = 0;

	dice = hvg_random_from((unsigned int)_i);
	vm_fixture_set_up();
	ic_init(&ic, &ic_kvp);
	nic_init(&nic, 0);
	vmbus_add(&vm.vmbus, &ic.channel);
	vmbus_add(&vm.vmbus, &nic.channel);
	for (unsigned int i = 0; i < n_steps; i++) {
		step();
		ck_assert_uint_le(ic.channel.state, CONTROL_RESCINDED);
		ck_assert(vm.vmbus.listens || !channel_is_open(&ic.channel));
		n_open += channel_is_open(&ic.channel) || channel_is_open(&nic.channel);
	}
	ck_assert_uint_gt(n_open, n_steps / 50);
	ic_done(&ic);
	vm_fixture_tear_down();
}
END_TEST

/* An open channel, and packets whose insides are noise. */
static void open_with_noise(struct channel *channel)
{
	static uint8_t payload[512], header[64];
	struct ring_packet packet = { .payload = payload, .header = header };

	vm_fixture_set_up();
	vmbus_add(&vm.vmbus, channel);
	vmbus_offer(&vm.vmbus, channel, 0);
	vm_guest_connects(VMBUS_LATEST_VERSION);
	ck_assert_ptr_nonnull(vm_guest_hears(1));
	ck_assert_ptr_nonnull(vm_guest_hears(4));
	vm_guest_opens(channel->relid);
	for (unsigned int i = 0; i < hvg_random_steps(STEPS); i++) {
		fill(payload, sizeof(payload));
		fill(header, sizeof(header));
		packet.type = (uint16_t)(5 + below(8));
		packet.flags = (uint16_t)below(2);
		packet.header_size = (size_t)below(8) * 8;
		packet.size = (size_t)below(64) * 8;
		put_le32(payload, below(2) ? 100 + below(10) : below(4));
		put_le32(payload + 4, below(2) ? 1 : 0xe1e10);
		put_le32(header + 4, below(4));
		put_le32(header + 8, below(5000));
		put_le32(header + 12, below(4100));
		put_le64(header + 16, below(VM_MEMORY / VM_PAGE + 10));
		vm_guest_sends(&packet, channel);
		put_le32(vm.from_host.pages[0] + 4, get_le32(vm.from_host.pages[0]));
		forget();
	}
}

START_TEST(survives_noise_from_an_adapter)
{
	dice = hvg_random_from((unsigned int)_i);
	nic_init(&nic, 0);
	open_with_noise(&nic.channel);
	vm_fixture_tear_down();
}
END_TEST

START_TEST(survives_noise_from_a_component)
{
	dice = hvg_random_from((unsigned int)_i);
	ic_init(&ic, &ic_kvp);
	open_with_noise(&ic.channel);
	ic_done(&ic);
	vm_fixture_tear_down();
}
END_TEST

static void set_no_irq(void *userdata, unsigned int irq, bool level)
{
}

START_TEST(survives_any_virtio_driver)
{
	struct agent_port port = { .virtio = { .kind = &agent_port_kind,
					   .outbox = &vm.outbox,
					   .set_irq = set_no_irq } };

	dice = hvg_random_from((unsigned int)_i);
	vm_fixture_set_up();
	virtio_start(&port.virtio, &vm.memory);
	for (unsigned int i = 0; i < hvg_random_steps(STEPS); i++) {
		fill(vm.memory.bytes + below(0x4000), 64);
		virtio_write(
			&port.virtio, below(70) * 4, below(4) ? below(8) * 0x800 : below(8));
		(void)virtio_read(&port.virtio, below(70) * 4);
		virtio_write(&port.virtio, 0x044, 1);
		virtio_write(&port.virtio, 0x050, below(5));
		agent_port_put(&port, vm.memory.bytes, below(3));
		forget();
	}
	agent_port_done(&port);
	vm_fixture_tear_down();
}
END_TEST

Suite *hvg_suite_host_vm_hostile(void)
{
	Suite *suite = suite_create("host/vm/hostile");
	TCase *tcase = hvg_suite_case(suite, "walks");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, survives_any_guest_of_the_bus, 1, 9);
	tcase_add_loop_test(tcase, survives_noise_from_an_adapter, 1, 5);
	tcase_add_loop_test(tcase, survives_noise_from_a_component, 1, 5);
	tcase_add_loop_test(tcase, survives_any_virtio_driver, 1, 5);
	return suite;
}
