// SPDX-License-Identifier: LGPL-2.1-or-later

/* Real freezes, of images on loop devices that only this test has mounted (loop-fixture.h). */

#include "suites.h"

#include "base/units.h"
#include "os/fsfreeze.h"
#include "os/loop-fixture.h"
#include "os/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

static void setup(void)
{
	hvg_sandbox_enter(CLONE_NEWNS);
}

/* Opens the mount by its point; what that leads to is checked against the superblock meant. */
static int open_mount(const char *root, const struct hvg_mount *mount, int *ret_fd)
{
	const struct hvg_mount *mounts;
	size_t n;

	*ret_fd = hvg_fsfreeze_open(root, mount);
	if (*ret_fd < 0)
		return *ret_fd;
	n = hvg_loop_mounts(&mounts);
	return hvg_fsfreeze_check(*ret_fd, mount->dev, mounts, n);
}

static int open_loop(const char *folder)
{
	struct hvg_mount mount = hvg_loop_find(folder);
	int fd;

	ck_assert_int_eq(open_mount("", &mount, &fd), 0);
	return fd;
}

/* A program that creates a file there: whether it is still at it after a while. */
static bool writing_blocks(const char *path)
{
	pid_t pid = fork();
	bool blocks;

	if (pid == 0) {
		close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
		_exit(0);
	}
	(void)usleep(150000);
	blocks = waitpid(pid, NULL, WNOHANG) == 0;
	return blocks;
}

START_TEST(freezes_and_thaws)
{
	static const struct {
		const char *mkfs;
		unsigned int mib;
	} types[] = { { "mkfs.ext4 -q", 16 }, { "mkfs.ext2 -q", 16 }, { "mkfs.xfs -q", 320 }, { "mkfs.btrfs -q", 128 } };
	int fd;

	if (!hvg_loops_work())
		return;
	hvg_loop_mount("/run/disk", types[_i].mkfs, types[_i].mib);
	fd = open_loop("/run/disk");
	ck_assert_int_eq(hvg_fsfreeze_sync(fd), 0);
	ck_assert(!writing_blocks("/run/disk/before"));
	ck_assert_int_eq(hvg_fsfreeze_freeze(fd), 0);
	ck_assert_int_eq(hvg_fsfreeze_freeze(fd), -EBUSY);
	ck_assert(writing_blocks("/run/disk/meanwhile"));
	ck_assert_int_eq(hvg_fsfreeze_thaw(fd), 0);
	ck_assert_int_eq(hvg_fsfreeze_thaw(fd), 0); /* it is thawed, as was asked for */
	ck_assert_int_gt(wait(NULL), 0);
	close(fd);
}
END_TEST

START_TEST(tells_that_a_type_cannot_be_frozen)
{
	int fd = open("/run", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ck_assert_int_eq(hvg_fsfreeze_freeze(fd), -EOPNOTSUPP); /* tmpfs */
	close(fd);
}
END_TEST

START_TEST(knows_that_another_mount_is_there_by_now)
{
	struct hvg_mount disk;
	int fd;

	if (!hvg_loops_work())
		return;
	hvg_loop_mount("/run/disk", "mkfs.ext4 -q", 16);
	disk = hvg_loop_find("/run/disk");
	ck_assert_int_eq(umount("/run/disk"), 0);
	ck_assert_int_eq(open_mount("", &disk, &fd), -ESTALE); /* the folder is one of /run now */
	close(fd);
	ck_assert_int_eq(mount("none", "/run/disk", "tmpfs", 0, NULL), 0); /* with the same number */
	ck_assert_int_eq(open_mount("", &disk, &fd), -ESTALE);
	close(fd);
	disk.point = hvg_span_of("/run/nowhere");
	ck_assert_int_eq(open_mount("", &disk, &fd), -ENOENT);
}
END_TEST

START_TEST(knows_the_subvolumes_of_a_btrfs)
{
	struct hvg_mount whole, part;
	int fd;

	if (!hvg_loops_work())
		return;
	hvg_loop_mount("/run/disk", "mkfs.btrfs -q", 128);
	hvg_sandbox_run("btrfs -q subvolume create /run/disk/sub && mkdir /run/sub &&"
			" mount -o subvol=sub $(findmnt -no SOURCE /run/disk) /run/sub");
	whole = hvg_loop_find("/run/disk");
	part = hvg_loop_find("/run/sub");
	ck_assert(hvg_devno_is(whole.dev, part.dev));
	ck_assert_int_eq(open_mount("", &part, &fd), 0);
	ck_assert_int_eq(hvg_fsfreeze_freeze(fd), 0);
	ck_assert_int_eq(hvg_fsfreeze_thaw(open_loop("/run/disk")), 0);
	ck_assert_int_eq(hvg_fsfreeze_freeze(fd), 0);
	ck_assert_int_eq(hvg_fsfreeze_thaw(fd), 0);
	close(fd);
}
END_TEST

START_TEST(opens_below_another_root_and_behind_escapes)
{
	struct hvg_mount disk;
	int fd;

	if (!hvg_loops_work())
		return;
	hvg_loop_mount("/run/a disk", "mkfs.ext4 -q", 16);
	disk = hvg_loop_find("/run/a disk");
	ck_assert_int_eq(open_mount("/proc/self/root", &disk, &fd), 0);
	close(fd);
}
END_TEST

START_TEST(thaws_what_was_unmounted_lazily)
{
	int fd;

	if (!hvg_loops_work())
		return;
	hvg_loop_mount("/run/disk", "mkfs.ext4 -q", 16);
	fd = open_loop("/run/disk");
	ck_assert_int_eq(hvg_fsfreeze_freeze(fd), 0);
	ck_assert_int_eq(umount("/run/disk"), -1); /* the descriptor keeps it */
	ck_assert_int_eq(errno, EBUSY);
	ck_assert_int_eq(umount2("/run/disk", MNT_DETACH), 0);
	ck_assert_int_eq(hvg_fsfreeze_freeze(fd), -EBUSY);
	ck_assert_int_eq(hvg_fsfreeze_thaw(fd), 0);
	ck_assert_int_eq(hvg_fsfreeze_freeze(fd), 0);
	ck_assert_int_eq(hvg_fsfreeze_thaw(fd), 0);
	close(fd);
}
END_TEST

Suite *hvg_suite_os_fsfreeze(void)
{
	Suite *suite = suite_create("fsfreeze");
	TCase *tcase = hvg_suite_case(suite, "fsfreeze");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_loop_test(tcase, freezes_and_thaws, 0, 4);
	tcase_add_test(tcase, tells_that_a_type_cannot_be_frozen);
	tcase_add_test(tcase, knows_that_another_mount_is_there_by_now);
	tcase_add_test(tcase, knows_the_subvolumes_of_a_btrfs);
	tcase_add_test(tcase, opens_below_another_root_and_behind_escapes);
	tcase_add_test(tcase, thaws_what_was_unmounted_lazily);
	return suite;
}
