// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The inhibitor is a descriptor of logind's: held while awake, closed when we are ready to sleep. logind
 * itself waits for InhibitDelayMaxSec= (5 s) at most.
 *
 * Anybody may send us a signal that looks like logind's. It is only a hint to ask logind itself, whose
 * answer nobody else can give.
 */

#include "common/sleep.h"

#include "base/cleanup.h"

#include <fcntl.h>

#define LOGIND_NAME	 "org.freedesktop.login1"
#define LOGIND_PATH	 "/org/freedesktop/login1"
#define LOGIND_INTERFACE "org.freedesktop.login1.Manager"

void hvg_sleep_init(struct hvg_sleep *sleep, const char *who,
	void (*changed)(void *userdata, bool sleeping), void *userdata)
{
	*sleep = (struct hvg_sleep){
		.changed = changed,
		.userdata = userdata,
		.who = who,
		.inhibitor = -EBADF,
	};
}

static int on_inhibited(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct hvg_sleep *sleep = userdata;
	int fd;

	sleep->call = sd_bus_slot_unref(sleep->call);
	if (sd_bus_message_is_method_error(reply, NULL) || sd_bus_message_read(reply, "h", &fd) < 0)
		return 0; /* without logind there is nothing to be told of */
	(void)hvg_close(sleep->inhibitor);
	sleep->inhibitor = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return 0;
}

static void inhibit(struct hvg_sleep *sleep)
{
	(void)sd_bus_call_method_async(sleep->bus, &sleep->call, LOGIND_NAME, LOGIND_PATH,
		LOGIND_INTERFACE, "Inhibit", on_inhibited, sleep, "ssss", "sleep", sleep->who,
		"Closes its Hyper-V device, so that the kernel need not wait for it", "delay");
}

static void change(struct hvg_sleep *sleep, bool sleeping)
{
	if (sleep->sleeping == sleeping)
		return;
	sleep->sleeping = sleeping;
	sleep->changed(sleep->userdata, sleeping);
}

static int on_preparing(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct hvg_sleep *sleep = userdata;
	int sleeping;

	sleep->question = sd_bus_slot_unref(sleep->question);
	if (sd_bus_message_is_method_error(reply, NULL) || sd_bus_message_read(reply, "v", "b", &sleeping) < 0)
		return 0;
	change(sleep, sleeping);
	hvg_sleep_review(sleep);
	if (!sleeping && sleep->inhibitor < 0)
		inhibit(sleep);
	return 0;
}

void hvg_sleep_review(struct hvg_sleep *sleep)
{
	if (sleep->sleeping && (!sleep->is_ready || sleep->is_ready(sleep->userdata)))
		sleep->inhibitor = hvg_close(sleep->inhibitor);
}

static int on_prepare(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct hvg_sleep *sleep = userdata;

	sleep->question = sd_bus_slot_unref(sleep->question);
	(void)sd_bus_call_method_async(sleep->bus, &sleep->question, LOGIND_NAME, LOGIND_PATH,
		"org.freedesktop.DBus.Properties", "Get", on_preparing, sleep, "ss", LOGIND_INTERFACE,
		"PreparingForSleep");
	return 0;
}

void hvg_sleep_joined(struct hvg_sleep *sleep, sd_bus *bus)
{
	hvg_sleep_lost(sleep);
	sleep->bus = sd_bus_ref(bus);
	(void)sd_bus_match_signal_async(bus, &sleep->match, LOGIND_NAME, LOGIND_PATH, LOGIND_INTERFACE,
		"PrepareForSleep", on_prepare, NULL, sleep);
	inhibit(sleep);
}

void hvg_sleep_lost(struct hvg_sleep *sleep)
{
	hvg_sleep_done(sleep);
	change(sleep, false);
}

void hvg_sleep_done(struct hvg_sleep *sleep)
{
	sleep->match = sd_bus_slot_unref(sleep->match);
	sleep->call = sd_bus_slot_unref(sleep->call);
	sleep->question = sd_bus_slot_unref(sleep->question);
	sleep->bus = sd_bus_unref(sleep->bus);
	sleep->inhibitor = hvg_close(sleep->inhibitor);
}
