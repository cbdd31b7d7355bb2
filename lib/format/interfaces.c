// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * One pass over the lines, which are printed as they are or left out. What is new is printed in the
 * place of the first stanza of its family; a family that has no stanza yet follows the first stanza
 * there is. Blank lines and comments at the end of a stanza belong to what follows it.
 */

#include "format/interfaces.h"

#include "base/units.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* Marks what is ours among an administrator's commands; to the shell it is a comment. */
#define MARK "# hvguest"

/* What begins a stanza or stands alone, beside "allow-…" (ifupdown's config.c). */
static const char *const keywords[] = { "auto", "iface", "mapping", "no-auto-down", "no-scripts", "rename",
	"source", "source-directory", "template" };

/* Options of the methods that are about addresses: they go with what they said. */
static const char *const own_options[] = { "accept_ra", "address", "autoconf", "broadcast", "dns-nameserver",
	"dns-nameservers", "gateway", "metric", "netmask", "network", "pointopoint" };

static bool is_one_of(struct hvg_span word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (hvg_span_is(word, words[i]))
			return true;
	return false;
}

/* Lines. */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

bool hvg_interfaces_word(struct hvg_span *rest, struct hvg_span *ret)
{
	while (rest->size > 0 && is_blank(rest->start[0])) {
		rest->start++;
		rest->size--;
	}
	*ret = (struct hvg_span){ rest->start, 0 };
	while (ret->size < rest->size && !is_blank(rest->start[ret->size]))
		ret->size++;
	rest->start += ret->size;
	rest->size -= ret->size;
	return ret->size > 0;
}

static bool is_continued(struct hvg_span line)
{
	return line.size > 0 && line.start[line.size - 1] == '\\';
}

bool hvg_interfaces_next(struct hvg_span *rest, struct hvg_interfaces_line *ret)
{
	const char *start = rest->start;
	struct hvg_span line, more;

	if (!hvg_span_cut(rest, '\n', &line))
		return false;
	ret->value = line;
	(void)hvg_interfaces_word(&ret->value, &ret->word);
	if (ret->word.size == 0 || ret->word.start[0] == '#')
		ret->word.size = 0;
	else
		for (more = line; is_continued(more) && hvg_span_cut(rest, '\n', &more);)
			;
	if (is_continued(ret->value))
		ret->value.size--;
	ret->whole = (struct hvg_span){ start, (size_t)(rest->start - start) };
	return true;
}

bool hvg_interfaces_begins(struct hvg_span word)
{
	return is_one_of(word, keywords, HVG_ELEMENTS(keywords)) ||
		(word.size > 6 && memcmp(word.start, "allow-", 6) == 0);
}

/* "iface NAME FAMILY METHOD" of that name: AF_INET or AF_INET6; 0 if it is another, or none. */
static int family_of(const struct hvg_interfaces_line *line, const char *name, struct hvg_span *ret_method)
{
	struct hvg_span rest = line->value, word, family, extra;

	if (!hvg_span_is(line->word, "iface") || !hvg_interfaces_word(&rest, &word) || !hvg_span_is(word, name))
		return 0;
	if (!hvg_interfaces_word(&rest, &family) || !hvg_interfaces_word(&rest, ret_method) ||
		hvg_interfaces_word(&rest, &extra))
		return -EOPNOTSUPP;
	if (hvg_span_is(family, "inet"))
		return AF_INET;
	return hvg_span_is(family, "inet6") ? AF_INET6 : -EOPNOTSUPP;
}

bool hvg_interfaces_has(const char *text, size_t size, const char *name)
{
	struct hvg_span rest = { text, size }, method;
	struct hvg_interfaces_line line;

	while (hvg_interfaces_next(&rest, &line))
		if (family_of(&line, name, &method) != 0)
			return true;
	return false;
}

/* What is new. */

struct edit {
	const char *name;
	const struct hvg_ipconfig *config;
	struct hvg_printer *printer;
	bool has_inet, has_inet6;    /* anywhere in the old text */
	bool is_inet_done, is_inet6_done;
};

static void print_dns(const struct edit *edit)
{
	const struct hvg_ipconfig *config = edit->config;
	char text[HVG_IP_TEXT_SIZE];

	if (config->n_dns > 0)
		hvg_print(edit->printer, "\tdns-nameservers");
	for (size_t i = 0; i < config->n_dns; i++) {
		hvg_ip_render(&config->dns[i], text);
		hvg_print(edit->printer, " %s", text);
	}
	if (config->n_dns > 0)
		hvg_print(edit->printer, "\n");
}

/* ifupdown has one gateway; the others are commands. */
static void print_gateways(const struct edit *edit, uint8_t family)
{
	const struct hvg_ipconfig *config = edit->config;
	char text[HVG_IP_TEXT_SIZE];

	for (size_t i = 0; i < config->n_gateways; i++) {
		const struct hvg_gateway *gateway = &config->gateways[i];

		hvg_ip_render(&gateway->ip, text);
		if (gateway->ip.family != family)
			continue;
		if (!hvg_gateway_is_fallback(gateway)) {
			hvg_print(edit->printer, "\tgateway %s\n", text);
			if (gateway->metric > 0)
				hvg_print(edit->printer, "\tmetric %u\n", gateway->metric);
		} else {
			hvg_print(edit->printer, "\tpost-up ip -%c route replace default via %s dev %s metric %u onlink " MARK "\n",
				family == AF_INET ? '4' : '6', text, edit->name, gateway->metric);
		}
	}
}

static const struct hvg_ipaddress *address_at(const struct hvg_ipconfig *config, uint8_t family, size_t n)
{
	for (size_t i = 0; i < config->n_addresses; i++)
		if (config->addresses[i].ip.family == family && n-- == 0)
			return &config->addresses[i];
	return NULL;
}

static void print_address(const struct edit *edit, const struct hvg_ipaddress *address)
{
	char text[HVG_IP_TEXT_SIZE];

	hvg_ip_render(&address->ip, text);
	hvg_print(edit->printer, "\taddress %s/%u\n", text, address->prefix_length);
	if (address->ip.family == AF_INET6)
		hvg_print(edit->printer, "\tautoconf 0\n\taccept_ra 0\n");
}

static const char *method_of(const struct hvg_ipconfig *config, uint8_t family)
{
	static const char *const inet[] = {
		[HVG_IPV4_OFF] = "manual",
		[HVG_IPV4_DHCP] = "dhcp",
		[HVG_IPV4_STATIC] = "static",
	};

	if (family == AF_INET)
		return inet[config->ipv4];
	return config->ipv6 == HVG_IPV6_STATIC ? "static" : "auto";
}

/*
 * Name servers stand in the last stanza of a family: the hooks that hand them on keep one list for an
 * interface and a family, and each stanza replaces it.
 */
static bool tells_dns(const struct hvg_ipconfig *config, uint8_t family, size_t n)
{
	bool is_family = family == AF_INET ? config->ipv4 != HVG_IPV4_OFF : config->ipv4 == HVG_IPV4_OFF;

	return is_family && !address_at(config, family, n + 1);
}

/* The first stanza of a family, without what is kept of the old one. */
static void print_first(const struct edit *edit, uint8_t family)
{
	const struct hvg_ipaddress *address = address_at(edit->config, family, 0);

	hvg_print(edit->printer, "iface %s %s %s\n", edit->name, family == AF_INET ? "inet" : "inet6",
		method_of(edit->config, family));
	if (address)
		print_address(edit, address);
	print_gateways(edit, family);
	if (tells_dns(edit->config, family, 0))
		print_dns(edit);
}

static void print_further(const struct edit *edit, uint8_t family)
{
	const struct hvg_ipaddress *address;

	for (size_t i = 1; (address = address_at(edit->config, family, i)); i++) {
		hvg_print(edit->printer, "iface %s %s static\n", edit->name, family == AF_INET ? "inet" : "inet6");
		print_address(edit, address);
		if (tells_dns(edit->config, family, i))
			print_dns(edit);
	}
}

static bool is_needed(const struct hvg_ipconfig *config, uint8_t family)
{
	if (family == AF_INET)
		return config->ipv4 != HVG_IPV4_OFF;
	return config->ipv6 == HVG_IPV6_STATIC || (config->ipv4 == HVG_IPV4_OFF && config->n_dns > 0);
}

/* A family that had no stanza, behind the first one there is. */
static void print_missing(struct edit *edit)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };

	for (size_t i = 0; i < HVG_ELEMENTS(families); i++) {
		bool *is_done = families[i] == AF_INET ? &edit->is_inet_done : &edit->is_inet6_done;
		bool is_there = families[i] == AF_INET ? edit->has_inet : edit->has_inet6;

		if (is_there || *is_done || !is_needed(edit->config, families[i]))
			continue;
		print_first(edit, families[i]);
		print_further(edit, families[i]);
		*is_done = true;
	}
}

void hvg_interfaces_render(const char *name, const struct hvg_ipconfig *config, struct hvg_printer *printer)
{
	struct edit edit = { .name = name, .config = config, .printer = printer };

	hvg_print(printer, "# Written by hv-netd(8): the IP configuration that the Hyper-V host injected.\nauto %s\n", name);
	if (!is_needed(config, AF_INET) && !is_needed(config, AF_INET6))
		print_first(&edit, AF_INET6);
	print_missing(&edit);
}

/* What is there. */

static bool is_ours(const struct hvg_interfaces_line *line)
{
	size_t n = strlen(MARK);

	if (is_one_of(line->word, own_options, HVG_ELEMENTS(own_options)))
		return true;
	return hvg_span_is(line->word, "post-up") && line->value.size > n &&
		memcmp(line->value.start + line->value.size - n, MARK, n) == 0;
}

/* A stanza that already does what is wanted keeps all of its lines. */
static bool may_stay(const struct hvg_ipconfig *config, int family, struct hvg_span method)
{
	return family == AF_INET6 && !is_needed(config, AF_INET6) && !hvg_span_is(method, "static") &&
		!hvg_span_is(method, "v4tunnel") && !hvg_span_is(method, "6to4");
}

/* The end of the file may lack its line break, or end in a continuation: nothing must go on in ours. */
static void print_lines(const struct edit *edit, struct hvg_span whole)
{
	struct hvg_span last = whole;
	bool is_ended = whole.size > 0 && whole.start[whole.size - 1] == '\n';

	last.size -= is_ended;
	hvg_print_span(edit->printer, whole);
	if (!is_ended)
		hvg_print(edit->printer, "\n");
	if (is_continued(last))
		hvg_print(edit->printer, "\n");
}

/* Where the stanza ends: before the blank lines and comments that lead to the next one. */
static struct hvg_span cut_stanza(struct hvg_span *rest)
{
	struct hvg_span stanza = { rest->start, 0 }, ahead = *rest;
	struct hvg_interfaces_line line;

	while (hvg_interfaces_next(&ahead, &line) && !hvg_interfaces_begins(line.word))
		if (line.word.size > 0)
			stanza.size = (size_t)(ahead.start - stanza.start);
	rest->start += stanza.size;
	rest->size -= stanza.size;
	return stanza;
}

/* The lines of a stanza below its first; only those that are no addresses. */
static void print_kept(const struct edit *edit, struct hvg_span stanza, bool keeps_options)
{
	struct hvg_interfaces_line line;

	while (hvg_interfaces_next(&stanza, &line))
		if (line.word.size == 0)
			hvg_print_span(edit->printer, line.whole);
		else if (keeps_options && !is_ours(&line))
			print_lines(edit, line.whole);
}

static void replace_stanza(struct edit *edit, int family, struct hvg_span *rest)
{
	bool *is_done = family == AF_INET ? &edit->is_inet_done : &edit->is_inet6_done;
	struct hvg_span stanza = cut_stanza(rest);
	bool is_first = !*is_done;

	*is_done = true;
	if (is_first)
		print_first(edit, (uint8_t)family);
	print_kept(edit, stanza, is_first);
	if (is_first)
		print_further(edit, (uint8_t)family);
	print_missing(edit);
}

static void keep_stanza(struct edit *edit, const struct hvg_interfaces_line *line, struct hvg_span *rest)
{
	struct hvg_span stanza = cut_stanza(rest);

	print_lines(edit, line->whole);
	if (stanza.size > 0)
		print_lines(edit, stanza);
	edit->is_inet6_done = true;
	print_missing(edit);
}

/* Which families there are; -EOPNOTSUPP for a stanza that is beyond us. */
static int look_around(struct edit *edit, struct hvg_span rest)
{
	struct hvg_interfaces_line line;
	struct hvg_span method;
	int family;

	while (hvg_interfaces_next(&rest, &line)) {
		family = family_of(&line, edit->name, &method);
		if (family < 0)
			return family;
		edit->has_inet |= family == AF_INET;
		edit->has_inet6 |= family == AF_INET6;
	}
	return edit->has_inet || edit->has_inet6 ? 0 : -ENOENT;
}

int hvg_interfaces_edit(struct hvg_span text, const char *name, const struct hvg_ipconfig *config,
	struct hvg_printer *printer)
{
	struct edit edit = { .name = name, .config = config, .printer = printer };
	struct hvg_interfaces_line line;
	struct hvg_span method;
	int r = look_around(&edit, text);

	if (r < 0)
		return r;
	while (hvg_interfaces_next(&text, &line)) {
		int family = family_of(&line, name, &method);

		if (family == 0)
			hvg_print_span(printer, line.whole);
		else if (may_stay(config, family, method))
			keep_stanza(&edit, &line, &text);
		else
			replace_stanza(&edit, family, &text);
	}
	return hvg_printer_result(printer);
}
