// SPDX-License-Identifier: LGPL-2.1-or-later

/* A ring. Quantiles are found by sorting a copy, which happens only when somebody asks. */

#include "service/timehistory.h"

#include "base/units.h"

#include <math.h>
#include <stdlib.h>

static size_t place(const struct hvg_timehistory *history, size_t i)
{
	return (history->first + i) % HVG_TIMEHISTORY_MAX;
}

static void drop_first(struct hvg_timehistory *history)
{
	history->first = place(history, 1);
	history->n--;
}

void hvg_timehistory_expire(struct hvg_timehistory *history, uint64_t now_us)
{
	while (history->n > 0 &&
		now_us - history->entries[history->first].at_us > HVG_TIMEHISTORY_US)
		drop_first(history);
}

void hvg_timehistory_add(
	struct hvg_timehistory *history, const struct hvg_timehistory_entry *entry)
{
	hvg_timehistory_expire(history, entry->at_us);
	if (history->n == HVG_TIMEHISTORY_MAX)
		drop_first(history);
	history->entries[place(history, history->n++)] = *entry;
}

const struct hvg_timehistory_entry *hvg_timehistory_at(
	const struct hvg_timehistory *history, size_t i)
{
	return i < history->n ? &history->entries[place(history, i)] : NULL;
}

static int compare(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

/* The smallest that at least this share of all does not exceed. */
static int64_t quantile(const int64_t *sorted, size_t n, double share)
{
	size_t rank = (size_t)ceil(share * (double)n);

	return sorted[HVG_MAX(rank, (size_t)1) - 1];
}

struct hvg_timehistory_spread hvg_timehistory_spread(const struct hvg_timehistory *history)
{
	int64_t sorted[HVG_TIMEHISTORY_MAX];
	size_t n = history->n;
	double sum = 0;

	if (n == 0)
		return (struct hvg_timehistory_spread){ 0 };
	for (size_t i = 0; i < n; i++) {
		int64_t offset_ns = hvg_timehistory_at(history, i)->offset_ns;

		sorted[i] = offset_ns < 0 ? -offset_ns : offset_ns;
		sum += (double)offset_ns * (double)offset_ns;
	}
	qsort(sorted, n, sizeof(sorted[0]), compare);
	return (struct hvg_timehistory_spread){
		.rms_ns = sqrt(sum / (double)n),
		.median_abs_ns = quantile(sorted, n, 0.5),
		.p99_abs_ns = quantile(sorted, n, 0.99),
		.max_abs_ns = sorted[n - 1],
	};
}
