// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The hearing: asks, counts who has spoken, and decides. A job of files that nobody waits for any more
 * is left to end by itself.
 */

#include "hv-kvpd/link.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "common/dns.h"
#include "format/dhcpword.h"
#include "os/ifcfgs.h"
#include "os/ifupdown.h"
#include "os/netfile.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* For all of them together. The host asks for one adapter after the other. */
#define PART_OF_PATIENCE 15
#define ACCURACY_US (50 * HVG_USEC_PER_MSEC)

/* A thread that hangs on a disk is left behind. */
#define END_US (100 * HVG_USEC_PER_MSEC)

/* The files. */

struct kvpd_link_files {
	struct hvg_job job;
	struct kvpd_link *link;
	struct hvg_netif netif;
	struct hvg_linkword word;
};

static enum hvg_dhcp_word read_networkd(uint32_t index)
{
	_cleanup_free_ char *note = NULL;
	_cleanup_free_ char *text = NULL;
	struct hvg_span file;
	char path[256];
	size_t size;

	snprintf(path, sizeof(path), "/run/systemd/netif/links/%u", index);
	if (hvg_netfile_read(path, &note, &size) < 0 || !hvg_networkd_note_parse((struct hvg_span){ note, size }, &file) ||
		hvg_span_copy(file, path, sizeof(path)) < 0 || hvg_netfile_read(path, &text, &size) < 0)
		return HVG_DHCP_UNSAID;
	return hvg_dhcpword_networkd((struct hvg_span){ text, size });
}

static enum hvg_dhcp_word read_dhcp(const struct hvg_netif *netif)
{
	struct hvg_netmatch match = { .mac = netif->mac };
	enum hvg_dhcp_word word = read_networkd(netif->index);

	snprintf(match.name, sizeof(match.name), "%s", netif->name);
	if (word == HVG_DHCP_UNSAID)
		word = hvg_ifupdown_dhcp(netif->name);
	return word == HVG_DHCP_UNSAID ? hvg_ifcfgs_dhcp(&match) : word;
}

static bool has(const struct hvg_ipconfig *config, const char *text)
{
	struct hvg_ip ip;

	for (size_t i = 0; hvg_ip_parse(text, &ip) && i < config->n_dns; i++)
		if (hvg_ip_is_equal(&config->dns[i], &ip))
			return true;
	return false;
}

/* resolv.conf says of none whose it is: of its servers, those are this link's that ifupdown has for it. */
static void keep_own(const struct hvg_netif *netif, struct hvg_linkword *word)
{
	struct hvg_ipconfig config;
	size_t n = 0;

	if (hvg_ifupdown_read(netif->name, &config) < 0 || config.n_dns == 0)
		return;
	for (size_t i = 0; i < word->n_dns; i++)
		if (has(&config, word->dns[i]))
			memmove(word->dns[n++], word->dns[i], sizeof(word->dns[i]));
	word->n_dns = n;
}

static int read_files(struct hvg_job *job)
{
	struct kvpd_link_files *files = (struct kvpd_link_files *)job;

	files->word.dhcp = read_dhcp(&files->netif);
	files->word.knows_dns = hvg_dns_read_files(&files->word);
	keep_own(&files->netif, &files->word);
	return 0;
}

static void files_read(struct hvg_job *job, int result)
{
	struct kvpd_link_files *files = (struct kvpd_link_files *)job;
	struct kvpd_link *link = files->link;

	if (result >= 0 && link->files == files) {
		link->files = NULL;
		link->words[KVPD_WITNESS_FILES] = files->word;
		kvpd_link_spoken(link, KVPD_WITNESS_FILES);
	}
	free(files);
}

static int ask_files(struct kvpd_link *link)
{
	struct kvpd_link_files *files = calloc(1, sizeof(*files));
	int r;

	if (!files)
		return -ENOMEM;
	files->job = (struct hvg_job){ .run = read_files, .done = files_read };
	files->link = link;
	files->netif = link->netif;
	r = hvg_worker_submit(link->worker, &files->job);
	if (r < 0)
		free(files);
	else
		link->files = files;
	return r;
}

/* The hearing. */

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
	if (link->files)
		hvg_worker_cancel(link->worker, &hvg_take_ptr(link->files)->job);
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

void kvpd_link_lost(struct kvpd_link *link)
{
	kvpd_link_silent(link, KVPD_WITNESS_NETWORKMANAGER);
	kvpd_link_silent(link, KVPD_WITNESS_RESOLVED);
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
	r = sd_event_add_time(event, &link->patience, CLOCK_MONOTONIC, 0, ACCURACY_US, on_patience, link);
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

int kvpd_link_ask(struct kvpd_link *link, sd_bus *bus, const struct hvg_netif *netif, kvpd_link_done_fn *done,
	void *userdata)
{
	int r;

	kvpd_link_cancel(link);
	memset(link->words, 0, sizeof(link->words));
	link->netif = *netif;
	r = ask_files(link);
	if (r < 0)
		return r;
	link->bus = sd_bus_ref(bus);
	link->done = done;
	link->userdata = userdata;
	link->is_open[KVPD_WITNESS_FILES] = true;
	link->is_open[KVPD_WITNESS_RESOLVED] = bus && kvpd_link_ask_resolved(link) >= 0;
	link->is_open[KVPD_WITNESS_NETWORKMANAGER] = bus && kvpd_link_ask_networkmanager(link) >= 0;
	(void)sd_event_source_set_time_relative(link->patience, link->patience_us);
	(void)sd_event_source_set_enabled(link->patience, SD_EVENT_ONESHOT);
	return 0;
}

/* For the witnesses on the bus. */

static int build(struct kvpd_link *link, const struct kvpd_call *call, sd_bus_message **ret)
{
	int r = sd_bus_message_new_method_call(link->bus, ret, call->service, call->path, call->interface,
		call->member);

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
