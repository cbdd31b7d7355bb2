// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Between the channel, which has the device, and the transfer, which has the file: each is told what
 * the other one needs, and what becomes of a file is told to the log, the bus and the hook.
 */

#include "hv-fcopyd/fcopyd.h"

#include "base/units.h"
#include "common/journal.h"
#include "common/message-ids.h"
#include "hv-fcopyd/hook.h"
#include "service/fcopy-target.h"

#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

/* Settings. */

static bool allows(void *userdata, const char *path)
{
	const struct fcopyd *fcopyd = userdata;
	struct hvg_fcopy_policy policy = {
		.allow = (const char *const *)fcopyd->settings.allow_paths,
		.deny = (const char *const *)fcopyd->settings.deny_paths,
	};

	return hvg_fcopy_policy_allows(&policy, path);
}

static bool is_number(const char *text, unsigned int *ret)
{
	char *end;

	*ret = (unsigned int)strtoul(text, &end, 10);
	return *text != '\0' && *end == '\0';
}

static uid_t find_owner(const char *name)
{
	const struct passwd *user;
	unsigned int number;

	if (is_number(name, &number))
		return number;
	user = getpwnam(name);
	if (!user)
		hvg_log(LOG_WARNING, HVG_MSG_CONFIG_WARNING, "Owner=%s: there is no such user; files will be root's.",
			name);
	return user ? user->pw_uid : 0;
}

static gid_t find_group(const char *name)
{
	const struct group *group;
	unsigned int number;

	if (is_number(name, &number))
		return number;
	group = getgrnam(name);
	if (!group)
		hvg_log(LOG_WARNING, HVG_MSG_CONFIG_WARNING, "Group=%s: there is no such group; files will be root's.",
			name);
	return group ? group->gr_gid : 0;
}

void fcopyd_apply_settings(struct fcopyd *fcopyd)
{
	const struct fcopyd_settings *settings = &fcopyd->settings;
	struct hvg_filesink_config sink = {
		.uid = find_owner(settings->owner),
		.gid = find_group(settings->group),
		.file_mode = settings->file_mode,
		.folder_mode = settings->directory_mode,
		.syncs = settings->fsync,
		.note = FCOPYD_NOTE,
		.allows = allows,
		.userdata = fcopyd,
	};

	fcopyd_transfer_configure(&fcopyd->transfer, &sink,
		settings->max_size > 0 ? (uint64_t)settings->max_size << 20 : UINT64_MAX, settings->checksum);
}

void fcopyd_use_next_settings(struct fcopyd *fcopyd)
{
	if (!fcopyd->has_next_settings || !fcopyd_transfer_is_idle(&fcopyd->transfer))
		return;
	hvg_config_done(&fcopyd_config, &fcopyd->settings);
	fcopyd->settings = fcopyd->next_settings;
	fcopyd->has_next_settings = false;
	fcopyd_apply_settings(fcopyd);
}

/* What becomes of files. */

static void run_hook(struct fcopyd *fcopyd, const struct fcopyd_news *news)
{
	int r;

	if (*fcopyd->settings.post_copy_hook == '\0')
		return;
	r = fcopyd_hook_run(hvg_bus_get(fcopyd->bus), fcopyd->settings.post_copy_hook, news->path);
	if (r < 0)
		hvg_log(LOG_WARNING, HVG_MSG_FCOPY_HOOK, "PostCopyHook= cannot be run for %s: %s.", news->path,
			r == -ENOTCONN ? "there is no bus" : strerror(-r));
}

static void log_end(const struct fcopyd_past *past, const struct fcopyd_news *news)
{
	const char *path = *news->path ? news->path : "a file";
	char bytes[24], duration[24];
	struct hvg_log_entry entry = { .level = LOG_NOTICE, .fields = HVG_FIELDS({ "HVGUEST_PATH", news->path },
							       { "HVGUEST_BYTES", bytes },
							       { "HVGUEST_DURATION_USEC", duration },
							       { "HVGUEST_RESULT", past->result },
							       { "HVGUEST_SHA256", news->sha256 }) };

	snprintf(bytes, sizeof(bytes), "%" PRIu64, past->bytes);
	snprintf(duration, sizeof(duration), "%" PRIu64, past->duration_us);
	switch (news->event) {
	case HVG_FCOPY_DONE:
		entry.level = LOG_INFO;
		entry.id = HVG_MSG_FCOPY_DONE;
		hvg_log_entry(&entry, "The host copied %s, %s bytes in %.3f s%s%s.", path, bytes,
			(double)past->duration_us / HVG_USEC_PER_SEC, *news->sha256 ? ", SHA-256 " : "", news->sha256);
		break;
	case HVG_FCOPY_REFUSED:
		entry.id = HVG_MSG_FCOPY_REFUSED;
		hvg_log_entry(&entry, "Refused to let the host copy %s: %s.", path, past->error);
		break;
	case HVG_FCOPY_CANCELLED:
		entry.id = HVG_MSG_FCOPY_CANCELLED;
		hvg_log_entry(&entry, "The host cancelled its copy of %s after %s bytes; nothing is left of it.", path,
			bytes);
		break;
	case HVG_FCOPY_CAME_LATE:
		entry.level = LOG_WARNING;
		entry.id = HVG_MSG_FCOPY_FAILED;
		hvg_log_entry(&entry, "%s was copied, but so late that the host had given up on it.", path);
		break;
	case HVG_FCOPY_FAILED:
	case HVG_FCOPY_NOTHING:
	case HVG_FCOPY_STARTED:
	case HVG_FCOPY_STRAY:
		entry.level = LOG_WARNING;
		entry.id = HVG_MSG_FCOPY_FAILED;
		hvg_log_entry(&entry, "The copy of %s failed after %s bytes: %s; nothing is left of it.", path, bytes,
			past->error);
		break;
	}
}

static void tell_end(struct fcopyd *fcopyd, const struct fcopyd_news *news)
{
	const struct fcopyd_past *past = fcopyd_history_add(&fcopyd->history, news);

	log_end(past, news);
	if (news->event == HVG_FCOPY_DONE) {
		fcopyd->n_copied++;
		run_hook(fcopyd, news);
	}
	fcopyd_bus_finished(fcopyd, past);
	hvg_loop_status(fcopyd->loop, "Waiting for files from the host");
}

static void told(void *userdata, const struct fcopyd_news *news)
{
	struct fcopyd *fcopyd = userdata;
	char why[160];

	if (news->event == HVG_FCOPY_STARTED) {
		hvg_log(LOG_INFO, HVG_MSG_FCOPY_STARTED, "The host begins to copy %s, %" PRIu64 " bytes.", news->path,
			news->total);
		hvg_loop_status(fcopyd->loop, "Receiving %s", news->path);
		fcopyd_bus_started(fcopyd, news);
	} else if (news->event == HVG_FCOPY_STRAY) {
		fcopyd_explain(news, why, sizeof(why));
		hvg_log(LOG_NOTICE, HVG_MSG_REQUEST_REFUSED, "The host's request was refused: %s.", why);
	} else {
		tell_end(fcopyd, news);
	}
}

static void became_idle(void *userdata)
{
	fcopyd_use_next_settings(userdata);
}

static void progressed(void *userdata)
{
	fcopyd_bus_progressed(userdata);
}

/* The transfer's side. */

static int send_status(void *userdata, const void *bytes, size_t size)
{
	struct fcopyd *fcopyd = userdata;

	return hvg_channel_driver_send(fcopyd->driver, bytes, size);
}

static void lend(void *userdata)
{
	struct fcopyd *fcopyd = userdata;

	hvg_channel_driver_lend(fcopyd->driver);
}

static void take_back(void *userdata, int result, uint64_t received_us)
{
	struct fcopyd *fcopyd = userdata;

	hvg_channel_driver_take_back(fcopyd->driver, result, received_us);
}

/* The channel's side. */

static int accept_registration(void *userdata, const void *bytes, size_t size)
{
	uint32_t version;
	int r = hvg_fcopy_decode_registered(bytes, size, &version);

	if (r < 0)
		return r;
	hvg_log(LOG_INFO, HVG_MSG_REGISTERED, "Registered with the kernel, which speaks version %" PRIu32 ".",
		version);
	return 0;
}

static void serve(void *userdata, const void *bytes, size_t size)
{
	struct fcopyd *fcopyd = userdata;

	fcopyd_transfer_serve(&fcopyd->transfer, fcopyd_device_form(&fcopyd->device), bytes, size);
}

static void lost(void *userdata)
{
	struct fcopyd *fcopyd = userdata;

	fcopyd_transfer_lost(&fcopyd->transfer);
}

const char *fcopyd_state(const struct fcopyd *fcopyd)
{
	const struct hvg_channel *channel;

	if (!fcopyd->driver)
		return "starting";
	channel = hvg_channel_driver_channel(fcopyd->driver);
	return hvg_channel_is_registered(channel) ? "registered" : hvg_channel_state_name(channel->state);
}

static void changed(void *userdata)
{
	struct fcopyd *fcopyd = userdata;

	if (hvg_channel_is_registered(hvg_channel_driver_channel(fcopyd->driver))) {
		hvg_loop_ready(fcopyd->loop);
		hvg_loop_status(fcopyd->loop, "Waiting for files from the host");
	} else {
		hvg_loop_status(fcopyd->loop, "Not registered: %s", fcopyd_state(fcopyd));
	}
	fcopyd_bus_state_changed(fcopyd);
}

const struct hvg_channel_service fcopyd_channel_service = {
	.accept = accept_registration,
	.serve = serve,
	.lost = lost,
	.changed = changed,
};

int fcopyd_service_init(struct fcopyd *fcopyd)
{
	struct fcopyd_transfer_config config = {
		.transport = fcopyd_device_transport(&fcopyd->device),
		.patience_us = fcopyd->options.kernel_timeout_us,
		.send = send_status,
		.lend = lend,
		.take_back = take_back,
		.told = told,
		.progressed = progressed,
		.became_idle = became_idle,
		.userdata = fcopyd,
	};

	hvg_fcopy_encode_register(fcopyd->registration);
	return fcopyd_transfer_init(&fcopyd->transfer, hvg_loop_event(fcopyd->loop), &config);
}
