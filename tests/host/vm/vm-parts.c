// SPDX-License-Identifier: LGPL-2.1-or-later

/* What a machine has, by the numbers that the outside calls it. */

#include "host/vm/vm.h"

struct ic *vm_ic(struct vm *vm, uint32_t component)
{
	for (unsigned int i = 0; i < VM_N_ICS; i++)
		if (vm->ics[i].channel.component == component)
			return &vm->ics[i];
	return NULL;
}

struct nic *vm_nic(struct vm *vm, uint32_t component)
{
	return component >= CONTROL_NIC && component < CONTROL_NIC + CONTROL_MAX_NICS
		? &vm->nics[component - CONTROL_NIC]
		: NULL;
}

struct channel *vm_channel(struct vm *vm, uint32_t component)
{
	for (size_t i = 0; i < vm->vmbus.n_channels; i++)
		if (vm->vmbus.channels[i]->component == component)
			return vm->vmbus.channels[i];
	return NULL;
}
