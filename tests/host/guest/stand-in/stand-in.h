/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_GUEST_STAND_IN_H
#define HVG_TESTS_HOST_GUEST_STAND_IN_H

/*
 * Programs that our daemons talk to on the bus, so far as a scenario needs them. Each prints one
 * line for what it is asked, and "ready" when it can be asked. The functions return a negative errno,
 * or run until they are killed.
 */

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

int stand_in_application(sd_event *event, int argc, char *argv[]); /* NAME at-once|again|later */
int stand_in_kvp(sd_event *event, int argc, char *argv[]);    /* Busy|TooLarge */
int stand_in_netd(sd_event *event, int argc, char *argv[]);   /* bus|socket ANSWER|silence|gone */
int stand_in_networkmanager(sd_event *event, int argc, char *argv[]); /* auto|manual|external|unmanaged|silence */
int stand_in_resolved(sd_event *event, int argc, char *argv[]); /* ok|silence */
int stand_in_polkit(sd_event *event, int argc, char *argv[]); /* yes|no|challenge|silence */
int stand_in_logind(sd_event *event, int argc, char *argv[]); /* SIGUSR1 sleeps, SIGUSR2 wakes */
int stand_in_systemd(sd_event *event, int argc, char *argv[]); /* start, stop, crash UNIT on stdin */
int stand_in_units(sd_event *event, int argc, char *argv[]); /* systemd, too: runs transient units */
int stand_in_listen(sd_event *event, int argc, char *argv[]); /* to org.hvguest.Kvp1 */

/*
 * On the system bus, in the loop; with a name, unless that is NULL. Objects may be added after it:
 * whoever calls waits for the loop.
 */
int stand_in_join(sd_event *event, const char *name, sd_bus **ret);

int stand_in_run(sd_event *event); /* prints "ready" */

#endif
