// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The guest's disks. A frozen one is frozen for every program of the machine that the tests run on, so
 * each is an image of this machine's own. Loop devices are numbered by that machine, whoever uses them.
 */

#include "host/machine.h"

#include <stdio.h>
#include <stdlib.h>

#define DISKS_AT_ONCE 5

/*
 * Shell functions. Between finding a free loop device and taking it, another machine may take it. A disk
 * whose name has a folder in it is an image on the disk of that folder.
 */
#define SHELL_FUNCTIONS                                                                        \
	"image_of() { case $1 in */*) echo " GUEST_DISKS "/$1.image;; *) echo /tmp/$1.image;; esac; };"  \
	" attach() { for try in $(seq 100); do dev=$(losetup -f);"                             \
	"   [ -b $dev ] || mknod $dev b 7 ${dev#/dev/loop} 2>/dev/null;"                       \
	"   losetup $dev $1 2>/dev/null && return; sleep 0.05; done; return 1; };"             \
	" insert() { mkdir -p " GUEST_DISKS "/$1 && attach $(image_of $1) &&"                  \
	"   mount $dev " GUEST_DISKS "/$1 && losetup -d $dev; };"                              \
	" [ -e /dev/loop-control ] || mknod /dev/loop-control c 10 237;"

void guest_add_disk(struct machine *machine, const char *name, const char *mkfs, unsigned int mib)
{
	guest_run(machine,
		SHELL_FUNCTIONS " i=$(image_of %s); truncate -s %uM $i && %s $i >/dev/null && insert %s", name, mib, mkfs,
		name);
}

void guest_insert_disk(struct machine *machine, const char *name)
{
	guest_run(machine, SHELL_FUNCTIONS " insert %s", name);
}

/* Some at a time: a command may take no longer than others do. */
void guest_add_disks(struct machine *machine, unsigned int n)
{
	guest_run(machine, "truncate -s 4M /tmp/new && mkfs.ext4 -q /tmp/new");
	for (unsigned int i = 1; i <= n; i += DISKS_AT_ONCE)
		guest_run(machine,
			SHELL_FUNCTIONS " for i in $(seq %u %u); do cp --sparse=always /tmp/new /tmp/disk$i.image &&"
					" insert disk$i || exit 1; done",
			i, i + DISKS_AT_ONCE - 1 < n ? i + DISKS_AT_ONCE - 1 : n);
}

/*
 * The kernel tells what a process waits for: how long it has waited says nothing on a busy machine. Its start
 * and its end may wait for a lock of the same kind, for a moment: what is seen ten times in a row is the thaw
 * that is waited for. It cannot be killed before that.
 */
#define IS_FROZEN                                                                              \
	"touch " GUEST_DISKS "/%s/.probe >/dev/null 2>&1 & probe=$!; seen=0;"                  \
	" for try in $(seq 600); do"                                                           \
	" case $(cat /proc/$probe/wchan 2>/dev/null) in *percpu*) seen=$((seen + 1));; *) seen=0;; esac;" \
	" [ $seen -lt 10 ] || { kill -9 $probe; exit 0; };"                                    \
	" case $(cat /proc/$probe/stat 2>/dev/null) in ''|*') Z '*) wait $probe && exit 1; exit 2;; esac;" \
	" sleep 0.02; done; exit 0"

bool guest_is_frozen(struct machine *machine, const char *name)
{
	int status = guest_try(machine, IS_FROZEN, name);

	if (status != 0 && status != 1)
		machine_fail(machine, "nothing can be written to " GUEST_DISKS "/%s", name);
	return status == 0;
}

void guest_expect_thawed(struct machine *machine)
{
	guest_run(machine, "for disk in $(awk '$1 ~ /^.dev.loop/ && $4 ~ /^rw/ { print $2 }' /proc/self/mounts); do"
			   " timeout 15 touch $disk/.probe || exit 1; done");
}

pid_t guest_freezer_pid(struct machine *machine)
{
	char *pid = guest_ask(machine, "ps -C hv-vss-freezer -o pid=,stat= | awk '$2 !~ /^Z/ { print $1 }'");
	pid_t number = (pid_t)strtol(pid, NULL, 10);

	free(pid);
	return number;
}

void guest_thaw_disks(struct machine *machine)
{
	const char *const argv[] = { "/bin/sh", "-c",
		"for disk in $(awk '$1 ~ /^.dev.loop/ { print $2 }' /proc/self/mounts); do fsfreeze -u $disk 2>/dev/null; done",
		NULL };
	const struct guest_command command = { .argv = argv };
	int process = machine->body->guest_spawn(machine->at, &command);

	if (process >= 0)
		(void)machine->body->guest_wait(machine->at, process, 5000000);
}
