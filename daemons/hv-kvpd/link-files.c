// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What files say, read in a thread, because a disk may hang. A job that nobody waits for any
 * more is left to end by itself.
 */

#include "hv-kvpd/link.h"

#include "base/cleanup.h"
#include "common/dns.h"
#include "os/ifcfgs.h"
#include "os/ifupdown.h"
#include "os/networkd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct kvpd_link_files {
	struct hvg_job job;
	struct kvpd_link *link;
	struct hvg_netif netif;
	struct hvg_linkword word;
};

static enum hvg_dhcp_word read_dhcp(const struct hvg_netif *netif)
{
	struct hvg_netmatch match = { .mac = netif->mac };
	enum hvg_dhcp_word word = hvg_networkd_dhcp(netif->index);

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

/* resolv.conf says of none whose it is: of its servers, those are this link's that ifupdown has
 * for it. */
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

int kvpd_link_ask_files(struct kvpd_link *link)
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

void kvpd_link_forget_files(struct kvpd_link *link)
{
	if (link->files)
		hvg_worker_cancel(link->worker, &hvg_take_ptr(link->files)->job);
}
