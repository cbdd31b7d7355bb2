/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_FCOPYD_H
#define HVG_FCOPYD_H

/*
 * The daemon: the file copy service between the channel driver (or a VMBus channel) on the host's side
 * and one file on the guest's.
 */

#include "common/bus.h"
#include "common/channel-driver.h"
#include "common/loop.h"
#include "common/options.h"
#include "common/sleep.h"
#include "hv-fcopyd/device.h"
#include "hv-fcopyd/history.h"
#include "hv-fcopyd/settings.h"
#include "hv-fcopyd/transfer.h"
#include "hvguest/vmbus.h"

/* What is on its way, remembered across a crash. */
#define FCOPYD_NOTE HVG_STATE_DIR "/fcopy/copying"

struct fcopyd {
	struct hvg_options options;
	struct fcopyd_settings settings, next_settings;
	bool has_next_settings; /* read while a file was coming */
	struct hvg_loop *loop;
	struct hvg_channel_driver *driver;
	struct hvg_vmbus_monitor *monitor;
	sd_event_source *monitor_source, *tick;
	struct fcopyd_device device;
	uint8_t registration[HVG_FCOPY_REGISTER_SIZE];
	struct fcopyd_transfer transfer;
	struct fcopyd_history history;
	uint64_t n_copied;
	struct hvg_sleep sleep;
	struct hvg_bus *bus;
};

/* settings.c's values, put to use. A name that nobody has is told, and root's is taken. */
void fcopyd_apply_settings(struct fcopyd *fcopyd);
void fcopyd_use_next_settings(struct fcopyd *fcopyd); /* if there are any, and no file is coming */

/* service.c: between channel, transfer, log and bus. */
int fcopyd_service_init(struct fcopyd *fcopyd);
extern const struct hvg_channel_service fcopyd_channel_service;

/* bus.c: org.hvguest.FileCopy1 */
int fcopyd_bus_init(struct fcopyd *fcopyd);
void fcopyd_bus_state_changed(struct fcopyd *fcopyd);
void fcopyd_bus_progressed(struct fcopyd *fcopyd);
void fcopyd_bus_started(struct fcopyd *fcopyd, const struct fcopyd_news *news);
void fcopyd_bus_finished(struct fcopyd *fcopyd, const struct fcopyd_past *past);

/* The state in a word: "registered", "absent", … */
const char *fcopyd_state(const struct fcopyd *fcopyd);

#endif
