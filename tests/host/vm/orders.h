/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_ORDERS_H
#define HVG_TESTS_HOST_VM_ORDERS_H

#include "host/vm/vm.h"

/* Does what the frame says; false: the monitor is to end. The lock is held. */
bool orders_obey(struct vm *vm, const struct control_frame *frame);

#endif
