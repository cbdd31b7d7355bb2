// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Of several assignments the last one counts, as for their managers; of several stanzas any
 * with DHCP.
 */

#include "format/dhcpword.h"

#include "format/ifcfg.h"
#include "format/interfaces.h"

#include <string.h>
#include <strings.h>

/* Cuts "Key=Value" into its two sides, without blanks around them. */
static bool cut_assignment(
	struct hvg_span line, struct hvg_span *ret_key, struct hvg_span *ret_value)
{
	if (!memchr(line.start, '=', line.size) || !hvg_span_cut(&line, '=', ret_key))
		return false;
	*ret_key = hvg_span_trim(*ret_key);
	*ret_value = hvg_span_trim(line);
	return true;
}

static bool is_one_of(struct hvg_span value, const char *const words[],
	int (*compare)(const char *, const char *, size_t))
{
	for (size_t i = 0; words[i]; i++)
		if (value.size == strlen(words[i]) &&
			compare(value.start, words[i], value.size) == 0)
			return true;
	return false;
}

/*
 * Booleans as parse_boolean() of systemd knows them, "Yes" too; of its own words all but the first
 * are deprecated. Only IPv4 is asked about. What networkd does not understand it passes over.
 */
static enum hvg_dhcp_word networkd_word(struct hvg_span value, enum hvg_dhcp_word before)
{
	static const char *const yes[] = { "yes", "true", "on", "1", "y", "t", NULL };
	static const char *const no[] = { "no", "false", "off", "0", "n", "f", NULL };
	static const char *const with_ipv4[] = { "ipv4", "v4", "both", NULL };
	static const char *const without[] = { "ipv6", "v6", "none", NULL };

	if (is_one_of(value, yes, strncasecmp) || is_one_of(value, with_ipv4, strncmp))
		return HVG_DHCP_ON;
	if (is_one_of(value, no, strncasecmp) || is_one_of(value, without, strncmp))
		return HVG_DHCP_OFF;
	return before;
}

enum hvg_dhcp_word hvg_dhcpword_networkd(struct hvg_span text, enum hvg_dhcp_word before)
{
	enum hvg_dhcp_word word = before;
	struct hvg_span line, key, value;
	bool is_network = false;

	while (hvg_span_cut(&text, '\n', &line)) {
		line = hvg_span_trim(line);
		if (line.size > 0 && line.start[0] == '[')
			is_network = hvg_span_is(line, "[Network]");
		else if (is_network && cut_assignment(line, &key, &value) &&
			hvg_span_is(key, "DHCP"))
			word = networkd_word(value, word);
	}
	return word;
}

enum hvg_dhcp_word hvg_dhcpword_interfaces(struct hvg_span text, const char *name)
{
	enum hvg_dhcp_word word = HVG_DHCP_UNSAID;
	struct hvg_interfaces_line line;
	struct hvg_span own, family, method;

	while (hvg_interfaces_next(&text, &line)) {
		if (!hvg_span_is(line.word, "iface") ||
			!hvg_interfaces_word(&line.value, &own) || !hvg_span_is(own, name) ||
			!hvg_interfaces_word(&line.value, &family) ||
			!hvg_span_is(family, "inet") ||
			!hvg_interfaces_word(&line.value, &method))
			continue;
		if (hvg_span_is(method, "dhcp"))
			return HVG_DHCP_ON;
		word = HVG_DHCP_OFF;
	}
	return word;
}

enum hvg_dhcp_word hvg_dhcpword_ifcfg(struct hvg_span text)
{
	struct hvg_span value;

	if (!hvg_ifcfg_find(text, "BOOTPROTO", &value))
		return HVG_DHCP_OFF;
	return hvg_span_is(value, "dhcp") || hvg_span_is(value, "bootp") ? HVG_DHCP_ON
									 : HVG_DHCP_OFF;
}

bool hvg_networkd_note_parse(struct hvg_span text, struct hvg_span *ret_network_file)
{
	struct hvg_span line, key, value, file = { text.start, 0 };

	while (hvg_span_cut(&text, '\n', &line)) {
		if (!cut_assignment(line, &key, &value))
			continue;
		if (hvg_span_is(key, "ADMIN_STATE") &&
			(hvg_span_is(value, "unmanaged") || hvg_span_is(value, "linger")))
			return false;
		if (hvg_span_is(key, "NETWORK_FILE"))
			file = value;
	}
	*ret_network_file = file;
	return file.size > 0;
}
