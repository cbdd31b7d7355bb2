// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * /etc/network/interfaces: an edit keeps every line outside of the stanzas concerned, a second edit
 * changes nothing, and what was written reads back. The same bytes are tried as the other files of
 * managers that are read.
 */

#include "fuzz.h"

#include "format/ifcfg.h"
#include "format/interfaces.h"
#include "format/keyfile.h"
#include "format/networkd.h"

#include <errno.h>
#include <string.h>

#define TEXT_SIZE 65536

static const char wanted[] = "ipv4 static\nipv6 static\naddress 192.0.2.7/24\naddress 2001:db8::7/64\n"
			     "gateway 192.0.2.1 metric 0\ngateway 192.0.2.3 metric 2000\ndns 192.0.2.2\n";

static struct hvg_span edit(struct hvg_span text, const struct hvg_ipconfig *config, char *ret, int *ret_r)
{
	struct hvg_printer printer;

	hvg_printer_init(&printer, ret, TEXT_SIZE);
	*ret_r = hvg_interfaces_edit(text, "eth0", config, &printer);
	return (struct hvg_span){ ret, printer.used };
}

/* Every line that is in the old text, and in no stanza, is in the new one. */
static void check_kept(struct hvg_span text, struct hvg_span edited)
{
	struct hvg_interfaces_line line, other;
	struct hvg_span rest = text, search = edited;
	bool is_outside = true;

	while (hvg_interfaces_next(&rest, &line)) {
		if (hvg_interfaces_begins(line.word))
			is_outside = !hvg_interfaces_has(line.whole.start, line.whole.size, "eth0");
		if (!is_outside || line.whole.start[line.whole.size - 1] != '\n')
			continue;
		do
			hvg_always(hvg_interfaces_next(&search, &other));
		while (other.whole.size != line.whole.size ||
			memcmp(other.whole.start, line.whole.start, line.whole.size) != 0);
	}
}

static void check_edit(struct hvg_span text)
{
	static char once[TEXT_SIZE], twice[TEXT_SIZE];
	struct hvg_ipconfig config, again;
	struct hvg_span first, second;
	int r;

	(void)hvg_ipconfig_parse(wanted, strlen(wanted), &config);
	first = edit(text, &config, once, &r);
	hvg_always((r == -ENOENT) == !hvg_interfaces_has(text.start, text.size, "eth0"));
	if (r < 0)
		return;
	check_kept(text, first);
	second = edit(first, &config, twice, &r);
	hvg_always(r >= 0 && second.size == first.size && memcmp(once, twice, first.size) == 0);
	hvg_always(hvg_interfaces_parse(once, first.size, "eth0", &again) == 0);
	hvg_always(hvg_ipconfig_is_equal(&config, &again));
}

static void check_others(struct hvg_span text)
{
	static char once[TEXT_SIZE];
	struct hvg_netmatch match = { .name = "eth0" };
	struct hvg_ipconfig config, again;
	struct hvg_printer printer;

	(void)hvg_networkd_parse(text.start, text.size, &config);
	(void)hvg_keyfile_parse(text.start, text.size, &config);
	(void)hvg_ifcfg_parse(text.start, text.size, &config);
	(void)hvg_ipconfig_parse(wanted, strlen(wanted), &config);
	config.n_gateways = 1; /* as many as that format has */
	hvg_printer_init(&printer, once, sizeof(once));
	if (hvg_ifcfg_edit(text, &match, &config, &printer) < 0)
		return;
	if (memchr(text.start, '\0', text.size) || memchr(text.start, '=', text.size))
		return; /* a site's own assignment may say anything */
	hvg_always(hvg_ifcfg_parse(once, printer.used, &again) == 0);
	hvg_always(hvg_ipconfig_is_equal(&config, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct hvg_span text = { (const char *)bytes, size };

	if (size == 0 || size > TEXT_SIZE / 4)
		return 0;
	check_edit(text);
	check_others(text);
	return 0;
}
