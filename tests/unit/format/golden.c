// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Files are read whole; a difference is shown as both texts.
 */

#include "format/golden.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const golden_cases[GOLDEN_CASES] = { "ipv4", "ipv6", "both", "dhcp", "dhcp-ipv6", "off", "many", "second" };

const struct hvg_netmatch golden_match = {
	.name = "eth0",
	.mac = { true, { 0x00, 0x15, 0x5d, 0x01, 0x02, 0x03 } },
	.mac_is_permanent = true,
	.driver = "hv_netvsc",
};

static FILE *open_file(const char *name, const char *extension, const char *mode)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), HVG_TEST_DATA "/net/%s.%s", name, extension);
	file = fopen(path, mode);
	ck_assert_msg(file != NULL, "%s cannot be opened", path);
	return file;
}

static const char *read_text(const char *name, const char *extension)
{
	static char text[HVG_IPCONFIG_TEXT_SIZE];
	FILE *file = open_file(name, extension, "re");
	size_t size = fread(text, 1, sizeof(text) - 1, file);

	text[size] = '\0';
	fclose(file);
	return text;
}

struct hvg_ipconfig golden_config(const char *name)
{
	const char *text = read_text(name, "config");
	struct hvg_ipconfig config;

	ck_assert_int_eq(hvg_ipconfig_parse(text, strlen(text), &config), 0);
	return config;
}

struct hvg_printer golden_printer(void)
{
	static char text[HVG_IPCONFIG_TEXT_SIZE];
	struct hvg_printer printer;

	hvg_printer_init(&printer, text, sizeof(text));
	return printer;
}

void golden_expect(const char *name, const char *extension, const struct hvg_printer *printer)
{
	FILE *file;

	ck_assert_int_ge(hvg_printer_result(printer), 0);
	if (getenv("HVG_GOLDEN_WRITE")) {
		file = open_file(name, extension, "we");
		fputs(printer->text, file);
		fclose(file);
	}
	ck_assert_str_eq(printer->text, read_text(name, extension));
}
