// SPDX-License-Identifier: LGPL-2.1-or-later

/* The clock that the kernel reads once, when it starts. */

#include "host/vm/cmos.h"

#define STATUS_A 0x26 /* 32768 Hz, no update in progress */
#define STATUS_B 0x02 /* 24 hours */
#define STATUS_D 0x80 /* the battery is good */

static uint8_t bcd(int number)
{
	return (uint8_t)(number / 10 << 4 | number % 10);
}

uint8_t cmos_read(uint8_t reg, time_t now)
{
	struct tm tm;

	gmtime_r(&now, &tm);
	switch (reg) {
	case 0x00:
		return bcd(tm.tm_sec);
	case 0x02:
		return bcd(tm.tm_min);
	case 0x04:
		return bcd(tm.tm_hour);
	case 0x06:
		return bcd(tm.tm_wday + 1);
	case 0x07:
		return bcd(tm.tm_mday);
	case 0x08:
		return bcd(tm.tm_mon + 1);
	case 0x09:
		return bcd(tm.tm_year % 100);
	case 0x0a:
		return STATUS_A;
	case 0x0b:
		return STATUS_B;
	case 0x0d:
		return STATUS_D;
	case 0x32:
		return bcd(19 + tm.tm_year / 100);
	default:
		return 0;
	}
}
