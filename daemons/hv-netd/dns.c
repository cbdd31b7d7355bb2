// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What resolved has for the link counts where it runs, else what stands in resolv.conf.
 */

#include "hv-netd/dns.h"

#include "base/units.h"
#include "common/dns.h"
#include "hv-netd/systemd.h"

#include <string.h>
#include <unistd.h>

/* For whoever hands them on. */
#define PATIENCE_US (2 * HVG_USEC_PER_SEC)
#define LOOK_US     (50 * HVG_USEC_PER_MSEC)
#define ANSWER_US   (1 * HVG_USEC_PER_SEC)

static int read_resolved(struct netd_transaction *transaction, struct hvg_linkword *word)
{
	const struct netd_call call = { HVG_RESOLVED, HVG_RESOLVED_PATH,
		"org.freedesktop.DBus.Properties", "Get", ANSWER_US };
	sd_bus_message *reply = NULL;
	int r;

	r = netd_call(transaction->context, &call, &reply, "ss", HVG_RESOLVED_MANAGER, "DNS");
	if (r >= 0)
		r = hvg_dns_read_resolved(reply, transaction->target.index, word);
	sd_bus_message_unref(reply);
	return r;
}

static bool has(const struct hvg_linkword *word, const struct hvg_ip *ip)
{
	char text[HVG_IP_TEXT_SIZE];

	hvg_ip_render(ip, text);
	for (size_t i = 0; i < word->n_dns; i++)
		if (strcmp(word->dns[i], text) == 0)
			return true;
	return false;
}

static bool are_in_force(struct netd_transaction *transaction)
{
	const struct hvg_ipconfig *config = &transaction->config;
	struct hvg_linkword word = { .n_dns = 0 };

	if (!netd_bus_has(transaction->context, HVG_RESOLVED) ||
		read_resolved(transaction, &word) < 0)
		(void)hvg_dns_read_files(&word);
	for (size_t i = 0; i < config->n_dns; i++)
		if (!has(&word, &config->dns[i]))
			return false;
	return true;
}

/*
 * A manager tells resolved when it has the addresses. Into resolv.conf they are written when it begins, so
 * that the time in which the addresses are verified counts: where nobody writes them, the host would wait
 * for nothing.
 */
static uint64_t patience_ends_us(struct netd_transaction *transaction)
{
	bool has_resolved = netd_bus_has(transaction->context, HVG_RESOLVED);
	uint64_t begin_us = has_resolved ? netd_now_us() : transaction->told_us;

	return HVG_MIN(begin_us + PATIENCE_US, transaction->context->deadline_us);
}

void netd_dns_check(struct netd_transaction *transaction)
{
	uint64_t until_us = patience_ends_us(transaction);
	bool may_come = transaction->backend != &netd_none;

	while (!are_in_force(transaction)) {
		if (!may_come || netd_now_us() > until_us) {
			netd_warn(transaction,
				"the name servers are not in force: nobody is here who takes them from %s",
				may_come ? transaction->backend->name : "us");
			return;
		}
		(void)usleep(LOOK_US);
	}
}
