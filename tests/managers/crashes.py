# SPDX-License-Identifier: LGPL-2.1-or-later
#
# hv-netd is killed in the middle of a change: what is found afterwards is the old configuration or the new one.

import os
import time

from container import Failed
from injection import apply
from suite import BOTH, IPV4, IPV6, NEXT, eventually, expect, only

IS_FULL = bool(os.environ.get("HVG_FULL"))

OLD = ["192.0.2.7/24"]
NEW = ["192.0.2.20/24"]

# Where a change is seen from outside: files that appear or go, and what is said to the bus and the kernel.
STEPS = "rename,unlink,sendto,sendmsg"

# A tracer that takes longer has lost its daemon.
STUCK_S = 15

ROLLBACK_S = 30  # the smallest RollbackSec=


def start(suite):
    """In a container systemd now and then loses a unit's cgroup when its processes are killed in a row."""
    eventually(lambda: suite.guest.try_run("systemctl start hv-netd") == 0, "a start of hv-netd", 20)


def is_open(suite):
    return suite.guest.try_run("[ -e /var/lib/hvguest/net/open/book ]") == 0


def wait_until_closed(suite, what, seconds=20):
    eventually(lambda: not is_open(suite), f"an open book {what}", seconds)


def goes_back_after_a_kill(suite):
    """At several moments; whoever comes next goes back, or it was final already."""
    apply(suite.guest, IPV4)
    for delay in 0.02, 0.1, 0.3, 0.6, 1.2:
        files = suite.guest.snapshot()
        suite.guest.try_run(f"({NEXT.command('eth0')}) & sleep {delay}; systemctl kill --signal=KILL hv-netd.service; wait")
        start(suite)
        wait_until_closed(suite, f"after a kill at {delay} s")

        def settled():
            found = suite.guest.addresses("eth0")
            return True if found in (OLD, NEW) else found

        eventually(settled, f"the addresses after a kill at {delay} s")
        if suite.guest.addresses("eth0") == OLD:
            expect(suite.guest.snapshot(), files, f"the files after a kill at {delay} s")
        else:
            expect(apply(suite.guest, IPV4), "applied", "the result")
            suite.wait_for(OLD)


def kill_at(suite, step):
    """The result of the change, and whether the tracer did its work. It is attached to a daemon that is up, so that
    only the change itself is counted. It gets no chance to detach: it may wait for ever for a thread that was killed,
    and systemd for the daemon whose death it keeps."""
    begin = time.monotonic()
    done = suite.guest.try_run(
        f"systemctl start hv-netd; strace -f -qq -o /dev/null -p $(pgrep -x hv-netd) -e trace={STEPS}"
        f" -e inject={STEPS}:signal=KILL:when={step} & tracer=$!; (sleep {STUCK_S}; kill -KILL $tracer) & guard=$!; sleep 0.2; "
        + NEXT.command("eth0") + "; result=$?; kill -KILL $tracer $guard; exit $result")
    return done, time.monotonic() - begin < STUCK_S


@only(lambda stack: stack.backend in ("none", "networkd") or IS_FULL)
def goes_back_from_every_step(suite):
    """Killed at each of its renames, removals and calls in turn, until a change gets through."""
    apply(suite.guest, IPV4)
    files, step, stuck = suite.guest.snapshot(), 1, 0
    while step < 200:
        done, was_traced = kill_at(suite, step)
        start(suite)
        wait_until_closed(suite, f"after step {step}")
        is_old = suite.guest.snapshot() == files
        suite.wait_for(OLD if is_old else NEW)
        if not is_old and done == 0 and was_traced:
            break
        if not is_old:
            expect(apply(suite.guest, IPV4), "applied", "the result")
            suite.wait_for(OLD)
        step, stuck = (step + 1, stuck) if was_traced else (step, stuck + 1)
        if stuck > 3:
            raise Failed("the tracer does not work: " + suite.guest.run(
                "for t in /proc/$(pgrep -x hv-netd)/task/*; do grep -E 'State|Tracer' $t/status; cat $t/wchan $t/syscall; done"))
    if step < 10 or step == 200:
        raise Failed(f"{step} steps")


@only(lambda stack: stack.backend in ("networkd", "networkmanager") or IS_FULL)
def goes_back_by_a_timer_when_nobody_comes(suite):
    """Killed after the change and before it is final, and not started again: systemd's timer is what is left."""
    apply(suite.guest, BOTH)
    suite.restart_manager()
    suite.expect_wanted(BOTH.wanted())
    files = suite.guest.snapshot()
    suite.guest.run("mkdir -p /run/systemd/system/hv-netd.service.d"
                    " && printf '[Service]\nRestart=no\n' >/run/systemd/system/hv-netd.service.d/once.conf && systemctl daemon-reload"
                    f" && printf '[Inject]\nRollbackSec={ROLLBACK_S}\n' >/etc/hvguest/net.conf; systemctl stop hv-netd")
    try:
        # The kernel tests an IPv6 address for duplicates for a second, for which the change waits.
        suite.guest.try_run(f"({IPV6.command('eth0')}) & until ip address show dev eth0 | grep -q 2001:db8::7/; do sleep 0.02; done;"
                            " systemctl kill --signal=KILL hv-netd.service; wait")
        expect(is_open(suite), True, "the open book")
        expect(suite.guest.run("systemctl is-active hv-netd-rollback.timer"), "active\n", "the timer")
        wait_until_closed(suite, "although the timer was armed", 3 * ROLLBACK_S)
        suite.expect_wanted(BOTH.wanted())
        eventually(lambda: f"by {suite.stack.backend}: rolled back" in
                   suite.guest.run("journalctl -b -u hv-netd-rollback -o cat --no-pager"), "what the timer's service said")
    finally:
        suite.guest.run("rm -r /run/systemd/system/hv-netd.service.d; systemctl daemon-reload; rm /etc/hvguest/net.conf")
    files.pop("/etc/hvguest/net.conf", None)
    now = suite.guest.snapshot()
    expect(now, files, "the files")


CASES = [goes_back_after_a_kill, goes_back_from_every_step, goes_back_by_a_timer_when_nobody_comes]
