# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Managers that refuse, hang or die, and a disk that is full: the host has an answer in time, and what is found
# afterwards is the old configuration, or the new one where it was told so.

import time

from container import Failed
from injection import apply, refuse
from suite import IPV4, IPV6, NEXT, expect, only

HOST_S = 29  # that a host waits, less one

BOOK = "/var/lib/hvguest/net/open/book"

# For each of hv-netd's renames: a shell sees in time what it has done.
SLOW_US = 300000

# A manager that hung or died has timers of its own to get over it: NetworkManager's checkpoint has RollbackSec.
PATIENCE_S = 120


def expect_old(suite, files):
    expect(suite.guest.snapshot(), files, "the files")
    suite.wait_for(IPV4.wanted()["addresses"], seconds=PATIENCE_S)
    suite.expect_wanted(IPV4.wanted())


def expect_refusal(suite, injection):
    begin = time.monotonic()
    said = refuse(suite.guest, injection)
    if time.monotonic() - begin > HOST_S:
        raise Failed("the host would have given up: " + said)
    return said


@only(lambda stack: stack.refuse)
def goes_back_when_the_manager_refuses(suite):
    apply(suite.guest, IPV4)
    suite.guest.run(suite.stack.refuse)
    files = suite.guest.snapshot()
    try:
        said = expect_refusal(suite, IPV6)
        expect(suite.stack.refusal in said, True, f"{suite.stack.refusal} in {said}")
        expect_old(suite, files)
    finally:
        suite.guest.run(suite.stack.accept)
    suite.restart_manager()
    suite.expect_wanted(IPV4.wanted())


@only(lambda stack: stack.process)
def gives_up_on_a_manager_that_hangs(suite):
    """Before anything is touched."""
    apply(suite.guest, IPV4)
    files = suite.guest.snapshot()
    suite.guest.run(f"pkill --signal STOP {suite.stack.process}")
    try:
        expect_refusal(suite, IPV6)
    finally:
        suite.guest.run(f"pkill --signal CONT {suite.stack.process}")
    expect_old(suite, files)


@only(lambda stack: stack.process)
def goes_back_when_the_manager_hangs_in_the_middle(suite):
    """What it was asked meanwhile it does later, and then finds the old files. hv-netd is slowed down, so that there is
    a middle."""
    apply(suite.guest, IPV4)
    files = suite.guest.snapshot()
    in_background = "systemd-run --quiet --collect sh -c"
    suite.guest.run(f"{in_background} 'until [ -e {BOOK} ]; do sleep 0.01; done; pkill --signal STOP {suite.stack.process}';"
                    f" {in_background} 'exec strace -f -qq -o /dev/null -p $(pgrep -x hv-netd) -e trace=rename"
                    f" -e inject=rename:delay_exit={SLOW_US} 2>/run/strace'; sleep 0.5")
    try:
        expect_refusal(suite, IPV6)
    finally:
        suite.guest.run(f"pkill strace; pkill --signal CONT {suite.stack.process}")
    expect_old(suite, files)


@only(lambda stack: stack.hang)
def goes_back_when_a_program_hangs(suite):
    apply(suite.guest, IPV4)
    files = suite.guest.snapshot()
    suite.guest.run(suite.stack.hang)
    try:
        expect_refusal(suite, IPV6)
        expect_old(suite, files)
    finally:
        suite.guest.run(suite.stack.accept)


@only(lambda stack: stack.process)
def is_whole_when_the_manager_dies(suite):
    """And is started again by systemd, while hv-netd goes back or not."""
    apply(suite.guest, IPV4)
    for delay in 0.1, 0.4, 1:
        files = suite.guest.snapshot()
        done = suite.guest.try_run(f"({NEXT.command('eth0')}) & change=$!; sleep {delay};"
                                   f" pkill --signal KILL {suite.stack.process}; wait $change")
        is_new = suite.guest.snapshot() != files
        expect(is_new, done == 0, f"whether the files are new, killed after {delay} s,")
        suite.wait_for((NEXT if is_new else IPV4).wanted()["addresses"], seconds=PATIENCE_S)
        suite.guest.run("systemctl reset-failed")
        if is_new:
            apply(suite.guest, IPV4)
            suite.expect_wanted(IPV4.wanted())


@only(lambda stack: stack.program)
def goes_back_when_a_program_dies(suite):
    apply(suite.guest, IPV4)
    files = suite.guest.snapshot()
    suite.guest.run("systemd-run --quiet --collect --unit=kills sh -c"
                    f" 'until pkill --signal KILL -x {suite.stack.program}; do :; done'")
    expect_refusal(suite, IPV6)
    expect_old(suite, files)


def refuses_for_want_of_room(suite, folder):
    """A file system without a free block under the folder, with what is in it."""
    apply(suite.guest, IPV4)
    suite.guest.run(f"rm -rf /run/kept && cp -a {folder} /run/kept && mount -t tmpfs -o size=64k full {folder}"
                    f" && cp -a /run/kept/. {folder}/ && cat /dev/zero >{folder}/.ballast; true")
    files = suite.guest.snapshot()
    try:
        if "No space left" not in refuse(suite.guest, IPV6):
            raise Failed("another reason")
        expect(suite.guest.snapshot(), files, "the files")
        suite.expect_wanted(IPV4.wanted())
    finally:
        suite.guest.run(f"umount {folder}")


def goes_back_when_the_disk_is_full(suite):
    refuses_for_want_of_room(suite, suite.stack.folder)


@only(lambda stack: stack.backend == "networkmanager")
def leaves_no_checkpoint_of_what_it_could_not_begin(suite):
    """NetworkManager would go back to it by itself, on what somebody else has done since."""
    refuses_for_want_of_room(suite, "/var/lib/hvguest/net")
    manager = "org.freedesktop.NetworkManager"
    expect(suite.guest.run(f"busctl get-property {manager} /org/freedesktop/NetworkManager {manager} Checkpoints"),
           "ao 0\n", "the list of checkpoints")


CASES = [goes_back_when_the_manager_refuses, gives_up_on_a_manager_that_hangs,
         goes_back_when_the_manager_hangs_in_the_middle, goes_back_when_a_program_hangs,
         is_whole_when_the_manager_dies, goes_back_when_a_program_dies, goes_back_when_the_disk_is_full,
         leaves_no_checkpoint_of_what_it_could_not_begin]
