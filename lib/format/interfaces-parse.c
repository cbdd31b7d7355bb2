// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Reading stanzas back, by way of ipconfig's own text form.
 */

#include "format/interfaces.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

struct reading {
	const char *name;
	struct hvg_printer printer; /* of the own text form */
	bool is_inside;		    /* a stanza of that interface */
	bool is_inet6;		    /* it is of IPv6 */
	bool is_found;
	struct hvg_span gateway, metric; /* of that stanza */
	enum hvg_ipv4_method ipv4;
	enum hvg_ipv6_method ipv6;
};

static void put(struct reading *reading, const char *keyword, struct hvg_span value)
{
	hvg_print(&reading->printer, "%s ", keyword);
	hvg_print_span(&reading->printer, value);
	hvg_print(&reading->printer, "\n");
}

/* At the end of a stanza, or before its further gateways: its own has a metric that stands below it. */
static void finish_gateway(struct reading *reading)
{
	if (reading->gateway.size > 0) {
		hvg_print(&reading->printer, "gateway ");
		hvg_print_span(&reading->printer, reading->gateway);
		hvg_print(&reading->printer, " metric ");
		hvg_print_span(&reading->printer, reading->metric.size > 0 ? reading->metric : hvg_span_of("0"));
		hvg_print(&reading->printer, "\n");
	}
	reading->gateway = reading->metric = (struct hvg_span){ "", 0 };
}

static void take_header(struct reading *reading, struct hvg_span rest)
{
	struct hvg_span name, family, method;

	reading->is_inside = hvg_interfaces_word(&rest, &name) && hvg_span_is(name, reading->name) &&
		hvg_interfaces_word(&rest, &family) && hvg_interfaces_word(&rest, &method);
	if (!reading->is_inside)
		return;
	reading->is_found = true;
	reading->is_inet6 = hvg_span_is(family, "inet6");
	if (reading->is_inet6 && hvg_span_is(method, "static"))
		reading->ipv6 = HVG_IPV6_STATIC;
	else if (!reading->is_inet6 && hvg_span_is(method, "static"))
		reading->ipv4 = HVG_IPV4_STATIC;
	else if (!reading->is_inet6 && hvg_span_is(method, "dhcp"))
		reading->ipv4 = HVG_IPV4_DHCP;
}

/* "ip -4 route replace default via 192.0.2.1 dev eth0 metric 2000 onlink # hvguest" */
static void take_command(struct reading *reading, struct hvg_span rest)
{
	struct hvg_span word, via = { rest.start, 0 }, metric = { rest.start, 0 };

	while (hvg_interfaces_word(&rest, &word)) {
		if (hvg_span_is(word, "via"))
			(void)hvg_interfaces_word(&rest, &via);
		else if (hvg_span_is(word, "metric"))
			(void)hvg_interfaces_word(&rest, &metric);
		else if (hvg_span_is(word, "hvguest") && via.size > 0 && metric.size > 0)
			break;
	}
	if (!hvg_span_is(word, "hvguest"))
		return;
	finish_gateway(reading);
	hvg_print(&reading->printer, "gateway ");
	hvg_print_span(&reading->printer, via);
	hvg_print(&reading->printer, " metric ");
	hvg_print_span(&reading->printer, metric);
	hvg_print(&reading->printer, "\n");
}

static void take_option(struct reading *reading, const struct hvg_interfaces_line *line)
{
	struct hvg_span rest = line->value, word;

	if (hvg_span_is(line->word, "post-up"))
		take_command(reading, rest);
	else if (hvg_span_is(line->word, "address") && hvg_interfaces_word(&rest, &word))
		put(reading, "address", word);
	else if (hvg_span_is(line->word, "gateway"))
		(void)hvg_interfaces_word(&rest, &reading->gateway);
	else if (hvg_span_is(line->word, "metric"))
		(void)hvg_interfaces_word(&rest, &reading->metric);
	else if (hvg_span_is(line->word, "dns-nameservers"))
		while (hvg_interfaces_word(&rest, &word))
			put(reading, "dns", word);
}

int hvg_interfaces_parse(const char *text, size_t size, const char *name, struct hvg_ipconfig *ret)
{
	struct reading reading = { .name = name };
	struct hvg_interfaces_line line;
	struct hvg_span rest = { text, size };
	char own[HVG_IPCONFIG_TEXT_SIZE];
	int r;

	hvg_printer_init(&reading.printer, own, sizeof(own));
	while (hvg_interfaces_next(&rest, &line)) {
		if (hvg_interfaces_begins(line.word)) {
			finish_gateway(&reading);
			reading.is_inside = false;
		}
		if (hvg_span_is(line.word, "iface"))
			take_header(&reading, line.value);
		else if (reading.is_inside)
			take_option(&reading, &line);
	}
	finish_gateway(&reading);
	r = hvg_printer_result(&reading.printer);
	if (!reading.is_found)
		return -ENOENT;
	r = r < 0 ? -EBADMSG : hvg_ipconfig_parse(own, (size_t)r, ret);
	if (r < 0)
		return r;
	ret->ipv4 = reading.ipv4;
	ret->ipv6 = reading.ipv6;
	hvg_ipconfig_find_on_link(ret);
	return 0;
}
