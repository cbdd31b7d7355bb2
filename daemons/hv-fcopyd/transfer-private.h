/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_FCOPYD_TRANSFER_PRIVATE_H
#define HVG_FCOPYD_TRANSFER_PRIVATE_H

/* What the loop's side of a transfer, its thread and its news share. Names in _locked: see transfer.c. */

#include "hv-fcopyd/transfer.h"

#include <signal.h>

/* What gets the thread out of a read. */
#define FCOPYD_KICK SIGUSR1

uint64_t fcopyd_now_us(void);
void fcopyd_wake_loop(struct fcopyd_transfer *transfer);

/* transfer-thread.c: once; what it waits for is a deed. */
int fcopyd_start_thread(struct fcopyd_transfer *transfer);

/* transfer-news.c: from what the service has just done; to whoever wants to know, by the loop. */
void fcopyd_collect_news_locked(struct fcopyd_transfer *transfer);
void fcopyd_deliver_news(struct fcopyd_transfer *transfer);

#endif
