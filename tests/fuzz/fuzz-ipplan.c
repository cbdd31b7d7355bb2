// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Requests: whatever the host writes becomes a plan that keeps its own rules, and whose text form
 * reads back as the same plan; or a refusal that names a field. Seeds: families, dhcp, then the
 * lists in lines, their entries between ';'.
 */

#include "fuzz.h"

#include "base/units.h"
#include "service/ipplan.h"

#include <string.h>
#include <sys/socket.h>

#define LIST_MAX 256

struct list {
	const char *words[LIST_MAX + 1];
};

static void cut(char **text, struct list *ret)
{
	char *line = strsep(text, "\n");
	size_t n = 0;

	for (char *word; line && *line && n < LIST_MAX && (word = strsep(&line, ";"));)
		ret->words[n++] = word;
	ret->words[n] = NULL;
}

static void check_rules(const struct hvg_ipconfig *config)
{
	size_t n_v4 = hvg_ipconfig_n_addresses(config, AF_INET), n_v6 = hvg_ipconfig_n_addresses(config, AF_INET6);

	hvg_always((config->ipv4 == HVG_IPV4_STATIC) == (n_v4 > 0));
	hvg_always((config->ipv6 == HVG_IPV6_STATIC) == (n_v6 > 0));
	hvg_always(n_v4 > 0 || hvg_ipconfig_n_gateways(config, AF_INET) == 0);
	hvg_always(n_v6 > 0 || hvg_ipconfig_n_gateways(config, AF_INET6) == 0);
	for (size_t i = 0; i < config->n_addresses; i++)
		hvg_always(config->addresses[i].prefix_length > 0 &&
			config->addresses[i].prefix_length <= (config->addresses[i].ip.family == AF_INET ? 32 : 128));
}

static void check_text(const struct hvg_ipconfig *config)
{
	static char text[HVG_IPCONFIG_TEXT_SIZE];
	struct hvg_printer printer;
	struct hvg_ipconfig again;

	hvg_printer_init(&printer, text, sizeof(text));
	hvg_ipconfig_render(config, &printer);
	hvg_always(hvg_printer_result(&printer) > 0);
	hvg_always(hvg_ipconfig_parse(text, strlen(text), &again) == 0);
	hvg_always(hvg_ipconfig_is_equal(config, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct list addresses, subnets, gateways, dns;
	struct hvg_ipplan_request request = { .addresses = addresses.words, .subnets = subnets.words,
		.gateways = gateways.words, .dns = dns.words };
	struct hvg_refusal refusal = { 0 };
	struct hvg_ipconfig config;
	char text[4096], *rest = text;

	if (size < 2)
		return 0;
	request.families = bytes[0] - '0';
	request.dhcp = bytes[1] == '1';
	size = HVG_MIN(size - 2, sizeof(text) - 1);
	memcpy(text, bytes + 2, size);
	text[size] = '\0';
	cut(&rest, &addresses);
	cut(&rest, &subnets);
	cut(&rest, &gateways);
	cut(&rest, &dns);
	if (hvg_ipplan_make(&request, &config, &refusal) < 0) {
		hvg_always(refusal.field && *refusal.text);
		return 0;
	}
	check_rules(&config);
	check_text(&config);
	return 0;
}
