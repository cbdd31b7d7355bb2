// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Each thing is taken whole from one word: a list of servers put together from two would be
 * nobody's.
 */

#include "service/linkword.h"

#include <stdio.h>
#include <string.h>

void hvg_linkword_add_dns(struct hvg_linkword *word, const char *text)
{
	for (size_t i = 0; i < word->n_dns; i++)
		if (strcmp(word->dns[i], text) == 0)
			return;
	if (word->n_dns < HVG_LINKWORD_DNS_MAX)
		(void)snprintf(word->dns[word->n_dns++], HVG_IP_TEXT_SIZE, "%s", text);
}

void hvg_linkword_believe(
	const struct hvg_linkword *words, size_t n_words, struct hvg_linkword *ret)
{
	enum hvg_dhcp_word dhcp = HVG_DHCP_UNSAID;
	const struct hvg_linkword *dns = NULL;

	for (size_t i = 0; i < n_words; i++) {
		if (dhcp == HVG_DHCP_UNSAID)
			dhcp = words[i].dhcp;
		if (!dns && words[i].knows_dns)
			dns = &words[i];
	}
	*ret = dns ? *dns : (struct hvg_linkword){ 0 };
	ret->dhcp = dhcp;
}
