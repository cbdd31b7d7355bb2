// SPDX-License-Identifier: LGPL-2.1-or-later

#include "os/fake-sysfs.h"

#include "os/sandbox.h"

#include <check.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#define ROOT "/run/sys"

/* Below ROOT, with "@INSTANCE" spelt out. */
static void locate(const char *path, char ret[static 1024])
{
	if (*path == '@')
		snprintf(ret, 1024, "%s%s/%s", ROOT, HVG_FAKE_VMBUS, path + 1);
	else
		snprintf(ret, 1024, "%s/%s", ROOT, path);
}

static void put_folder(const char *path)
{
	char full[1024];

	locate(path, full);
	hvg_sandbox_mkdir(full);
}

static void put_file(const char *folder, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void put_file(const char *folder, const char *name, const char *format, ...)
{
	char path[1024], full[1024], content[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(content, sizeof(content), format, arguments);
	va_end(arguments);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	locate(path, full);
	hvg_sandbox_write(full, content);
}

/* The target lies in the fake /sys too. */
static void put_link(const char *folder, const char *name, const char *target)
{
	char path[1024], full[1024], place[1024], destination[1024];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	locate(path, full);
	snprintf(place, sizeof(place), "%s", full);
	hvg_sandbox_mkdir(dirname(place));
	locate(target, place);
	snprintf(destination, sizeof(destination), "/sys%s", place + strlen(ROOT));
	ck_assert_msg(symlink(destination, full) == 0, "%s", full);
}

struct vmbus_line {
	char instance[64], class_guid[64], relid[16], state[16], driver[64];
};

static void put_vmbus(const struct vmbus_line *line)
{
	char folder[128], driver[128];

	snprintf(folder, sizeof(folder), "@%s", line->instance);
	put_file(folder, "device_id", "{%s}\n", line->instance);
	put_file(folder, "class_id", "{%s}\n", line->class_guid);
	put_file(folder, "id", "%s\n", line->relid);
	put_file(folder, "state", "%s\n", line->state);
	put_file(folder, "uevent", "DRIVER=%s\n", line->driver);
	put_link(folder, "subsystem", "bus/vmbus");
	put_link("bus/vmbus/devices", line->instance, folder);
	if (strcmp(line->driver, "-") == 0)
		return;
	snprintf(driver, sizeof(driver), "bus/vmbus/drivers/%s", line->driver);
	put_folder(driver);
	put_link(folder, "driver", driver);
}

static void put_misc(const char *name, const char *minor)
{
	char folder[128], node[64];

	snprintf(folder, sizeof(folder), "devices/virtual/misc/%s", name);
	snprintf(node, sizeof(node), "%s", name);
	for (char *at = node; *at; at++)
		*at = *at == '!' ? '/' : *at;
	put_file(folder, "dev", "10:%s\n", minor);
	put_file(folder, "uevent", "MAJOR=10\nMINOR=%s\nDEVNAME=%s\n", minor, node);
	put_link(folder, "subsystem", "class/misc");
	put_link("class/misc", name, folder);
}

static void put_line(char *line)
{
	char first[256] = "", second[256] = "";
	struct vmbus_line vmbus;

	line[strcspn(line, "\n")] = '\0';
	if (line[0] == '\0' || line[0] == '#')
		return;
	if (sscanf(line, "vmbus %63s %63s %15s %15s %63s", vmbus.instance, vmbus.class_guid,
		    vmbus.relid, vmbus.state, vmbus.driver) == 5)
		put_vmbus(&vmbus);
	else if (sscanf(line, "misc %255s %255s", first, second) == 2)
		put_misc(first, second);
	else if (sscanf(line, "file %255s %255[^\n]", first, second) == 2)
		put_file(dirname(strdupa(first)), basename(strdupa(first)), "%s\n", second);
	else if (sscanf(line, "link %255s %255s", first, second) == 2)
		put_link(dirname(strdupa(first)), basename(strdupa(first)), second);
	else if (sscanf(line, "dir %255s", first) == 1)
		put_folder(first);
	else
		ck_abort_msg("manifest: %s", line);
}

static void put_manifest(const char *manifest)
{
	char path[1024], line[1024];
	FILE *file;

	snprintf(path, sizeof(path), "%s/sysfs/%s", HVG_TEST_DATA, manifest);
	file = fopen(path, "re");
	ck_assert_msg(file != NULL, "%s", path);
	while (fgets(line, sizeof(line), file))
		put_line(line);
	fclose(file);
}

void hvg_fake_sysfs(const char *manifest)
{
	hvg_sandbox_mkdir(ROOT);
	if (manifest)
		put_manifest(manifest);
	ck_assert_int_eq(mount(ROOT, "/sys", NULL, MS_BIND, NULL), 0);
	ck_assert_int_eq(setenv("SYSTEMD_DEVICE_VERIFY_SYSFS", "0", 1), 0);
}
