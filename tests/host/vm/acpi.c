// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * ACPI tables, ACPI 6.5 chapter 5. One after the other into one piece of memory: the RSDP
 * points to the XSDT, that to the FADT and the MADT, the FADT to the DSDT.
 */

#include "host/vm/acpi.h"
#include "host/vm/aml.h"
#include "host/vm/bytes.h"
#include "host/vm/layout.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TABLE_HEADER     36

/* Offsets from LAYOUT_ACPI; each place is larger than its table. */
#define AT_RSDP          0x000
#define AT_XSDT          0x040
#define AT_FADT          0x100
#define AT_MADT          0x200
#define AT_DSDT          0x800

#define MAX_CPUS         64 /* the MADT's place holds them */

#define FADT_SIZE        244 /* revision 3 */
#define FADT_WBINVD      (1u << 0)
#define FADT_NO_POWER    (1u << 4) /* no fixed power button, and the next one: no sleep button */
#define FADT_NO_SLEEP    (1u << 5)
#define FADT_RESET       (1u << 10)

#define MADT_PCAT_COMPAT 1

#define SPACE_IO         1 /* of a generic address */

/* What is in a resource buffer: ACPI 6.5, 6.4 */
#define RESOURCE_END     0x79
#define RESOURCE_MEMORY  0x86
#define RESOURCE_IRQ     0x89

static uint8_t checksum(const uint8_t *bytes, size_t size)
{
	uint8_t sum = 0;

	while (size-- > 0)
		sum = (uint8_t)(sum + *bytes++);
	return (uint8_t)-sum;
}

/* The content is there already. */
static void finish_table(uint8_t *table, const char *signature, size_t size, uint8_t revision)
{
	memcpy(table, signature, 4);
	put_le32(table + 4, (uint32_t)size);
	table[8] = revision;
	table[9] = 0;
	memcpy(table + 10, "HVGVM ", 6);
	memcpy(table + 16, "HVGUEST ", 8);
	put_le32(table + 24, 1);
	memcpy(table + 28, "HVG ", 4);
	put_le32(table + 32, 1);
	table[9] = checksum(table, size);
}

static void build_rsdp(uint8_t *rsdp)
{
	memcpy(rsdp, "RSD PTR ", 8);
	memcpy(rsdp + 9, "HVGVM ", 6);
	rsdp[15] = 2;
	put_le32(rsdp + 20, 36);
	put_le64(rsdp + 24, LAYOUT_ACPI + AT_XSDT);
	rsdp[8] = checksum(rsdp, 20);
	rsdp[32] = checksum(rsdp, 36);
}

static void build_xsdt(uint8_t *xsdt)
{
	put_le64(xsdt + TABLE_HEADER, LAYOUT_ACPI + AT_FADT);
	put_le64(xsdt + TABLE_HEADER + 8, LAYOUT_ACPI + AT_MADT);
	finish_table(xsdt, "XSDT", TABLE_HEADER + 16, 1);
}

static void build_fadt(uint8_t *fadt)
{
	put_le32(fadt + 40, LAYOUT_ACPI + AT_DSDT);
	put_le16(fadt + 46, LAYOUT_IRQ_ACPI);
	put_le32(fadt + 56, LAYOUT_PORT_PM_EVENT);
	put_le32(fadt + 64, LAYOUT_PORT_PM_CONTROL);
	fadt[88] = 4;            /* bytes of the event block */
	fadt[89] = 2;            /* of the control block */
	put_le16(fadt + 109, 1); /* there are ISA devices */
	put_le32(fadt + 112, FADT_WBINVD | FADT_NO_POWER | FADT_NO_SLEEP | FADT_RESET);
	fadt[116] = SPACE_IO;
	fadt[117] = 8;
	fadt[119] = 1;
	put_le64(fadt + 120, LAYOUT_PORT_ACPI_RESET);
	fadt[128] = 1; /* any value resets */
	put_le64(fadt + 140, LAYOUT_ACPI + AT_DSDT);
	finish_table(fadt, "FACP", FADT_SIZE, 3);
}

static uint8_t *put_cpu(uint8_t *at, unsigned int cpu)
{
	at[0] = 0;
	at[1] = 8;
	at[2] = at[3] = (uint8_t)cpu;
	put_le32(at + 4, 1);
	return at + 8;
}

static uint8_t *put_io_apic(uint8_t *at, unsigned int id)
{
	at[0] = 1;
	at[1] = 12;
	at[2] = (uint8_t)id;
	put_le32(at + 4, LAYOUT_IO_APIC);
	put_le32(at + 8, 0);
	return at + 12;
}

/* flags: 0 as the bus has it, 0xd level and active high */
static uint8_t *put_override(uint8_t *at, uint8_t irq, uint32_t gsi, uint16_t flags)
{
	at[0] = 2;
	at[1] = 10;
	at[2] = 0;
	at[3] = irq;
	put_le32(at + 4, gsi);
	put_le16(at + 8, flags);
	return at + 10;
}

static void build_madt(uint8_t *madt, unsigned int n_cpus)
{
	uint8_t *at = madt + TABLE_HEADER + 8;

	put_le32(madt + TABLE_HEADER, LAYOUT_LOCAL_APIC);
	put_le32(madt + TABLE_HEADER + 4, MADT_PCAT_COMPAT);
	for (unsigned int cpu = 0; cpu < n_cpus; cpu++)
		at = put_cpu(at, cpu);
	at = put_io_apic(at, n_cpus);
	at = put_override(at, 0, 2, 0); /* KVM's timer is at pin 2 */
	at = put_override(at, LAYOUT_IRQ_ACPI, LAYOUT_IRQ_ACPI, 0xd);
	finish_table(madt, "APIC", (size_t)(at - madt), 1);
}

/*
 * As on today's hosts: the bus below a module device. hv_vmbus insists on resources, and is
 * content when there are none in them.
 */
static void put_vmbus(struct aml *aml)
{
	static const uint8_t nothing[] = { RESOURCE_END, 0 };
	size_t module = aml_device(aml, "VMOD"), bus;

	aml_name_text(aml, "_HID", "ACPI0004");
	aml_name_number(aml, "_UID", 0);
	bus = aml_device(aml, "VMBS");
	aml_name_text(aml, "_HID", "MSFT1000");
	aml_name_text(aml, "_CID", "VMBus");
	aml_name_number(aml, "_UID", 0);
	aml_name_number(aml, "_STA", 0xf);
	aml_name_buffer(aml, "_CRS", nothing, sizeof(nothing));
	aml_end(aml, bus);
	aml_end(aml, module);
}

/* LNRO0005 is what Linux's virtio_mmio.c looks for. */
static void put_virtio(struct aml *aml, unsigned int i)
{
	uint8_t resources[12 + 9 + 2] = { RESOURCE_MEMORY, 9, 0, 1 /* writable */ };
	uint8_t *irq = resources + 12;
	char name[5];
	size_t device;

	put_le32(resources + 4, LAYOUT_VIRTIO + i * LAYOUT_PAGE);
	put_le32(resources + 8, LAYOUT_PAGE);
	irq[0] = RESOURCE_IRQ;
	irq[1] = 6;
	irq[3] = 1; /* used by this device; level, active high */
	irq[4] = 1; /* one of them */
	put_le32(irq + 5, LAYOUT_VIRTIO_IRQ + i);
	resources[21] = RESOURCE_END;
	snprintf(name, sizeof(name), "VIO%x", i & 0xf);
	device = aml_device(aml, name);
	aml_name_text(aml, "_HID", "LNRO0005");
	aml_name_number(aml, "_UID", i);
	aml_name_buffer(aml, "_CRS", resources, sizeof(resources));
	aml_end(aml, device);
}

static int build_dsdt(const struct acpi_machine *machine, uint8_t *dsdt, size_t size)
{
	static const uint8_t to_disk[] = { 4, 4, 0, 0 }, soft_off[] = { 5, 5, 0, 0 };
	struct aml aml = { .bytes = dsdt, .n = TABLE_HEADER, .room = size };
	size_t scope = aml_scope(&aml, "_SB_");

	put_vmbus(&aml);
	for (unsigned int i = 0; i < machine->n_virtio; i++)
		put_virtio(&aml, i);
	aml_end(&aml, scope);
	if (machine->has_hibernation)
		aml_name_package(&aml, "_S4_", to_disk, sizeof(to_disk));
	aml_name_package(&aml, "_S5_", soft_off, sizeof(soft_off));
	if (aml.n > size)
		return -ENOSPC;
	finish_table(dsdt, "DSDT", aml.n, 2);
	return (int)aml.n;
}

int acpi_build(const struct acpi_machine *machine, uint8_t *ret_bytes, size_t size)
{
	int r;

	if (size < AT_DSDT + TABLE_HEADER || machine->n_cpus > MAX_CPUS)
		return -ENOSPC;
	memset(ret_bytes, 0, size);
	build_rsdp(ret_bytes + AT_RSDP);
	build_xsdt(ret_bytes + AT_XSDT);
	build_fadt(ret_bytes + AT_FADT);
	build_madt(ret_bytes + AT_MADT, machine->n_cpus);
	r = build_dsdt(machine, ret_bytes + AT_DSDT, size - AT_DSDT);
	return r < 0 ? r : AT_DSDT + r;
}
