/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_VM_PRIVATE_H
#define HVG_TESTS_HOST_VM_VM_PRIVATE_H

/* What the files of struct vm share: vm.c its life, vm-wires.c its wires, vm-tick.c its time.
 */

#include "host/vm/vm.h"

/* Of a time that is due: not at all; and as soon as the main thread looks at the clock. */
#define VM_NOT_DUE UINT64_MAX
#define VM_SOON    0

/* Joins what outlives a guest; and what does not, as it is at power on. */
int vm_wire(struct vm *vm);
void vm_wire_guest(struct vm *vm);

/* The guest has switched itself off, or has been. */
bool vm_has_ended(const struct vm *vm);
void vm_crash(struct vm *vm, const char *why);

#endif
