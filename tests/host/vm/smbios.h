/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_SMBIOS_H
#define HVG_TESTS_HOST_VM_SMBIOS_H

/*
 * What the firmware of a virtual machine of generation 1 calls it: rules of udev and programs
 * know Hyper-V by that.
 */

#include <stddef.h>
#include <stdint.h>

/* Writes it as it stands at address LAYOUT_SMBIOS. The size; -ENOSPC */
int smbios_build(uint8_t *ret_bytes, size_t size);

#endif
