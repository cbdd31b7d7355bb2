// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Who calls whom: each part knows only functions with a userdata, which is the machine. Here
 * they are joined.
 */

#include "host/vm/layout.h"
#include "host/vm/vm-private.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const struct ic_kind *const kinds[VM_N_ICS] = {
	&ic_heartbeat,
	&ic_shutdown,
	&ic_timesync,
	&ic_kvp,
	&ic_vss,
	&ic_fcopy,
};

static void wake(const struct vm *vm)
{
	const uint64_t one = 1;

	(void)!write(vm->wake_fd, &one, sizeof(one));
}

/* From the devices. */

static void send_to_console(void *userdata, uint8_t byte)
{
	struct vm *vm = userdata;

	console_put(&vm->console, byte);
}

static void set_serial_irq(void *userdata, bool level)
{
	struct vm *vm = userdata;

	kvm_set_irq(&vm->kvm, LAYOUT_IRQ_SERIAL, level);
}

static void set_irq(void *userdata, unsigned int irq, bool level)
{
	struct vm *vm = userdata;

	if (vm->is_running)
		kvm_set_irq(&vm->kvm, irq, level);
}

static time_t host_now(void *userdata)
{
	const struct vm *vm = userdata;

	return clock_host_unix(&vm->clock);
}

static void interrupt(void *userdata, unsigned int cpu, uint8_t vector)
{
	struct vm *vm = userdata;

	if (cpu < vm->kvm.n_cpus)
		kvm_interrupt(&vm->kvm, cpu, vector);
}

static void post(void *userdata, const uint8_t *bytes, size_t size)
{
	struct vm *vm = userdata;

	synic_post(&vm->synic, bytes, size);
}

static void signal_channel(void *userdata, uint32_t cpu, uint32_t relid)
{
	struct vm *vm = userdata;

	synic_signal(&vm->synic, cpu, relid);
}

static bool choose_cpu(void *userdata, uint32_t cpu)
{
	struct vm *vm = userdata;

	if (cpu >= vm->kvm.n_cpus)
		return false;
	vm->synic.message_cpu = cpu;
	return true;
}

static const struct vmbus_ops vmbus_ops = {
	.post = post,
	.signal = signal_channel,
	.choose_cpu = choose_cpu,
};

static bool on_message(void *userdata, uint32_t connection, const uint8_t *bytes, size_t size)
{
	struct vm *vm = userdata;

	return vmbus_message(&vm->vmbus, connection, bytes, size);
}

static bool on_signal(void *userdata, uint32_t connection)
{
	struct vm *vm = userdata;

	return vmbus_signal(&vm->vmbus, connection);
}

static const struct hyperv_ops hyperv_ops = { .message = on_message, .signal = on_signal };

/* What the processors leave the guest for. */

static void on_port(
	void *userdata, uint16_t port, bool is_write, uint8_t *bytes, unsigned int size)
{
	struct vm *vm = userdata;
	uint32_t value = 0;

	if (is_write) {
		memcpy(&value, bytes, size);
		ports_out(&vm->ports, port, size, value);
	} else {
		value = ports_in(&vm->ports, port, size);
		memcpy(bytes, &value, size);
	}
}

/* The agent's port, then the disks; NULL: no such device. */
static struct virtio *virtio_at(struct vm *vm, uint64_t i)
{
	if (i == 0)
		return &vm->agent.virtio;
	return i <= vm->setup.n_disks ? &vm->disks[i - 1].virtio : NULL;
}

static void on_memory(
	void *userdata, uint64_t address, bool is_write, uint8_t *bytes, unsigned int size)
{
	struct virtio *virtio = address < LAYOUT_VIRTIO
		? NULL
		: virtio_at(userdata, (address - LAYOUT_VIRTIO) / LAYOUT_PAGE);
	uint32_t at = address % LAYOUT_PAGE, value = 0;

	if (!virtio) {
		memset(bytes, 0xff, is_write ? 0 : size);
	} else if (at >= VIRTIO_CONFIG) {
		if (!is_write)
			virtio_read_config(virtio, at, bytes, size);
	} else if (is_write && size == sizeof(value)) {
		memcpy(&value, bytes, size);
		virtio_write(virtio, at, value);
	} else if (!is_write && size == sizeof(value)) {
		value = virtio_read(virtio, at);
		memcpy(bytes, &value, size);
	}
}

static bool on_read_msr(void *userdata, unsigned int cpu, uint32_t msr, uint64_t *ret)
{
	struct vm *vm = userdata;

	return hyperv_read_msr(&vm->hyperv, cpu, msr, ret);
}

static bool on_write_msr(void *userdata, unsigned int cpu, uint32_t msr, uint64_t value)
{
	struct vm *vm = userdata;

	return hyperv_write_msr(&vm->hyperv, cpu, msr, value);
}

static uint64_t on_hypercall(void *userdata, uint64_t control, uint64_t input)
{
	struct vm *vm = userdata;

	return hyperv_call(&vm->hyperv, control, input);
}

static void on_crash(void *userdata, const char *why)
{
	vm_crash(userdata, why);
}

static bool goes_on(void *userdata)
{
	struct vm *vm = userdata;
	bool has_piece = console_has_unsent(&vm->console) && vm->console_due_us == VM_NOT_DUE;

	if (has_piece)
		vm->console_due_us = VM_SOON;
	if (vm->outbox.n > 0 || has_piece || vm_has_ended(vm))
		wake(vm);
	return !vm_has_ended(vm);
}

static const struct vcpus_ops vcpus_ops = {
	.port = on_port,
	.memory = on_memory,
	.read_msr = on_read_msr,
	.write_msr = on_write_msr,
	.hypercall = on_hypercall,
	.crash = on_crash,
	.goes_on = goes_on,
};

/* All together. */

static int wire_virtio(struct vm *vm)
{
	int r = 0;

	for (unsigned int i = 0; i < vm->setup.n_disks; i++) {
		const struct vm_disk *disk = &vm->setup.disks[i];

		vm->disks[i] = (struct disk){ .virtio.kind = &disk_kind };
		r = r < 0 ? r : disk_open(&vm->disks[i], disk->path, disk->size);
	}
	for (unsigned int i = 0; i <= vm->setup.n_disks; i++) {
		struct virtio *virtio = virtio_at(vm, i);

		virtio->outbox = &vm->outbox;
		virtio->set_irq = set_irq;
		virtio->userdata = vm;
		virtio->irq = LAYOUT_VIRTIO_IRQ + i;
	}
	return r;
}

static void wire_channels(struct vm *vm)
{
	vm->vmbus = (struct vmbus){ .outbox = &vm->outbox, .ops = &vmbus_ops, .userdata = vm };
	vmbus_init(&vm->vmbus);
	for (unsigned int i = 0; i < VM_N_ICS; i++) {
		ic_init(&vm->ics[i], kinds[i]);
		vmbus_add(&vm->vmbus, &vm->ics[i].channel);
	}
	for (unsigned int i = 0; i < CONTROL_MAX_NICS; i++) {
		nic_init(&vm->nics[i], i);
		vmbus_add(&vm->vmbus, &vm->nics[i].channel);
	}
}

int vm_wire(struct vm *vm)
{
	vm->vcpus = (struct vcpus){ .kvm = &vm->kvm, .ops = &vcpus_ops, .userdata = vm };
	vcpus_init(&vm->vcpus);
	vm->agent.virtio.kind = &agent_port_kind;
	wire_channels(vm);
	return wire_virtio(vm);
}

void vm_wire_guest(struct vm *vm)
{
	vm->synic = (struct synic){ .memory = &vm->memory,
		.outbox = &vm->outbox,
		.interrupt = interrupt,
		.userdata = vm };
	synic_init(&vm->synic);
	vm->hyperv = (struct hyperv){ .memory = &vm->memory,
		.outbox = &vm->outbox,
		.clock = &vm->clock,
		.synic = &vm->synic,
		.ops = &hyperv_ops,
		.userdata = vm };
	vm->ports = (struct ports){
		.uart = { .send = send_to_console, .set_irq = set_serial_irq, .userdata = vm },
		.now = host_now,
		.userdata = vm
	};
	vm->console = (struct console){ .outbox = &vm->outbox };
	vm->console_due_us = VM_NOT_DUE;
	vm->watchdog = (struct watchdog){ .limit_us = vm->setup.patience_us };
	vm->vmbus.memory = &vm->memory;
	vmbus_reset(&vm->vmbus);
	agent_port_done(&vm->agent);
	for (unsigned int i = 0; i <= vm->setup.n_disks; i++)
		virtio_start(virtio_at(vm, i), &vm->memory);
	vm->has_crashed = false;
}
