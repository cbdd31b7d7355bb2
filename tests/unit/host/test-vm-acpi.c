// SPDX-License-Identifier: LGPL-2.1-or-later

/* ACPI tables: sums that come out, pointers that lead somewhere, and AML as a compiler makes
 * it. */

#include "suites.h"

#include "host/vm/acpi.h"
#include "host/vm/aml.h"
#include "host/vm/bytes.h"
#include "host/vm/layout.h"

#include <errno.h>
#include <string.h>

static uint8_t tables[8192];
static int size;

static void build(unsigned int n_cpus, unsigned int n_virtio)
{
	const struct acpi_machine machine = { .n_cpus = n_cpus, .n_virtio = n_virtio };

	size = acpi_build(&machine, tables, sizeof(tables));
	ck_assert_int_gt(size, 0);
}

static const uint8_t *at(uint64_t address)
{
	ck_assert_uint_ge(address, LAYOUT_ACPI);
	ck_assert_uint_lt(address, LAYOUT_ACPI + (unsigned int)size);
	return tables + (address - LAYOUT_ACPI);
}

static uint8_t sum(const uint8_t *bytes, size_t n)
{
	uint8_t total = 0;

	while (n-- > 0)
		total = (uint8_t)(total + *bytes++);
	return total;
}

static const uint8_t *table(uint64_t address, const char *signature)
{
	const uint8_t *bytes = at(address);

	ck_assert_mem_eq(bytes, signature, 4);
	ck_assert_uint_eq(sum(bytes, get_le32(bytes + 4)), 0);
	return bytes;
}

static const uint8_t *fadt(void)
{
	const uint8_t *xsdt = table(get_le64(tables + 24), "XSDT");

	return table(get_le64(xsdt + 36), "FACP");
}

static const uint8_t *madt(void)
{
	const uint8_t *xsdt = table(get_le64(tables + 24), "XSDT");

	return table(get_le64(xsdt + 44), "APIC");
}

START_TEST(leads_from_table_to_table)
{
	build(1, 1);
	ck_assert_mem_eq(tables, "RSD PTR ", 8);
	ck_assert_uint_eq(sum(tables, 20), 0);
	ck_assert_uint_eq(sum(tables, 36), 0);
	(void)table(get_le32(fadt() + 40), "DSDT");
	(void)table(get_le64(fadt() + 140), "DSDT");
	(void)madt();
	ck_assert_uint_eq(get_le32(at(get_le64(tables + 24)) + 4), 36 + 2 * 8);
	ck_assert_uint_eq(get_le32(fadt() + 4), 244);
}
END_TEST

START_TEST(tells_how_to_switch_off_and_reset)
{
	build(1, 0);
	ck_assert_uint_eq(get_le32(fadt() + 48), 0); /* in ACPI mode already */
	ck_assert_uint_eq(get_le32(fadt() + 56), 0x600);
	ck_assert_uint_eq(get_le32(fadt() + 64), 0x604);
	ck_assert(get_le32(fadt() + 112) & 1u << 10);
	ck_assert_uint_eq(get_le64(fadt() + 120), LAYOUT_PORT_ACPI_RESET);
	ck_assert_ptr_nonnull(memmem(tables, (size_t)size, "_S5_\x12", 5));
}
END_TEST

START_TEST(hibernates_if_it_may)
{
	struct acpi_machine machine = { .n_cpus = 1 };

	build(1, 0);
	ck_assert_ptr_null(memmem(tables, (size_t)size, "_S4_", 4));
	machine.has_hibernation = true;
	size = acpi_build(&machine, tables, sizeof(tables));
	ck_assert_ptr_nonnull(memmem(tables, (size_t)size, "_S4_\x12", 5));
	(void)table(get_le32(fadt() + 40), "DSDT");
}
END_TEST

/* Entries of the MADT of that type. */
static unsigned int count(uint8_t type)
{
	const uint8_t *bytes = madt(), *end = bytes + get_le32(bytes + 4);
	unsigned int n = 0;

	for (bytes += 44; bytes < end; bytes += bytes[1])
		n += bytes[0] == type;
	ck_assert_ptr_eq(bytes, end);
	return n;
}

START_TEST(counts_processors)
{
	build((unsigned int)_i, 0);
	ck_assert_uint_eq(count(0), (unsigned int)_i);
	ck_assert_uint_eq(count(1), 1);
	ck_assert_uint_eq(count(2), 2);
}
END_TEST

START_TEST(has_no_place_for_more)
{
	const struct acpi_machine machine = { .n_cpus = 65 }, small = { .n_cpus = 1 };

	ck_assert_int_eq(acpi_build(&machine, tables, sizeof(tables)), -ENOSPC);
	build(1, 0);
	ck_assert_int_eq(acpi_build(&small, tables, (size_t)size - 1), -ENOSPC);
	ck_assert_int_eq(acpi_build(&small, tables, (size_t)size), size);
	ck_assert_int_eq(acpi_build(&small, tables, 100), -ENOSPC);
}
END_TEST

/* Where a block ends that has this name, by its length of one or two bytes. */
static const uint8_t *end_of(const uint8_t *name)
{
	const uint8_t *length = name[-2] & 0x40 ? name - 2 : name - 1;

	return length + (length[0] & (length == name - 2 ? 0xf : 0x3f)) +
		(length == name - 2 ? (size_t)length[1] << 4 : 0);
}

START_TEST(has_devices_in_the_scope_and_the_bus_in_its_module)
{
	const uint8_t *dsdt, *scope, *module, *bus, *off, *virtio;

	build(1, 1);
	dsdt = at(get_le32(fadt() + 40));
	scope = memmem(dsdt, 200, "_SB_", 4);
	module = memmem(dsdt, 200, "VMOD", 4);
	bus = memmem(dsdt, 200, "VMBS", 4);
	virtio = memmem(dsdt, 200, "VIO0", 4);
	off = memmem(dsdt, get_le32(dsdt + 4), "_S5_", 4);
	ck_assert_ptr_eq(end_of(scope), off - 1);
	ck_assert_ptr_eq(end_of(bus), end_of(module));
	ck_assert_mem_eq(end_of(module), "\x5b\x82", 2);
	ck_assert_ptr_eq(end_of(module) + 3, virtio);
	ck_assert_ptr_eq(end_of(virtio), end_of(scope));
}
END_TEST

START_TEST(names_each_virtio_device)
{
	static const uint8_t resources[] = { 0x86, 9, 0, 1, 0, 0x10, 0, 0xd0, 0, 0x10, 0, 0,
		0x89, 6, 0, 1, 1, 17, 0, 0, 0, 0x79, 0 };

	build(1, 3);
	ck_assert_ptr_nonnull(memmem(tables, (size_t)size, "VIO0", 4));
	ck_assert_ptr_nonnull(memmem(tables, (size_t)size, "VIO2", 4));
	ck_assert_ptr_null(memmem(tables, (size_t)size, "VIO3", 4));
	ck_assert_ptr_nonnull(memmem(tables, (size_t)size, resources, sizeof(resources)));
}
END_TEST

/* Scope(_SB) { Device(VMBS) { … } } and _S5, as iasl compiles it (but for the _HID, which it
 * refuses). */
START_TEST(writes_what_a_compiler_writes)
{
	static const uint8_t wanted[] = { 0x10, 0x30, 0x5f, 0x53, 0x42, 0x5f, 0x5b, 0x82, 0x29,
		0x56, 0x4d, 0x42, 0x53, 0x08, 0x5f, 0x48, 0x49, 0x44, 0x0d, 0x56, 0x4d, 0x42,
		0x75, 0x73, 0x00, 0x08, 0x5f, 0x55, 0x49, 0x44, 0x00, 0x08, 0x5f, 0x53, 0x54,
		0x41, 0x0a, 0x0f, 0x08, 0x5f, 0x43, 0x52, 0x53, 0x11, 0x05, 0x0a, 0x02, 0x79,
		0x00, 0x08, 0x5f, 0x53, 0x35, 0x5f, 0x12, 0x08, 0x04, 0x0a, 0x05, 0x0a, 0x05,
		0x00, 0x00 };
	struct aml aml = { .bytes = tables, .room = sizeof(tables) };
	size_t scope = aml_scope(&aml, "_SB_"), device = aml_device(&aml, "VMBS");

	aml_name_text(&aml, "_HID", "VMBus");
	aml_name_number(&aml, "_UID", 0);
	aml_name_number(&aml, "_STA", 0xf);
	aml_name_buffer(&aml, "_CRS", (const uint8_t[]){ 0x79, 0 }, 2);
	aml_end(&aml, device);
	aml_end(&aml, scope);
	aml_name_package(&aml, "_S5_", (const uint8_t[]){ 5, 5, 0, 0 }, 4);
	ck_assert_uint_eq(aml.n, sizeof(wanted));
	ck_assert_mem_eq(tables, wanted, sizeof(wanted));
}
END_TEST

/* Bytes in a buffer, and what stands before them: one, two, three bytes of length. */
static const struct {
	size_t size, n_head;
	uint8_t head[8];
} lengths[] = {
	{ 60, 4, { 0x11, 0x3f, 0x0a, 60 } },
	{ 61, 5, { 0x11, 0x41, 0x04, 0x0a, 61 } },
	{ 255, 5, { 0x11, 0x43, 0x10, 0x0a, 255 } },
	{ 256, 6, { 0x11, 0x45, 0x10, 0x0b, 0, 1 } },
	{ 4090, 6, { 0x11, 0x4f, 0xff, 0x0b, 0xfa, 0x0f } },
	{ 4091, 7, { 0x11, 0x81, 0x00, 0x01, 0x0b, 0xfb, 0x0f } },
};

START_TEST(writes_lengths_of_any_size)
{
	static uint8_t bytes[5000];
	struct aml aml = { .bytes = tables, .room = sizeof(tables) };

	aml_name_buffer(&aml, "NAME", bytes, lengths[_i].size);
	ck_assert_mem_eq(tables + 5, lengths[_i].head, lengths[_i].n_head);
	ck_assert_uint_eq(aml.n, 5 + lengths[_i].n_head + lengths[_i].size);
}
END_TEST

START_TEST(writes_numbers_of_any_size)
{
	static const uint8_t wanted[] = { 8, 'A', '_', '_', '_', 1, 8, 'B', '_', '_', '_', 0x0c,
		0x78, 0x56, 0x34, 0x12 };
	struct aml aml = { .bytes = tables, .room = sizeof(tables) };

	aml_name_number(&aml, "A___", 1);
	aml_name_number(&aml, "B___", 0x12345678);
	ck_assert_uint_eq(aml.n, sizeof(wanted));
	ck_assert_mem_eq(tables, wanted, sizeof(wanted));
}
END_TEST

START_TEST(never_writes_beyond_its_room)
{
	struct aml aml = { .bytes = tables };
	size_t device;

	for (aml.room = 0; aml.room < 40; aml.room++) {
		memset(tables, 0xee, sizeof(tables));
		aml.n = 0;
		device = aml_device(&aml, "DEV_");
		aml_name_text(&aml, "_HID", "text that is too long");
		aml_end(&aml, device);
		ck_assert_uint_eq(aml.n, 35);
		for (size_t i = aml.room; i < 64; i++)
			ck_assert_uint_eq(
				tables[i], i < aml.n && aml.room >= aml.n ? tables[i] : 0xee);
	}
}
END_TEST

Suite *hvg_suite_host_vm_acpi(void)
{
	Suite *suite = suite_create("host/vm/acpi");
	TCase *tcase = hvg_suite_case(suite, "tables");
	TCase *aml = hvg_suite_case(suite, "aml");

	tcase_add_test(tcase, leads_from_table_to_table);
	tcase_add_test(tcase, tells_how_to_switch_off_and_reset);
	tcase_add_test(tcase, hibernates_if_it_may);
	tcase_add_loop_test(tcase, counts_processors, 1, 9);
	tcase_add_test(tcase, has_no_place_for_more);
	tcase_add_test(tcase, has_devices_in_the_scope_and_the_bus_in_its_module);
	tcase_add_test(tcase, names_each_virtio_device);
	tcase_add_test(aml, writes_what_a_compiler_writes);
	tcase_add_loop_test(
		aml, writes_lengths_of_any_size, 0, sizeof(lengths) / sizeof(lengths[0]));
	tcase_add_test(aml, writes_numbers_of_any_size);
	tcase_add_test(aml, never_writes_beyond_its_room);
	return suite;
}
