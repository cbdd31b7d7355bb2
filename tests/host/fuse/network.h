/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_FUSE_NETWORK_H
#define HVG_TESTS_HOST_FUSE_NETWORK_H

/* The guest's network: one adapter with fixed addresses (host.h), leading nowhere. */
int network_set_up(void);

#endif
