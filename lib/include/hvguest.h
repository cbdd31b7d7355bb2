/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVGUEST_H
#define HVGUEST_H

/*
 * libhvguest: the guest side of Hyper-V.
 *
 *	Hyper-V host <-> kernel (hv_vmbus, hv_utils) <-> libhvguest <-> your program
 *
 * It finds the integration devices, speaks their messages, and reads and writes the pool files of
 * key-value pair exchange. Functions return 0 or more, or a negative errno. Nothing is logged, and
 * there is no global state; objects may be used by one thread at a time unless their header says more.
 */

#include <hvguest/chardev.h>
#include <hvguest/fcopy.h>
#include <hvguest/icmsg.h>
#include <hvguest/ipinfo.h>
#include <hvguest/kvp.h>
#include <hvguest/packet.h>
#include <hvguest/pool.h>
#include <hvguest/poolstore.h>
#include <hvguest/ring.h>
#include <hvguest/status.h>
#include <hvguest/uio.h>
#include <hvguest/vmbus.h>
#include <hvguest/vss.h>

#endif
