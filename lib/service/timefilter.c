// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The limit for a delay comes from the delays of the last 32 samples, the refused ones among
 * them: a machine that has become slower is believed after a while.
 */

#include "service/timefilter.h"

#include "base/units.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NSEC_PER_SEC    INT64_C(1000000000)

/* A host tells the time of its days: from 2020 to 2100, in seconds since 1970. */
#define EARLIEST_NS     (INT64_C(1577836800) * NSEC_PER_SEC)
#define LATEST_NS       (INT64_C(4102444800) * NSEC_PER_SEC)

/* Twice the upper quartile, and never below what interrupts cost: ours, from simulations. */
#define LIMIT_FACTOR    2
#define LIMIT_FLOOR_NS  2000
#define REFUSED_AT_MOST 3

static int64_t delay_of(const struct hvg_clock_reading *reading)
{
	return reading->after_ns - reading->before_ns;
}

static bool is_plausible(const struct hvg_clock_reading *reading)
{
	return delay_of(reading) >= 0 && reading->device_ns >= EARLIEST_NS &&
		reading->device_ns < LATEST_NS;
}

static int64_t offset_of(const struct hvg_clock_reading *reading)
{
	return reading->before_ns + delay_of(reading) / 2 - reading->device_ns;
}

/* The quickest first. n is small. */
static void sort(struct hvg_clock_reading *readings, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t j = i; j > 0 && delay_of(&readings[j]) < delay_of(&readings[j - 1]);
			j--) {
			struct hvg_clock_reading quicker = readings[j];

			readings[j] = readings[j - 1];
			readings[j - 1] = quicker;
		}
}

static int compare(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

static int64_t limit_of(const struct hvg_timefilter *filter)
{
	int64_t sorted[HVG_TIMEFILTER_HISTORY];

	if (filter->n == 0)
		return INT64_MAX;
	memcpy(sorted, filter->delays_ns, filter->n * sizeof(sorted[0]));
	qsort(sorted, filter->n, sizeof(sorted[0]), compare);
	return HVG_MAX(LIMIT_FACTOR * sorted[filter->n * 3 / 4], (int64_t)LIMIT_FLOOR_NS);
}

static void remember(struct hvg_timefilter *filter, int64_t delay_ns)
{
	filter->delays_ns[filter->next] = delay_ns;
	filter->next = (filter->next + 1) % HVG_TIMEFILTER_HISTORY;
	filter->n = HVG_MIN(filter->n + 1, (size_t)HVG_TIMEFILTER_HISTORY);
}

/* Differences to the first, so that no sum of times overflows. */
static int64_t mean_offset(const struct hvg_clock_reading *readings, size_t n)
{
	int64_t first = offset_of(&readings[0]), sum = 0;

	for (size_t i = 1; i < n; i++)
		sum += offset_of(&readings[i]) - first;
	return first + sum / (int64_t)n;
}

int hvg_timefilter_pick(struct hvg_timefilter *filter, const struct hvg_clock_reading *readings,
	size_t n, struct hvg_time_sample *ret)
{
	struct hvg_clock_reading sorted[HVG_CLOCK_READINGS_MAX];
	int64_t delay_ns, limit_ns = limit_of(filter);

	n = HVG_MIN(n, (size_t)HVG_CLOCK_READINGS_MAX);
	for (size_t i = 0; i < n; i++)
		if (!is_plausible(&readings[i]))
			return -EBADMSG;
	if (n == 0)
		return -EBADMSG;
	memcpy(sorted, readings, n * sizeof(sorted[0]));
	sort(sorted, n);
	delay_ns = delay_of(&sorted[0]);
	remember(filter, delay_ns);
	if (delay_ns > limit_ns && filter->n_refused < REFUSED_AT_MOST) {
		filter->n_refused++;
		return -EAGAIN;
	}
	filter->n_refused = 0;
	*ret = (struct hvg_time_sample){
		.offset_ns = mean_offset(sorted, HVG_MAX(n / 4, (size_t)1)),
		.delay_ns = delay_ns,
		.device_ns = sorted[0].device_ns,
	};
	return 0;
}
