/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_MANAGERS_HOST_SERVICES_H
#define HVG_TESTS_MANAGERS_HOST_SERVICES_H

/*
 * What hvg-managers-host can be told of Backup and file copy:
 *
 *	vss-offer, fcopy-offer		"ok": the device has appeared, and is root's
 *	vss-contact, fcopy-contact	"ok", once a daemon serves it
 *	vss-withdraw, fcopy-withdraw	"ok": nobody has it open any more
 *	vss OPERATION			its status: 0x00000000. OPERATION is freeze, thaw or hot-backup
 *	copy FOLDER NAME BYTES		Copy-VMFile -CreateFullPath: the status of its last step
 */

#include "host/fuse/server.h"

void services_init(struct server *server);

void services_offer_vss(char **rest);
void services_wait_for_vss(char **rest);
void services_withdraw_vss(char **rest);
void services_vss(char **rest);
void services_offer_fcopy(char **rest);
void services_wait_for_fcopy(char **rest);
void services_withdraw_fcopy(char **rest);
void services_copy(char **rest);

/* A field of the line; "" once there is none. */
const char *take(char **rest);

#endif
