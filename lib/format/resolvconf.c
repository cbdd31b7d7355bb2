// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * glibc takes a keyword only at the very beginning of a line, and the first word after it
 * (res_vinit_1 in resolv/res_init.c); so do we, but numbers must be whole addresses.
 */

#include "format/resolvconf.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <string.h>

#define KEYWORD "nameserver"

static size_t word_size(struct hvg_span span)
{
	size_t n = 0;

	while (n < span.size && !strchr(" \t\r", span.start[n]))
		n++;
	return n;
}

/* The first word after the keyword; false if this is no such line. */
static bool find_server(struct hvg_span line, struct hvg_span *ret)
{
	struct hvg_span word;

	if (word_size(line) != strlen(KEYWORD) || strncmp(line.start, KEYWORD, strlen(KEYWORD)) != 0)
		return false;
	line.start += strlen(KEYWORD);
	line.size -= strlen(KEYWORD);
	word = hvg_span_trim(line);
	word.size = word_size(word);
	*ret = word;
	return true;
}

static bool is_stub(const char *address)
{
	return strcmp(address, "127.0.0.53") == 0 || strcmp(address, "127.0.0.54") == 0;
}

/* As inet_ntop writes it, so that equal addresses are equal texts. */
static bool parse_server(struct hvg_span word, struct hvg_resolvconf_server *ret)
{
	struct hvg_span address = { word.start, 0 };
	struct hvg_ip ip = { 0 };

	(void)hvg_span_cut(&word, '%', &address);
	if (hvg_span_copy(address, ret->address, sizeof(ret->address)) < 0)
		return false;
	if (inet_pton(AF_INET, ret->address, ip.bytes) == 1)
		ip.family = AF_INET;
	else if (inet_pton(AF_INET6, ret->address, ip.bytes) == 1)
		ip.family = AF_INET6;
	else
		return false;
	hvg_ip_render(&ip, ret->address);
	ret->is_stub = is_stub(ret->address);
	return true;
}

size_t hvg_resolvconf_parse(const char *text, size_t size, struct hvg_resolvconf_server *ret,
	size_t max_servers)
{
	struct hvg_span rest = { text, size }, line, word;
	struct hvg_resolvconf_server server;
	size_t n = 0;

	while (hvg_span_cut(&rest, '\n', &line)) {
		if (!find_server(line, &word) || !parse_server(word, &server))
			continue;
		if (n < max_servers)
			ret[n] = server;
		n++;
	}
	return n;
}
