/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_NET_H
#define HVG_HVCTL_NET_H

/*
 * What the files of `hvctl net` share: hv-netd on the bus.
 */

#include "hvctl/hvctl.h"

#define NET_SERVICE   "org.hvguest.Network1"
#define NET_PATH      "/org/hvguest/Network1"
#define NET_INTERFACE "org.hvguest.Network1"

/* Longer than the host would wait. */
#define NET_PATIENCE_US UINT64_C(60000000)

/* A call to hv-netd; the exit code, after having said what went wrong. Takes message. */
int net_call(struct hvctl *hvctl, sd_bus_message *message, const char *what, sd_bus_message **ret_reply);

/* A message for that method; or the exit code, after having said why not. */
int net_message(struct hvctl *hvctl, const char *member, const char *what, sd_bus_message **ret);

/* Prints (s result, s manager, as warnings), the front of several replies. */
int net_print_outcome(struct hvctl *hvctl, sd_bus_message *reply, const char *adapter);

/* net-apply.c */
int net_apply(struct hvctl *hvctl, int argc, char *argv[]);

#endif
