/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_RECORDING_H
#define HVG_HVCTL_RECORDING_H

/*
 * A recorded guest: its facts as text, for people to read and for hvctl to judge elsewhere.
 *
 *	# what it is
 *	/sys/class/dmi/id/
 *		sys_vendor = Microsoft Corporation
 *		product_uuid ! EACCES
 *	/sys/bus/vmbus/devices/fd149e91-82e0-4a7d-afa6-2a4166cbd7c0/
 *		class_id = {57164f39-9115-4e78-ab55-382f3bd5422d}
 *		driver -> ../../../../bus/vmbus/drivers/hv_utils
 *		channels/11/interrupts = 37
 *		channel_vp_mapping:
 *			11:0
 *			14:1
 *		uio/
 *
 * A line with a '/' at its end and no tab before it begins a folder; "NAME/" in one is a folder
 * or a node of which no more is known. Control characters are \n, \t, \xNN, and a backslash is
 * \\. What does not stand there was not there.
 */

#include "hvctl/facts/facts.h"

#include <stdio.h>

/*
 * Adds what the text says, and sorts. -EBADMSG for a line that is none of the above, which then
 * is *ret_line; -ENOMEM.
 */
int recording_parse(const char *text, struct facts *facts, unsigned int *ret_line);

void recording_print(const struct facts *facts, FILE *file);

#endif
