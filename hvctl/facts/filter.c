// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Mostly lists of what a line must have in it to be kept.
 */

#include "hvctl/facts/filter.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

void fact_text_tidy(char *bytes, size_t size)
{
	while (size > 0 && (bytes[size - 1] == '\n' || bytes[size - 1] == '\0'))
		size--;
	for (size_t i = 0; i < size; i++)
		if (bytes[i] == '\0')
			bytes[i] = '\n';
	bytes[size] = '\0';
}

static bool has_any(const char *line, const char *const wanted[])
{
	for (size_t i = 0; wanted[i]; i++)
		if (strstr(line, wanted[i]))
			return true;
	return false;
}

static bool begins_with_any(const char *line, const char *const wanted[])
{
	line += strspn(line, " \t");
	for (size_t i = 0; wanted[i]; i++)
		if (strncmp(line, wanted[i], strlen(wanted[i])) == 0)
			return true;
	return false;
}

/* Appends a line to those that are kept, which never get longer than all lines are. */
static char *keep(const char *text, char *to, const char *line, size_t length)
{
	if (to > text)
		*to++ = '\n';
	memmove(to, line, length);
	return to + length;
}

/* Keeps the lines that the judge likes. */
static void keep_lines(char *text, size_t size, const char *const wanted[],
	bool (*judge)(const char *line, const char *const wanted[]))
{
	char *to = text, *at = text, *end;

	fact_text_tidy(text, size);
	for (end = text + strlen(text); at < end;) {
		size_t length = strcspn(at, "\n");

		at[length] = '\0';
		if (judge(at, wanted))
			to = keep(text, to, at, length);
		at += length + 1;
	}
	*to = '\0';
}

void filter_interrupts(char *bytes, size_t size)
{
	/* arm64 names devices behind the counts, and has no such rows */
	static const char *const rows[] = { "CPU0", "HYP:", "HVS:", "HRE:", "NMI:", "Hyper-V",
		NULL };

	keep_lines(bytes, size, rows, has_any);
}

void filter_meminfo(char *bytes, size_t size)
{
	static const char *const rows[] = { "MemTotal:", "SwapTotal:", "Balloon:", NULL };

	keep_lines(bytes, size, rows, begins_with_any);
}

void filter_os_release(char *bytes, size_t size)
{
	static const char *const names[] = { "ID=", "VERSION_ID=", "PRETTY_NAME=", NULL };

	keep_lines(bytes, size, names, begins_with_any);
}

void filter_chrony(char *bytes, size_t size)
{
	static const char *const words[] = { "refclock", "makestep", NULL };

	keep_lines(bytes, size, words, begins_with_any);
}

/* Disks are counted in the order in which they are found. */
static const char *const unstable_names[] = { "/dev/sd", NULL };

void filter_fstab(char *bytes, size_t size)
{
	keep_lines(bytes, size, unstable_names, begins_with_any);
}

/* "NAME DEVICE KEY OPTIONS": where the key is stays here. */
void filter_crypttab(char *bytes, size_t size)
{
	char *to = bytes, *at = bytes, *end;

	fact_text_tidy(bytes, size);
	for (end = bytes + strlen(bytes); at < end;) {
		char *next = at + strcspn(at, "\n"), name[128], device[256],
		     line[sizeof(name) + sizeof(device)];

		*next = '\0';
		/* blanks, for the kept line is not to be longer: a name may go on and on */
		if (sscanf(at, "%127s%*[ \t]%255s", name, device) == 2 && *name != '#' &&
			begins_with_any(device, unstable_names))
			to = keep(bytes, to, line,
				(size_t)sprintf(line, "%s %s", name, device));
		at = next + 1;
	}
	*to = '\0';
}

/* What somebody has commented out is no rule. */
static bool is_rule_about(const char *line, const char *const topics[])
{
	return line[strspn(line, " \t")] != '#' && has_any(line, topics);
}

void filter_udev(char *bytes, size_t size)
{
	static const char *const topics[] = { "SUBSYSTEM==\"memory\"", "ptp_hyperv",
		"NM_UNMANAGED", "ID_NET_MANAGED_BY", "hibernate", NULL };

	keep_lines(bytes, size, topics, is_rule_about);
}

void filter_mounts(char *bytes, size_t size)
{
	static const char *const sources[] = { " /dev/", NULL };

	keep_lines(bytes, size, sources, has_any);
}

void filter_input(char *bytes, size_t size)
{
	static const char *const rows[] = { "N: ", "H: ", NULL };

	keep_lines(bytes, size, rows, begins_with_any);
}

#define ATTRIBUTES_SIZE                                                                        \
	4 /* efivarfs puts them in front of the value: Documentation/filesystems/efivarfs.rst  \
	   */
#define VALUE_SIZE 16

void filter_efi_variable(char *bytes, size_t size)
{
	unsigned char value[VALUE_SIZE];
	size_t n = size > ATTRIBUTES_SIZE ? size - ATTRIBUTES_SIZE : 0;

	if (n > VALUE_SIZE)
		n = VALUE_SIZE;
	if (n > 0)
		memcpy(value, bytes + ATTRIBUTES_SIZE, n);
	*bytes = '\0';
	for (size_t i = 0; i < n; i++)
		bytes += sprintf(bytes, "%02x", value[i]);
}

void filter_authorities(char *bytes, size_t size)
{
	static const char *const names[] = { "Microsoft Corporation UEFI CA 2011",
		"Microsoft UEFI CA 2023", "Microsoft Windows Production PCA 2011",
		"Windows UEFI CA 2023", "Debian Secure Boot CA",
		"Canonical Ltd. Master Certificate Authority", "Red Hat Secure Boot",
		"Open Source Shielded" };
	char found[512] = "";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (memmem(bytes, size, names[i], strlen(names[i])))
			(void)snprintf(found + strlen(found), sizeof(found) - strlen(found),
				"%s%s", *found ? "\n" : "", names[i]);
	(void)strcpy(bytes, *found ? found : "others");
}

/* "<6>[    0.000000] Linux version …": the level in front says nothing to anybody here. */
static void strip_levels(char *text)
{
	char *to = text;

	for (const char *at = text; *at;) {
		size_t digits = *at == '<' ? strspn(at + 1, "0123456789") : 0;
		const char *line = digits > 0 && at[digits + 1] == '>' ? at + digits + 2 : at;
		size_t length = strcspn(line, "\n");

		at = line + length + (line[length] == '\n');
		to = keep(text, to, line, length);
	}
	*to = '\0';
}

void filter_kernel_log(char *bytes, size_t size)
{
	static const char *const topics[] = { "Hyper-V", "hyperv", "hv_", "Hypervisor detected",
		"Unknown GUID", "IC version", "Dynamic Memory", "emory hot add",
		"Ballooning disabled", "Data path switched", "KVP:", "VSS:", "FCP:", "orderly",
		"graceful shutdown", "BUG:", "Oops", "general protection", "kernel BUG at",
		"tsc: Marking", "Secure boot", "failed to assign", "TIMESYNC IC",
		"blocked for more than", NULL };

	keep_lines(bytes, size, topics, has_any);
	strip_levels(bytes);
}
