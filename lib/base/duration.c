// SPDX-License-Identifier: LGPL-2.1-or-later

/* The largest unit in which there is something before the point, with the digits that it
 * deserves. */

#include "base/duration.h"

#include "base/units.h"

#include <stdio.h>

static const struct {
	const char *name;
	double ns;
	int digits;
} units[] = {
	{ "d", 86400e9, 1 },
	{ "s", 1e9, 3 },
	{ "ms", 1e6, 3 },
	{ "us", 1e3, 1 },
};

/* A day is not a unit before there are several: 40000 s are known by their number. */
#define LEAST_DAYS_NS (2 * 86400e9)

static double least_of(size_t i)
{
	return i == 0 ? LEAST_DAYS_NS : units[i].ns;
}

void hvg_duration_render(double ns, char ret[static HVG_DURATION_SIZE])
{
	double size = ns < 0 ? -ns : ns;

	for (size_t i = 0; i < HVG_ELEMENTS(units); i++) {
		if (size < least_of(i))
			continue;
		(void)snprintf(ret, HVG_DURATION_SIZE, "%.*f %s", units[i].digits,
			ns / units[i].ns, units[i].name);
		return;
	}
	(void)snprintf(ret, HVG_DURATION_SIZE, "%.0f ns", size < 0.5 ? 0.0 : ns);
}
