/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_KVPD_LINK_H
#define HVG_KVPD_LINK_H

/*
 * What is said of a link beyond what the kernel knows: three witnesses are asked at once, and
 * each is believed in what it knows best (service/linkword.h).
 *
 *	NetworkManager	on the bus (link-nm.c): DHCP and name servers of its own devices
 *	resolved	on the bus (link-resolved.c): name servers of the link, and those of all links
 *	files		in a thread (link-files.c): what was configured, and resolv.conf
 *
 * Whoever has not spoken in time is passed over. Nobody is started for it.
 */

#include "common/worker.h"
#include "format/netfacts.h"
#include "service/linkword.h"

#include <systemd/sd-bus.h>

typedef void kvpd_link_done_fn(void *userdata, const struct hvg_linkword *word);

/* In the order in which they are believed. */
enum kvpd_witness {
	KVPD_WITNESS_NETWORKMANAGER,
	KVPD_WITNESS_RESOLVED,
	KVPD_WITNESS_FILES,
	KVPD_N_WITNESSES,
};

#define KVPD_LINK_CALLS 3 /* of a witness, at the same time */

struct kvpd_link_files;

struct kvpd_link {
	uint64_t patience_us;
	struct hvg_worker *worker;
	sd_event_source *patience;
	struct kvpd_link_files *files; /* under way in the thread */

	/* The question, until it is answered: done is NULL if there is none. */
	struct hvg_netif netif;
	sd_bus *bus;
	kvpd_link_done_fn *done;
	void *userdata;

	bool is_open[KVPD_N_WITNESSES];
	sd_bus_slot *calls[KVPD_N_WITNESSES][KVPD_LINK_CALLS];
	struct hvg_linkword words[KVPD_N_WITNESSES];
};

/* kernel_timeout_us is for how long the host waits. */
int kvpd_link_init(struct kvpd_link *link, sd_event *event, uint64_t kernel_timeout_us);
void kvpd_link_done(struct kvpd_link *link);

/*
 * done is called later, never from inside. A new question replaces the former. bus may be NULL; if
 * it is lost, sd-bus says so to each call that is under way, and the others are waited for.
 */
int kvpd_link_ask(struct kvpd_link *link, sd_bus *bus, const struct hvg_netif *netif,
	kvpd_link_done_fn *done, void *userdata);
void kvpd_link_cancel(struct kvpd_link *link);

/* The witnesses. A negative errno means that one has nothing to say. */
int kvpd_link_ask_networkmanager(struct kvpd_link *link);
int kvpd_link_ask_resolved(struct kvpd_link *link);
int kvpd_link_ask_files(struct kvpd_link *link);
void kvpd_link_forget_files(struct kvpd_link *link);

/* What they use. */

/*
 * Sends a call with arguments as for sd_bus_message_append, in one of the witness's places.
 * Nobody is started for it.
 */
struct kvpd_call {
	enum kvpd_witness witness;
	unsigned int place;
	const char *service, *path, *interface, *member;
	sd_bus_message_handler_t answered; /* its userdata is the link */
};
int kvpd_link_call(
	struct kvpd_link *link, const struct kvpd_call *call, const char *types, ...);

/* An answer has come in that place. */
void kvpd_link_answered(struct kvpd_link *link, enum kvpd_witness witness, unsigned int place);

/* It has said all that it knows. Without one word more of it: nothing was said. */
void kvpd_link_spoken(struct kvpd_link *link, enum kvpd_witness witness);
void kvpd_link_silent(struct kvpd_link *link, enum kvpd_witness witness);

#endif
