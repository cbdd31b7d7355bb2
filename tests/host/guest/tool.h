/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_GUEST_TOOL_H
#define HVG_TESTS_HOST_GUEST_TOOL_H

/*
 * Verbs of guest-tool, a program that does in the guest what a shell cannot. It links libc
 * only, so that it runs in any guest. Each verb gets what follows it on the command line and
 * returns the exit status; each line it prints is there at once.
 */

int tool_alone(int argc, char *argv[]);  /* PROGRAM ARGUMENT…: where it can freeze no disk but the test's */
int tool_probe(int argc, char *argv[]);  /* MICROSECONDS FOLDER…: how long writers wait */
int tool_clock_marks(int argc, char *argv[]); /* what adjtimex(2) tells of the system clock */
int tool_compare(int argc, char *argv[]); /* FILE FROM BYTES: whether that piece is what the host has sent */
int tool_device(int argc, char *argv[]); /* PATH STEP…: a device, step by step */
int tool_echo(int argc, char *argv[]);   /* PATH: a daemon with one answer to everything */
int tool_freeze(int argc, char *argv[]); /* FOLDER SECONDS: its disk does not answer */
int tool_fuse(int argc, char *argv[]);	 /* DISK FOLDER opens|fails: a file system that cannot be frozen, or not even opened */
int tool_quota(int argc, char *argv[]);	 /* FOLDER user|project ID BYTES: a hard limit on its disk */
int tool_ring_copy(int argc, char *argv[]);
int tool_hold(int argc, char *argv[]);   /* flock|fcntl FILE: a lock that is never given back */
int tool_notified(int argc, char *argv[]); /* SOCKET: what services tell systemd */
int tool_offsets(int argc, char *argv[]); /* NAME N MS: the system clock minus that PTP clock, again and again */
int tool_ptp(int argc, char *argv[]);	 /* NAME: the time of that PTP clock, in seconds */
int tool_put_rtc(int argc, char *argv[]); /* SECONDS: the hardware clock, since 1970 */
int tool_put_clock(int argc, char *argv[]); /* NAME US: the system clock so far ahead of it, as if nobody had ever corrected it */

#endif
