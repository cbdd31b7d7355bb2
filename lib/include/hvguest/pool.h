/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVGUEST_POOL_H
#define HVGUEST_POOL_H

/*
 * KVP pools: what they are called and how their files are written.
 */

#ifdef __cplusplus
extern "C" {
#endif

/* enum hv_kvp_exchg_pool of <linux/hyperv.h> */
enum hvg_pool {
	HVG_POOL_EXTERNAL = 0,	    /* the host's administrator -> guest */
	HVG_POOL_GUEST = 1,	    /* guest -> host */
	HVG_POOL_AUTO = 2,	    /* guest -> host, made by hv-kvpd itself */
	HVG_POOL_AUTO_EXTERNAL = 3, /* the host itself -> guest */
	HVG_POOL_AUTO_INTERNAL = 4, /* never on the wire */
};

#define HVG_N_POOLS 5

#ifdef __cplusplus
}
#endif

#endif
