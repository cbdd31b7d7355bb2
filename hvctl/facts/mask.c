// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * First all MACs are found, then everything is copied with each of them replaced, in GUIDs too:
 * Azure makes an adapter's GUID of its MAC.
 */

#include "hvctl/facts/mask.h"

#include "base/cleanup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MACS_MAX 255 /* two hexadecimal digits */
#define MAC_SIZE 18

struct masks {
	char macs[MACS_MAX][MAC_SIZE]; /* "00:0d:3a:1b:2c:3d" */
	size_t n_macs;
	char addresses[MACS_MAX][INET6_ADDRSTRLEN];
	size_t n_addresses;
};

/* Number of the text in the list, which gets it if there is room. */
static size_t number_of(char *list, size_t size, size_t *n, const char *text)
{
	for (size_t i = 0; i < *n; i++)
		if (strcmp(list + i * size, text) == 0)
			return i;
	if (*n == MACS_MAX)
		return MACS_MAX - 1;
	(void)snprintf(list + *n * size, size, "%s", text);
	return (*n)++;
}

static bool is_mac(const char *text)
{
	static const char *const public_ones[] = { "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff" };
	unsigned int bytes[6];
	int end = 0;

	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &bytes[0], &bytes[1], &bytes[2],
		    &bytes[3], &bytes[4], &bytes[5], &end) != 6 ||
		end != MAC_SIZE - 1 || text[end] != '\0')
		return false;
	return strcmp(text, public_ones[0]) != 0 && strcmp(text, public_ones[1]) != 0;
}

static bool ends_with(const char *text, const char *end)
{
	size_t size = strlen(text), end_size = strlen(end);

	return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

static void find_macs(const struct facts *facts, struct masks *masks)
{
	for (size_t i = 0; i < facts_count(facts); i++) {
		struct fact fact = facts_at(facts, i);

		if (ends_with(fact.path, "/address") && is_mac(fact.text))
			(void)number_of(masks->macs[0], MAC_SIZE, &masks->n_macs, fact.text);
	}
}

/* Replacing. */

/*
 * The digits of one MAC by those of another, whatever stands between them: "00:0d:3a:1b:2c:3d",
 * "000d3a1b-2c3d". A GUID that repeats the MAC to its end is replaced to its end.
 */

#define DIGITS 12

static bool is_between(char character)
{
	return character == ':' || character == '-';
}

/* How many digits in a row are those, over and over, from there on. */
static size_t count_digits(const char *text, const char digits[static DIGITS])
{
	size_t n = 0;

	for (; *text; text++) {
		if (*text == digits[n % DIGITS])
			n++;
		else if (!is_between(*text) || n == 0)
			break;
	}
	return n;
}

static void replace_digits(
	char *text, const char from[static DIGITS], const char to[static DIGITS])
{
	while (*text) {
		size_t n = count_digits(text, from);

		if (n < DIGITS) {
			text++;
			continue;
		}
		for (size_t i = 0; i < n; text++)
			if (!is_between(*text))
				*text = to[i++ % DIGITS];
	}
}

static void put_digits(const char *mac, char ret[static DIGITS + 1])
{
	for (; *mac; mac++)
		if (!is_between(*mac))
			*ret++ = *mac;
	*ret = '\0';
}

static void replace_macs(char *text, const struct masks *masks)
{
	for (size_t i = 0; i < masks->n_macs; i++) {
		char from[MAC_SIZE], to[MAC_SIZE];

		put_digits(masks->macs[i], from);
		(void)snprintf(to, sizeof(to), "0200000000%02x", (unsigned int)(i + 1) & 0xff);
		replace_digits(text, from, to);
	}
}

/* Whether the word is an address; IPv6 is what has two colons at least, so that "14:1" is none.
 */
static bool is_address(const char *word)
{
	uint8_t bytes[16];

	if (inet_pton(AF_INET, word, bytes) == 1)
		return true;
	return strchr(word, ':') != strrchr(word, ':') && inet_pton(AF_INET6, word, bytes) == 1;
}

/*
 * Copies a text, with IP addresses replaced: at most 13 characters for 3, which are "::" and
 * what stands behind it. ret has room for five times as much.
 */
static void copy_with_addresses(const char *text, struct masks *masks, char *ret)
{
	while (*text) {
		size_t size = strspn(text, "0123456789abcdefABCDEF:.");
		char word[INET6_ADDRSTRLEN];

		if (size == 0 || size >= sizeof(word)) {
			*ret++ = *text++;
			continue;
		}
		(void)snprintf(word, sizeof(word), "%.*s", (int)size, text);
		if (is_address(word))
			ret += sprintf(ret, strchr(word, ':') ? "2001:db8::%zx" : "192.0.2.%zu",
				number_of(masks->addresses[0], INET6_ADDRSTRLEN,
					&masks->n_addresses, word) +
					1);
		else
			ret += sprintf(ret, "%s", word);
		text += size;
	}
	*ret = '\0';
}

/* "0xc003ff0000ffff04": all but the end of a world-wide name. */
static void mask_wwn(char *text)
{
	for (char *at = text + 2; strlen(at) > 2; at++)
		*at = 'x';
}

/* The values of what looks like a secret: "NAME=VALUE" with such a word in the name. */
static void mask_secrets(char *line)
{
	static const char *const names[] = { "pass", "key", "token", "secret", "cred" };

	for (char *word = line; *word; word += strcspn(word, " "), word += strspn(word, " ")) {
		size_t size = strcspn(word, " ="), length = strcspn(word, " ");

		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (word[size] == '=' && memmem(word, size, names[i], strlen(names[i])))
				memset(word + size + 1, 'x', length - size - 1);
	}
}

static bool is_public_key(const char *key)
{
	return strncmp(key, "HostingSystem", strlen("HostingSystem")) == 0 ||
		strcmp(key, "VirtualMachineDynamicMemoryBalancingEnabled") == 0;
}

/* By where it stands. */
static void mask_text(const char *path, char *text)
{
	static const char pairs[] = "kvp/host/";

	if (strncmp(path, pairs, strlen(pairs)) == 0 && !is_public_key(path + strlen(pairs)) &&
		*text)
		(void)strcpy(text, MASK_TEXT);
	else if (strncmp(path, "/sys/class/fc_host/", 19) == 0 && strncmp(text, "0x", 2) == 0)
		mask_wwn(text);
	else if (strcmp(path, "/proc/cmdline") == 0)
		mask_secrets(text);
}

static int add_masked(struct facts *to, const struct fact *fact, struct masks *masks)
{
	size_t size = 5 * strlen(fact->text) + sizeof(MASK_TEXT);
	_cleanup_free_ char *text = malloc(size);
	char path[FACT_PATH_SIZE];

	if (!text)
		return -ENOMEM;
	copy_with_addresses(fact->text, masks, text);
	replace_macs(text, masks);
	mask_text(fact->path, text);
	(void)snprintf(path, sizeof(path), "%s", fact->path);
	replace_macs(path, masks);
	return facts_add(to, fact->kind, path, text);
}

int facts_mask(const struct facts *facts, struct facts **ret)
{
	_cleanup_free_ struct masks *masks = calloc(1, sizeof(*masks));
	struct facts *masked = facts_new();
	int r = masks && masked ? 0 : -ENOMEM;

	if (r == 0)
		find_macs(facts, masks);
	for (size_t i = 0; r == 0 && i < facts_count(facts); i++) {
		struct fact fact = facts_at(facts, i);

		r = add_masked(masked, &fact, masks);
	}
	if (r < 0) {
		facts_free(masked);
		return r;
	}
	facts_sort(masked);
	*ret = masked;
	return 0;
}
