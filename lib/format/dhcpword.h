/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_FORMAT_DHCPWORD_H
#define HVG_FORMAT_DHCPWORD_H

/*
 * Whether files of a network manager, the site's as well as ours, say that an interface gets
 * its IPv4 configuration by DHCP. Anything else in them is passed over: much of it is not known
 * here.
 */

#include "base/text.h"
#include "format/netfacts.h"

/*
 * systemd.network(5), one file after the other: what it says after what was said before it. Before
 * the first one that is OFF, networkd's own default.
 */
enum hvg_dhcp_word hvg_dhcpword_networkd(struct hvg_span text, enum hvg_dhcp_word before);

/* interfaces(5): the stanzas of that (logical) interface; UNSAID if there is none for IPv4. */
enum hvg_dhcp_word hvg_dhcpword_interfaces(struct hvg_span text, const char *name);

/* An ifcfg file that is known to be for the interface. */
enum hvg_dhcp_word hvg_dhcpword_ifcfg(struct hvg_span text);

/*
 * What networkd itself notes about a link, /run/systemd/netif/links/INDEX: the .network file
 * that it has applied. False if it does not manage the link. The note is meant for systemd's
 * own programs; the bus tells the same, but packed into JSON that is made for each question.
 */
bool hvg_networkd_note_parse(struct hvg_span text, struct hvg_span *ret_network_file);

#endif
