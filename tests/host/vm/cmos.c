// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The clock that the kernel reads when it starts, and sets again while its own is known to be
 * right. What it writes counts when the bit that holds the clock is taken back.
 */

#include "host/vm/cmos.h"

#define SECONDS  0x00
#define MINUTES  0x02
#define HOURS    0x04
#define DAY      0x07
#define MONTH    0x08
#define YEAR     0x09
#define CENTURY  0x32
#define CONTROL  0x0b
#define HOLD     0x80 /* SET, of the control register */

#define STATUS_A 0x26 /* 32768 Hz, no update in progress */
#define STATUS_B 0x02 /* 24 hours */
#define STATUS_D 0x80 /* the battery is good */

static uint8_t bcd(int number)
{
	return (uint8_t)(number / 10 << 4 | number % 10);
}

static int number(uint8_t bcd)
{
	return (bcd >> 4) * 10 + (bcd & 0x0f);
}

static uint8_t show(const struct tm *tm, uint8_t reg)
{
	switch (reg) {
	case SECONDS:
		return bcd(tm->tm_sec);
	case MINUTES:
		return bcd(tm->tm_min);
	case HOURS:
		return bcd(tm->tm_hour);
	case 0x06:
		return bcd(tm->tm_wday + 1);
	case DAY:
		return bcd(tm->tm_mday);
	case MONTH:
		return bcd(tm->tm_mon + 1);
	case YEAR:
		return bcd(tm->tm_year % 100);
	case 0x0a:
		return STATUS_A;
	case CONTROL:
		return STATUS_B;
	case 0x0d:
		return STATUS_D;
	case CENTURY:
		return bcd(19 + tm->tm_year / 100);
	default:
		return 0;
	}
}

uint8_t cmos_read(const struct cmos *cmos, uint8_t reg, time_t host_now)
{
	time_t now = host_now + cmos->ahead_s;
	struct tm tm;

	if (cmos->is_held && reg < CMOS_REGISTERS)
		return cmos->held[reg] | (reg == CONTROL ? HOLD : 0);
	gmtime_r(&now, &tm);
	return show(&tm, reg);
}

static void hold(struct cmos *cmos, time_t host_now)
{
	for (uint8_t reg = 0; reg < CMOS_REGISTERS; reg++)
		cmos->held[reg] = cmos_read(cmos, reg, host_now);
	cmos->is_held = true;
}

static void release(struct cmos *cmos, time_t host_now)
{
	const uint8_t *held = cmos->held;
	struct tm tm = {
		.tm_sec = number(held[SECONDS]),
		.tm_min = number(held[MINUTES]),
		.tm_hour = number(held[HOURS]),
		.tm_mday = number(held[DAY]),
		.tm_mon = number(held[MONTH]) - 1,
		.tm_year = (number(held[CENTURY]) - 19) * 100 + number(held[YEAR]),
	};

	cmos->ahead_s = timegm(&tm) - host_now;
	cmos->is_held = false;
}

static bool is_time(uint8_t reg)
{
	return reg <= YEAR || reg == CENTURY;
}

void cmos_write(struct cmos *cmos, uint8_t reg, uint8_t value, time_t host_now)
{
	bool is_hold = reg == CONTROL && value & HOLD;

	if (is_hold && !cmos->is_held)
		hold(cmos, host_now);
	else if (reg == CONTROL && !is_hold && cmos->is_held)
		release(cmos, host_now);
	else if (cmos->is_held && is_time(reg))
		cmos->held[reg] = value;
}
