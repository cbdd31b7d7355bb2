// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Machines as folders that look like their sysfs: devices lie where the kernel puts them, and
 * /sys/dev/block has links to them.
 */

#include "suites.h"

#include "os/blockgraph.h"
#include "os/sandbox.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define ROOT "/run/machine"

static struct hvg_blockgraph graph;
static struct hvg_mount mounts[16];

static void setup(void)
{
	hvg_sandbox_enter(CLONE_NEWNS);
	hvg_sandbox_mkdir(ROOT "/sys/dev/block");
	hvg_sandbox_mkdir(ROOT "/sys/fs/btrfs");
	hvg_sandbox_mkdir(ROOT "/dev");
}

static void teardown(void)
{
	hvg_blockgraph_done(&graph);
}

/* A device: its folder below /sys/devices, and its number. */
static void device(const char *folder, const char *number)
{
	char path[512], line[32], target[512];

	(void)snprintf(path, sizeof(path), ROOT "/sys/devices/%s/dev", folder);
	(void)snprintf(line, sizeof(line), "%s\n", number);
	hvg_sandbox_write(path, line);
	(void)snprintf(path, sizeof(path), ROOT "/sys/dev/block/%s", number);
	(void)snprintf(target, sizeof(target), "../../devices/%s", folder);
	ck_assert_int_eq(symlink(target, path), 0);
}

/* folder (below /sys) has a link of that name to a device. */
static void link_to(const char *folder, const char *name, const char *target_folder)
{
	char path[512], target[512];

	(void)snprintf(path, sizeof(path), ROOT "/sys/%s", folder);
	hvg_sandbox_mkdir(path);
	(void)snprintf(path, sizeof(path), ROOT "/sys/%s/%s", folder, name);
	(void)snprintf(target, sizeof(target), ROOT "/sys/devices/%s", target_folder);
	ck_assert_int_eq(symlink(target, path), 0);
}

static void file(const char *path, const char *content)
{
	char whole[512];

	(void)snprintf(whole, sizeof(whole), ROOT "/sys/%s", path);
	hvg_sandbox_write(whole, content);
}

static void read_graph(const char *mountinfo)
{
	size_t n = hvg_mountinfo_parse(mountinfo, strlen(mountinfo), mounts, 16);

	graph = (struct hvg_blockgraph){ 0 };
	ck_assert_int_eq(hvg_blockgraph_read(&graph, ROOT, mounts, n), 0);
}

static bool has_edge(uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	for (size_t i = 0; i < graph.n_edges; i++)
		if (hvg_devno_is(graph.edges[i].upper, (struct hvg_devno){ a, b }) &&
			hvg_devno_is(graph.edges[i].lower, (struct hvg_devno){ c, d }))
			return true;
	return false;
}

START_TEST(follows_device_mapper_raid_and_partitions)
{
	device("virtual/block/dm-0", "253:0");
	device("virtual/block/md0", "9:0");
	device("pci/ata1/block/sda", "8:0");
	device("pci/ata1/block/sda/sda1", "8:1");
	device("pci/ata2/block/sdb", "8:16");
	file("devices/pci/ata1/block/sda/sda1/partition", "1\n");
	link_to("devices/virtual/block/dm-0/slaves", "md0", "virtual/block/md0");
	link_to("devices/virtual/block/md0/slaves", "sda1", "pci/ata1/block/sda/sda1");
	link_to("devices/virtual/block/md0/slaves", "sdb", "pci/ata2/block/sdb");
	read_graph("28 1 253:0 / / rw - ext4 /dev/mapper/root rw\n"
		   "29 28 253:0 / /again rw - ext4 /dev/mapper/root rw\n");
	ck_assert(has_edge(253, 0, 9, 0));
	ck_assert(has_edge(9, 0, 8, 1));
	ck_assert(has_edge(9, 0, 8, 16));
	ck_assert(has_edge(8, 1, 8, 0));
	ck_assert_uint_eq(graph.n_edges, 4);
	ck_assert_uint_eq(graph.n_network, 0);
}
END_TEST

START_TEST(finds_the_file_system_of_a_loop_devices_file)
{
	device("virtual/block/loop0", "7:0");
	device("virtual/block/loop1", "7:1");
	device("virtual/block/loop2", "7:2");
	device("pci/ata1/block/sda", "8:0");
	file("devices/virtual/block/loop0/loop/backing_file", "/srv/disk image (deleted)\n");
	file("devices/virtual/block/loop1/loop/backing_file", "/pool/image\n");
	file("devices/virtual/block/loop2/loop/backing_file", "/etc/image\n");
	read_graph("28 1 8:0 / / rw - ext4 /dev/sda rw\n"
		   "29 28 7:1 / /srv rw - ext4 /dev/loop1 rw\n"
		   "30 28 7:0 / /mnt rw - ext4 /dev/loop0 rw\n"
		   "31 28 0:40 / /pool rw - btrfs /dev/sdx rw\n"
		   "32 28 7:2 / /etc/x rw - ext4 /dev/loop2 rw\n");
	ck_assert(has_edge(7, 0, 7, 1));
	ck_assert(has_edge(7, 1, 0, 40));
	ck_assert(has_edge(7, 2, 8, 0));
	ck_assert_uint_eq(graph.n_edges, 3);
}
END_TEST

START_TEST(finds_all_disks_of_a_btrfs)
{
	if (geteuid() != 0)
		return; /* device nodes are for root */
	device("virtual/block/loop0", "7:0");
	device("virtual/block/loop1", "7:1");
	device("virtual/block/loop2", "7:2");
	link_to("fs/btrfs/11111111-0000/devices", "loop0", "virtual/block/loop0");
	link_to("fs/btrfs/11111111-0000/devices", "loop1", "virtual/block/loop1");
	link_to("fs/btrfs/22222222-0000/devices", "loop2", "virtual/block/loop2");
	file("fs/btrfs/features/mixed", "1\n");
	ck_assert_int_eq(mknod(ROOT "/dev/loop0", S_IFBLK | 0600, makedev(7, 0)), 0);
	ck_assert_int_eq(mknod(ROOT "/dev/loop2", S_IFBLK | 0600, makedev(7, 2)), 0);
	read_graph("28 1 0:40 /a /a rw - btrfs /dev/loop0 rw\n"
		   "29 1 0:40 /b /b rw - btrfs /dev/loop0 rw\n"
		   "30 1 0:41 / /c rw - bcachefs /dev/loop2:/dev/loop0:/dev/gone rw\n"
		   "31 1 0:42 / /d rw - tmpfs /dev/loop2 rw\n");
	ck_assert(has_edge(0, 40, 7, 0));
	ck_assert(has_edge(0, 40, 7, 1));
	ck_assert(has_edge(0, 41, 7, 2));
	ck_assert(has_edge(0, 41, 7, 0));
	ck_assert_uint_eq(graph.n_edges, 4);
}
END_TEST

START_TEST(tells_disks_on_a_network)
{
	device("platform/host2/session1/target2:0:0/2:0:0:0/block/sdb", "8:16");
	device("platform/host2/session1/target2:0:0/2:0:0:0/block/sdb/sdb1", "8:17");
	file("devices/platform/host2/session1/target2:0:0/2:0:0:0/block/sdb/sdb1/partition", "1\n");
	device("virtual/block/nbd0", "43:0");
	device("virtual/nvme-fabrics/ctl/nvme0/nvme0n1", "259:0");
	device("pci/ata1/block/sda", "8:0");
	read_graph("28 1 8:17 / /a rw - ext4 a rw\n29 1 43:0 / /b rw - ext4 b rw\n"
		   "30 1 259:0 / /c rw - ext4 c rw\n31 1 8:0 / /d rw - ext4 d rw\n");
	ck_assert_uint_eq(graph.n_network, 4); /* the iSCSI disk and its partition, nbd, NVMe */
	for (size_t i = 0; i < graph.n_network; i++)
		ck_assert(!hvg_devno_is(graph.network[i], (struct hvg_devno){ 8, 0 }));
}
END_TEST

START_TEST(survives_a_sysfs_that_makes_no_sense)
{
	device("virtual/block/dm-0", "253:0");
	device("virtual/block/dm-1", "253:1");
	link_to("devices/virtual/block/dm-0/slaves", "dm-1", "virtual/block/dm-1");
	link_to("devices/virtual/block/dm-0/slaves", "gone", "virtual/block/gone");
	link_to("devices/virtual/block/dm-1/slaves", "dm-0", "virtual/block/dm-0");
	file("devices/virtual/block/dm-1/loop/backing_file", "relative\n");
	read_graph("28 1 253:0 / / rw - ext4 a rw\n29 28 9:9 / /none rw - ext4 b rw\n");
	ck_assert_uint_eq(graph.n_edges, 2);
}
END_TEST

Suite *hvg_suite_os_blockgraph(void)
{
	Suite *suite = suite_create("blockgraph");
	TCase *tcase = hvg_suite_case(suite, "blockgraph");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, follows_device_mapper_raid_and_partitions);
	tcase_add_test(tcase, finds_the_file_system_of_a_loop_devices_file);
	tcase_add_test(tcase, finds_all_disks_of_a_btrfs);
	tcase_add_test(tcase, tells_disks_on_a_network);
	tcase_add_test(tcase, survives_a_sysfs_that_makes_no_sense);
	return suite;
}
