/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_FQDN_H
#define HVG_OS_FQDN_H

/*
 * The fully qualified name of this host, as hostname(1) --fqdn would find it.
 */

#define HVG_FQDN_SIZE 256 /* a name in the DNS has at most 253 characters */

/*
 * Asks the resolver, and so may block for many seconds: call it in a worker. Where the resolver
 * knows no better name (no dot, localhost, no answer at all) it is the plain host name.
 */
void hvg_fqdn_resolve(char ret[static HVG_FQDN_SIZE]);

#endif
