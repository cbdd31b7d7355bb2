// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The hearing: asks, counts who has spoken, and decides.
 */

#include "hv-kvpd/link.h"

#include "base/units.h"

#include <stdarg.h>
#include <string.h>

/* For all of them together. The host asks for one adapter after the other. */
#define PART_OF_PATIENCE 15
#define ACCURACY_US      (50 * HVG_USEC_PER_MSEC)

/* A thread that hangs on a disk is left behind. */
#define END_US           (100 * HVG_USEC_PER_MSEC)

static void forget_calls(struct kvpd_link *link, enum kvpd_witness witness)
{
	for (unsigned int place = 0; place < KVPD_LINK_CALLS; place++)
		link->calls[witness][place] = sd_bus_slot_unref(link->calls[witness][place]);
}

void kvpd_link_cancel(struct kvpd_link *link)
{
	for (unsigned int witness = 0; witness < KVPD_N_WITNESSES; witness++) {
		link->is_open[witness] = false;
		forget_calls(link, witness);
	}
	kvpd_link_forget_files(link);
	(void)sd_event_source_set_enabled(link->patience, SD_EVENT_OFF);
	link->bus = sd_bus_unref(link->bus);
	link->done = NULL;
}

static void decide(struct kvpd_link *link)
{
	kvpd_link_done_fn *done = link->done;
	struct hvg_linkword word;

	hvg_linkword_believe(link->words, KVPD_N_WITNESSES, &word);
	kvpd_link_cancel(link);
	done(link->userdata, &word);
}

static bool is_anybody_open(const struct kvpd_link *link)
{
	for (unsigned int witness = 0; witness < KVPD_N_WITNESSES; witness++)
		if (link->is_open[witness])
			return true;
	return false;
}

void kvpd_link_spoken(struct kvpd_link *link, enum kvpd_witness witness)
{
	if (!link->is_open[witness])
		return;
	link->is_open[witness] = false;
	forget_calls(link, witness);
	if (!is_anybody_open(link))
		decide(link);
}

void kvpd_link_silent(struct kvpd_link *link, enum kvpd_witness witness)
{
	link->words[witness] = (struct hvg_linkword){ 0 };
	kvpd_link_spoken(link, witness);
}

/* What half a witness has said is not believed. */
static int on_patience(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct kvpd_link *link = userdata;

	for (unsigned int witness = 0; witness < KVPD_N_WITNESSES; witness++)
		if (link->is_open[witness])
			link->words[witness] = (struct hvg_linkword){ 0 };
	if (link->done)
		decide(link);
	return 0;
}

int kvpd_link_init(struct kvpd_link *link, sd_event *event, uint64_t kernel_timeout_us)
{
	struct hvg_worker_config worker = { .name = "link-files" };
	int r;

	*link = (struct kvpd_link){ .patience_us = kernel_timeout_us / PART_OF_PATIENCE };
	r = sd_event_add_time(
		event, &link->patience, CLOCK_MONOTONIC, 0, ACCURACY_US, on_patience, link);
	if (r >= 0)
		r = sd_event_source_set_enabled(link->patience, SD_EVENT_OFF);
	return r < 0 ? r : hvg_worker_new(event, &worker, &link->worker);
}

void kvpd_link_done(struct kvpd_link *link)
{
	if (!link->worker)
		return;
	kvpd_link_cancel(link);
	(void)hvg_worker_free(link->worker, END_US);
	link->worker = NULL;
	link->patience = sd_event_source_disable_unref(link->patience);
}

int kvpd_link_ask(struct kvpd_link *link, sd_bus *bus, const struct hvg_netif *netif,
	kvpd_link_done_fn *done, void *userdata)
{
	int r;

	kvpd_link_cancel(link);
	memset(link->words, 0, sizeof(link->words));
	link->netif = *netif;
	r = kvpd_link_ask_files(link);
	if (r < 0)
		return r;
	link->bus = sd_bus_ref(bus);
	link->done = done;
	link->userdata = userdata;
	link->is_open[KVPD_WITNESS_FILES] = true;
	link->is_open[KVPD_WITNESS_RESOLVED] = bus && kvpd_link_ask_resolved(link) >= 0;
	link->is_open[KVPD_WITNESS_NETWORKMANAGER] =
		bus && kvpd_link_ask_networkmanager(link) >= 0;
	(void)sd_event_source_set_time_relative(link->patience, link->patience_us);
	(void)sd_event_source_set_enabled(link->patience, SD_EVENT_ONESHOT);
	return 0;
}

/* For the witnesses on the bus. */

static int build(struct kvpd_link *link, const struct kvpd_call *call, sd_bus_message **ret)
{
	int r = sd_bus_message_new_method_call(
		link->bus, ret, call->service, call->path, call->interface, call->member);

	return r < 0 ? r : sd_bus_message_set_auto_start(*ret, false);
}

int kvpd_link_call(struct kvpd_link *link, const struct kvpd_call *call, const char *types, ...)
{
	sd_bus_slot **place = &link->calls[call->witness][call->place];
	sd_bus_message *message = NULL;
	va_list arguments;
	int r;

	r = build(link, call, &message);
	if (r >= 0) {
		va_start(arguments, types);
		r = sd_bus_message_appendv(message, types, arguments);
		va_end(arguments);
	}
	if (r >= 0)
		r = sd_bus_call_async(link->bus, place, message, call->answered, link, 0);
	sd_bus_message_unref(message);
	return r;
}

void kvpd_link_answered(struct kvpd_link *link, enum kvpd_witness witness, unsigned int place)
{
	link->calls[witness][place] = sd_bus_slot_unref(link->calls[witness][place]);
}
