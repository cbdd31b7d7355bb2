/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_LAYOUT_H
#define HVG_TESTS_HOST_VM_LAYOUT_H

/* Where things are in the guest's physical memory, its ports and its interrupts. */

#define LAYOUT_PAGE            4096u

/* Below 1 MiB: what the kernel finds when it starts. */
#define LAYOUT_GDT             0x500u
#define LAYOUT_PAGE_TABLES     0x9000u /* six pages */
#define LAYOUT_ZERO_PAGE       0x10000u
#define LAYOUT_COMMAND_LINE    0x20000u
#define LAYOUT_LOW_END         0x9fc00u
#define LAYOUT_ACPI            0xe0000u
#define LAYOUT_ACPI_END        0xf0000u
#define LAYOUT_SMBIOS          0xf0000u /* where a kernel looks for it */
#define LAYOUT_SMBIOS_END      0x100000u
#define LAYOUT_HIGH_START      0x100000u
#define LAYOUT_KERNEL          0x1000000u /* pref_address of every Debian kernel */

/* Guest memory ends below this; devices and interrupt controllers are above. */
#define LAYOUT_MAX_MEMORY      0xc0000000u
#define LAYOUT_IO_APIC         0xfec00000u
#define LAYOUT_LOCAL_APIC      0xfee00000u

/* virtio-mmio devices: a page and an interrupt of the I/O APIC each. */
#define LAYOUT_VIRTIO          0xd0000000u
#define LAYOUT_VIRTIO_IRQ      16u
#define LAYOUT_MAX_VIRTIO      8u

#define LAYOUT_IRQ_SERIAL      4u
#define LAYOUT_IRQ_ACPI        9u

#define LAYOUT_PORT_CMOS       0x70u
#define LAYOUT_PORT_KEYBOARD   0x64u
#define LAYOUT_PORT_HYPERCALL  0xf1u /* ours: the hypercall page says "out" */
#define LAYOUT_PORT_SERIAL     0x3f8u
#define LAYOUT_PORT_ACPI_RESET 0x505u
#define LAYOUT_PORT_PM_EVENT   0x600u
#define LAYOUT_PORT_PM_CONTROL 0x604u
#define LAYOUT_PORT_RESET      0xcf9u

#endif
