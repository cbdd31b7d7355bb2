/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_BENCH_DISK_H
#define HVG_TESTS_BENCH_DISK_H

#include "subject.h"

/*
 * What it takes to make one page of an existing file durable, in a file in this folder: no daemon that
 * tells the host "stored" and means it can be faster.
 */
struct figure disk_time_flush(const char *folder);

#endif
