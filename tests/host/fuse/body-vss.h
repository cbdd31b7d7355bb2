/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_FUSE_BODY_VSS_H
#define HVG_TESTS_HOST_FUSE_BODY_VSS_H

/* The host's end of Backup: driver-vss.c, and who waits for its answers. */

#include "host/fuse/driver-vss.h"
#include "host/fuse/server.h"

#include <sys/types.h>

#define BODY_VSS_PENDING 8

struct body_vss {
	struct server *server;
	uint64_t kernel_second_us;
	uid_t owner;
	struct driver_vss driver;
	uint64_t last_id;
	struct body_vss_pending {
		uint64_t id; /* 0: free */
		bool is_answered;
		uint32_t status;
	} pending[BODY_VSS_PENDING];
};

/* As the functions of struct host_body. */
int body_vss_offer(struct body_vss *vss);
int body_vss_withdraw(struct body_vss *vss);
int body_vss_send(struct body_vss *vss, uint8_t operation, uint64_t *ret_id);
uint32_t body_vss_receive(struct body_vss *vss, uint64_t id, uint64_t patience_us);
bool body_vss_is_served(struct body_vss *vss);
int body_vss_suspend(struct body_vss *vss);

#endif
