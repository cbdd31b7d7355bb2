/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_RECORD_H
#define HVG_TESTS_HOST_RECORD_H

/*
 * What goes between host and guest as text, one line for each message with everything that it holds, so
 * that two bodies can be compared that play the same scenario. A line like the one before is left out:
 * how often one asks until something has happened depends on the moment.
 */

#include "host/kvp-message.h"

struct host_record {
	int fd; /* -1: nobody wants to know */
	char *last;
};

void record_begin(struct host_record *record, int fd);
void record_end(struct host_record *record);

void record_request(struct host_record *record, const struct host_kvp_message *request);
void record_reply(
	struct host_record *record, uint32_t status, const struct host_kvp_message *reply);
void record_event(struct host_record *record, const char *what);

#endif
