/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_ACPI_H
#define HVG_TESTS_HOST_VM_ACPI_H

/*
 * The tables that tell the guest of its processors, its interrupt controller, how to switch
 * itself off, and of two kinds of devices: the VMBus, and virtio over MMIO.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct acpi_machine {
	unsigned int n_cpus;
	unsigned int n_virtio;
	bool has_hibernation; /* S4: a guest then takes the host's request to hibernate */
};

/* Writes them as they stand at address LAYOUT_ACPI, the RSDP first. The size; -ENOSPC */
int acpi_build(const struct acpi_machine *machine, uint8_t *ret_bytes, size_t size);

#endif
