/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_BENCH_CPU_H
#define HVG_TESTS_BENCH_CPU_H

/*
 * To wake a thread on another (virtual) CPU costs more than a request, and the scheduler's choice of
 * CPUs would decide the comparison: so a benchmark, and all that it starts, stays on one.
 */
void stay_on_one_cpu(void);

#endif
