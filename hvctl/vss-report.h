/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_VSS_REPORT_H
#define HVG_HVCTL_VSS_REPORT_H

/* A report of hv-vssd's, as org.hvguest.Vss1 has it, as JSON or for people. */

#include "hvctl/hvctl.h"

/* Of the bus: see append_report in daemons/hv-vssd/bus.c. */
#define VSS_REPORT_TYPE "tsssttta(sssuttts)a(stts)"

/* The report at which the message is; an object as hvctl(1) documents it, or NULL. */
json_t *vss_report_read(sd_bus_message *message);

/* "complete", … */
const char *vss_report_result(const json_t *report);

/* Everything about one of them. */
void vss_report_show(struct hvctl *hvctl, const json_t *report);

/* One line each. */
int vss_report_list(struct hvctl *hvctl, const json_t *reports);

#endif
