// SPDX-License-Identifier: LGPL-2.1-or-later

/* The ports of a PC: what Linux's serial driver probes for, the clock, off and reset. */

#include "suites.h"

#include "host/vm/cmos.h"
#include "host/vm/layout.h"
#include "host/vm/ports.h"

#include <string.h>

#define COM LAYOUT_PORT_SERIAL

static struct ports ports;
static char sent[64];
static size_t n_sent;
static unsigned int n_edges; /* of the serial port's interrupt */
static bool level;

static void send(void *userdata, uint8_t byte)
{
	sent[n_sent++] = (char)byte;
}

static void set_irq(void *userdata, bool is_high)
{
	n_edges += is_high && !level;
	level = is_high;
}

static time_t now(void *userdata)
{
	return 1764312345; /* 2025-11-28 06:45:45 UTC, a Friday */
}

static void set_up(void)
{
	memset(&ports, 0, sizeof(ports));
	memset(sent, 0, sizeof(sent));
	ports.uart.send = send;
	ports.uart.set_irq = set_irq;
	ports.now = now;
	n_sent = n_edges = 0;
	level = false;
}

static void out(uint16_t port, uint32_t value)
{
	ports_out(&ports, port, 1, value);
}

static uint32_t in(uint16_t port)
{
	return ports_in(&ports, port, 1);
}

/* autoconfig() of drivers/tty/serial/8250/8250_port.c, in short */
START_TEST(is_found_by_the_serial_driver)
{
	out(COM + 1, 0);
	ck_assert_uint_eq(in(COM + 1) & 0x0f, 0);
	out(COM + 1, 0x0f);
	ck_assert_uint_eq(in(COM + 1) & 0x0f, 0x0f);
	out(COM + 1, 0);
	out(COM + 4, 0x1a); /* loop, OUT2, RTS */
	ck_assert_uint_eq(in(COM + 6) & 0xf0, 0x90);
	out(COM + 4, 0x15); /* loop, OUT1, DTR */
	ck_assert_uint_eq(in(COM + 6) & 0xf0, 0x60);
	out(COM + 4, 0);
	ck_assert_uint_eq(in(COM + 6) & 0xf0, 0xb0);
	out(COM + 2, 1);
	ck_assert_uint_eq(in(COM + 2) & 0xc0, 0xc0);
	out(COM + 2, 0);
	ck_assert_uint_eq(in(COM + 2) & 0xc0, 0);
	out(COM + 7, 0xae);
	ck_assert_uint_eq(in(COM + 7), 0xae);
	ck_assert_uint_eq(in(COM + 5), 0x60);
	ck_assert_uint_eq(n_sent, 0);
}
END_TEST

START_TEST(has_a_divisor_in_the_same_place)
{
	out(COM + 3, 0x83);
	out(COM, 0x01);
	out(COM + 1, 0x02);
	ck_assert_uint_eq(in(COM), 1);
	ck_assert_uint_eq(in(COM + 1), 2);
	out(COM + 3, 0x03);
	ck_assert_uint_eq(in(COM + 3), 0x03);
	ck_assert_uint_eq(in(COM + 1), 0);
	out(COM, 'x');
	ck_assert_str_eq(sent, "x");
}
END_TEST

START_TEST(interrupts_after_each_byte_if_it_may)
{
	out(COM, 'a');
	ck_assert_uint_eq(n_edges, 0);
	ck_assert_uint_eq(in(COM + 2), 0x01);
	out(COM + 1, 2);
	ck_assert_uint_eq(n_edges, 1);
	ck_assert_uint_eq(in(COM + 2), 0x02);
	ck_assert(!level); /* reading says that it was seen */
	ck_assert_uint_eq(in(COM + 2), 0x01);
	out(COM, 'b');
	ck_assert_uint_eq(n_edges, 2);
	out(COM, 'c'); /* another edge, although it was not read */
	ck_assert_uint_eq(n_edges, 3);
	out(COM + 1, 0);
	ck_assert(!level);
	ck_assert_str_eq(sent, "abc");
}
END_TEST

START_TEST(sends_nothing_in_a_loop)
{
	out(COM + 4, 0x10);
	out(COM, 'x');
	ck_assert_uint_eq(n_sent, 0);
}
END_TEST

static const struct {
	uint8_t reg, value;
} clock_registers[] = {
	{ 0x00, 0x45 },
	{ 0x02, 0x45 },
	{ 0x04, 0x06 },
	{ 0x06, 0x06 },
	{ 0x07, 0x28 },
	{ 0x08, 0x11 },
	{ 0x09, 0x25 },
	{ 0x32, 0x20 },
	{ 0x0a, 0x26 },
	{ 0x0b, 0x02 },
	{ 0x0c, 0x00 },
	{ 0x0d, 0x80 },
};

START_TEST(tells_the_time)
{
	out(0x70, 0x80u | clock_registers[_i].reg);
	ck_assert_uint_eq(in(0x71), clock_registers[_i].value);
}
END_TEST

START_TEST(counts_centuries)
{
	const struct cmos cmos = { 0 };

	ck_assert_uint_eq(cmos_read(&cmos, 0x32, 4102444800), 0x21);
	ck_assert_uint_eq(cmos_read(&cmos, 0x09, 4102444800), 0x00);
	ck_assert_uint_eq(cmos_read(&cmos, 0x32, 0), 0x19);
	ck_assert_uint_eq(cmos_read(&cmos, 0x09, 0), 0x70);
}
END_TEST

static void write_clock(uint8_t reg, uint8_t value)
{
	out(0x70, reg);
	out(0x71, value);
}

/* 2025-11-28 06:45:45 becomes 2031-01-02 03:04:05, as mc146818_set_time() does it. */
START_TEST(is_set_when_the_guest_lets_go_of_it)
{
	static const uint8_t date[][2] = { { 0x00, 0x05 }, { 0x02, 0x04 }, { 0x04, 0x03 }, { 0x07, 0x02 },
		{ 0x08, 0x01 }, { 0x09, 0x31 } };

	write_clock(0x0b, 0x82);
	for (size_t i = 0; i < sizeof(date) / sizeof(date[0]); i++)
		write_clock(date[i][0], date[i][1]);
	out(0x70, 0x0b);
	ck_assert_uint_eq(in(0x71), 0x82);
	ck_assert_int_eq(ports.cmos.ahead_s, 0);
	write_clock(0x0b, 0x02);
	ck_assert_int_eq(ports.cmos.ahead_s, 1925089445 - 1764312345);
	out(0x70, 0x09);
	ck_assert_uint_eq(in(0x71), 0x31);
}
END_TEST

START_TEST(is_not_set_by_what_is_written_while_it_runs)
{
	write_clock(0x00, 0x05);
	write_clock(0x09, 0x31);
	ck_assert_int_eq(ports.cmos.ahead_s, 0);
	out(0x70, 0x09);
	ck_assert_uint_eq(in(0x71), 0x25);
}
END_TEST

/* Ways to end, and what looks like one. */
static const struct {
	uint16_t port;
	uint32_t value;
	enum ports_end end;
} endings[] = {
	{ 0x604, 5u << 10 | 0x2000, PORTS_OFF },
	{ 0x604, 5u << 10, PORTS_RUN },
	{ 0x505, 0x42, PORTS_RESET },
	{ 0x64, 0xfe, PORTS_RESET },
	{ 0x64, 0xd1, PORTS_RUN },
	{ 0xcf9, 0x06, PORTS_RESET },
	{ 0xcf9, 0x02, PORTS_RUN },
	{ 0x80, 0xff, PORTS_RUN },
};

START_TEST(ends_when_the_guest_says_so)
{
	ports_out(&ports, endings[_i].port, 2, endings[_i].value);
	ck_assert_int_eq(ports.end, endings[_i].end);
}
END_TEST

START_TEST(is_in_acpi_mode)
{
	ck_assert_uint_eq(ports_in(&ports, 0x604, 2) & 1, 1);
	ck_assert_uint_eq(ports_in(&ports, 0x600, 2), 0);
	ports_out(&ports, 0x602, 2, 0x120);
	ck_assert_uint_eq(ports_in(&ports, 0x602, 2), 0x120);
}
END_TEST

START_TEST(reads_as_ones_where_nobody_is)
{
	ck_assert_uint_eq(ports_in(&ports, 0xcfc, 1), 0xff);
	ck_assert_uint_eq(ports_in(&ports, 0xcfc, 2), 0xffff);
	ck_assert_uint_eq(ports_in(&ports, 0xcfc, 4), 0xffffffff);
}
END_TEST

Suite *hvg_suite_host_vm_ports(void)
{
	Suite *suite = suite_create("host/vm/ports");
	TCase *tcase = hvg_suite_case(suite, "ports");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, is_found_by_the_serial_driver);
	tcase_add_test(tcase, has_a_divisor_in_the_same_place);
	tcase_add_test(tcase, interrupts_after_each_byte_if_it_may);
	tcase_add_test(tcase, sends_nothing_in_a_loop);
	tcase_add_loop_test(
		tcase, tells_the_time, 0, sizeof(clock_registers) / sizeof(clock_registers[0]));
	tcase_add_test(tcase, counts_centuries);
	tcase_add_test(tcase, is_set_when_the_guest_lets_go_of_it);
	tcase_add_test(tcase, is_not_set_by_what_is_written_while_it_runs);
	tcase_add_loop_test(
		tcase, ends_when_the_guest_says_so, 0, sizeof(endings) / sizeof(endings[0]));
	tcase_add_test(tcase, is_in_acpi_mode);
	tcase_add_test(tcase, reads_as_ones_where_nobody_is);
	return suite;
}
