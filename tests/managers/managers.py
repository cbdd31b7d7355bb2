#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# hv-netd with a real network manager: managers.py BUILD-DIR STACK [CASE...]. Every case ends by comparing the kernel's
# state with the files. With HVG_FULL=1 the longest cases are played with every stack.

import json
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../meta")
import asked
import bus
import crashes
import injected
import neighbours
import restored
import script
import troubles
from container import Failed
from injection import Injection, apply, refuse
from suite import BOTH, CUT_OFF, IPV4, NEXT, OTHER, TAKEN, Suite, eventually, expect, only
from tap import Tap

BUS = "/run/dbus/system_bus_socket"
HERE = os.path.dirname(os.path.abspath(__file__))


def said_by_netd(suite, words):
    said = suite.guest.run("journalctl -b -u hv-netd -o cat --no-pager")
    return True if re.search(words, said) else said


def has_what_the_site_says(suite):
    suite.wait_for(suite.stack.at_first)


def changes_nothing_the_second_time(suite):
    apply(suite.guest, IPV4)
    files = suite.guest.snapshot()
    index = suite.guest.run("cat /sys/class/net/eth0/carrier_changes")
    expect(apply(suite.guest, IPV4), "unchanged", "the result")
    expect(suite.guest.snapshot(), files, "the files")
    expect(suite.guest.run("cat /sys/class/net/eth0/carrier_changes"), index, "the number of link changes")


def goes_back_when_an_address_is_taken(suite):
    apply(suite.guest, BOTH)
    files = suite.guest.snapshot()
    said = refuse(suite.guest, TAKEN)
    # NetworkManager takes such an address away again, and may be quicker than a look at it.
    if "in use by another machine" not in said and suite.stack.process != "NetworkManager":
        raise Failed(said)
    suite.expect_wanted(BOTH.wanted())
    expect(suite.guest.snapshot(), files, "the files")


def warns_of_gateways_that_are_silent(suite):
    """The network of a failover may be cut off on purpose: no reason to go back. A person waits for the warnings."""
    said = suite.guest.run(CUT_OFF.command("eth0"))
    for gateway in "192.0.2.99", "2001:db8::99":
        expect(f"nobody answers at the default gateway {gateway}" in said, True, f"a warning in {said}")
    suite.expect_wanted(CUT_OFF.wanted())
    said = suite.guest.run(BOTH.command("eth0"))
    expect("default gateway" in said, False, f"a warning in {said}")


@only(lambda stack: stack.backend == "networkd")
def warns_of_gateways_of_what_was_written_before_its_manager(suite):
    suite.guest.run(f"systemctl stop hv-netd; journalctl --rotate --vacuum-time=1s; {suite.stack.stop}")
    expect(suite.guest.inject(CUT_OFF), 0, "the status")
    suite.guest.run(suite.stack.start)
    suite.expect_wanted(CUT_OFF.wanted())
    eventually(lambda: said_by_netd(suite, "in force\\.\n(.*\n)*.*default gateway 2001:db8::99 so far"), "what is logged")
    apply(suite.guest, IPV4)


def applies_two_adapters_at_once(suite):
    one, other = (Injection([f"192.0.{n}.21"], ["24"], [f"192.0.{n}.1"]) for n in (2, 3))
    said = suite.guest.run(f"{one.command('eth0')} & one=$!; {other.command('eth1')} & wait $one && wait $!")
    expect(said.count('"applied"'), 2, f"the number of changes in {said}")
    suite.expect_wanted(one.wanted())
    suite.expect_wanted(other.wanted(), "eth1")
    suite.expect_wanted(one.wanted())
    apply(suite.guest, OTHER, "eth1")


def applies_one_request_after_the_other(suite):
    """What comes of two for the same adapter is one of them, whole."""
    suite.guest.run(f"{IPV4.command('eth0')} & one=$!; {BOTH.command('eth0')} & wait $one && wait $!")
    found = suite.guest.addresses("eth0")
    wanted = next((i.wanted() for i in (IPV4, BOTH) if sorted(i.wanted()["addresses"]) == found), None)
    if not wanted:
        raise Failed(f"the addresses are {found}")
    suite.restart_manager()
    suite.expect_wanted(wanted)


@only(lambda stack: stack.stop)
def writes_before_the_manager_runs(suite):
    """As early in a boot: what was written counts, and is looked at once the manager is there."""
    suite.guest.run(suite.stack.stop)
    expect(apply(suite.guest, BOTH), "written", "the result")
    suite.guest.run(suite.stack.start)
    suite.expect_wanted(BOTH.wanted())
    eventually(lambda: said_by_netd(suite, "in force"), "what is logged")
    apply(suite.guest, IPV4)


@only(lambda stack: stack.process)
def tells_a_manager_that_ran_before_the_bus(suite):
    """As networkd does at each boot: it has read its files when ours comes, and nobody can tell it yet."""
    apply(suite.guest, IPV4)
    suite.guest.run(f"systemctl stop hv-netd; journalctl --rotate --vacuum-time=1s; mv {BUS} {BUS}.hidden")
    try:
        expect(suite.guest.inject(BOTH), 0, "the status")
        eventually(lambda: said_by_netd(suite, "by .*: written"), "what hv-netd said without a bus")
        expect(suite.guest.addresses("eth0"), IPV4.wanted()["addresses"], "the addresses before there is a bus")
    finally:
        suite.guest.run(f"mv {BUS}.hidden {BUS}")
    suite.expect_wanted(BOTH.wanted())
    eventually(lambda: said_by_netd(suite, "in force"), "what hv-netd said with a bus")


@only(lambda stack: stack.backend == "networkd")
def looks_at_one_adapter_while_another_never_comes_in_force(suite):
    """What was written for it is gone again, by somebody else's hand."""
    apply(suite.guest, IPV4)
    suite.guest.run(f"systemctl stop hv-netd; journalctl --rotate --vacuum-time=1s; mv {BUS} {BUS}.hidden")
    try:
        expect(suite.guest.inject(BOTH), 0, "the status for eth0")
        suite.guest.run(f"rm /etc/systemd/network/05-hvguest-{suite.guest.mac('eth0').replace(':', '')}.network")
        expect(suite.guest.inject(OTHER, "eth1"), 0, "the status for eth1")
    finally:
        suite.guest.run(f"mv {BUS}.hidden {BUS}")
    eventually(lambda: said_by_netd(suite, "eth1 by .*: in force"), "what hv-netd said of eth1")
    expect(said_by_netd(suite, "eth0 by .*: in force") is True, False, "whether eth0 is in force")
    apply(suite.guest, IPV4)


@only(lambda stack: stack.program)
def runs_programs_as_units_of_their_own(suite):
    """Neither in hv-netd's sandbox nor ended with it."""
    suite.guest.run("rm -f /run/where")
    apply(suite.guest, NEXT)
    where = suite.guest.read("/run/where")
    expect(re.search(r"/hv-netd-[0-9a-f]{16}\.service\n", where) is not None, True, f"a unit of its own in {where!r}")


@only(lambda stack: stack.edits)
def warns_of_a_file_that_cloud_init_may_write_again(suite):
    """It says whose it is in its first line; what is ours alone is not cloud-init's to write."""
    path = next(iter(suite.texts))
    expect("cloud-init" in suite.guest.run(IPV4.command("eth0")), False, "a warning of a file of the site's")
    suite.guest.run(f"sed -i '1i # generated by cloud-init' {path}")
    said = suite.guest.run(NEXT.command("eth0"))
    expect(f"cloud-init may write {path} again" in said, True, f"a warning in {said}")
    suite.guest.run(f"sed -i 1d {path}")
    suite.expect_others_untouched()


def refuses_what_is_malformed(suite):
    files = suite.guest.snapshot()
    said = refuse(suite.guest, Injection(["192.0.2.7"], ["255.0.255.0"]))
    if "subnets" not in said:
        raise Failed(said)
    refuse(suite.guest, IPV4, "b5e15ac5-0009-4000-8000-00155d010209")
    expect(suite.guest.snapshot(), files, "the files")


@only(lambda stack: stack.backend == "none")
def takes_nothing_from_a_manager_that_is_not_supported(suite):
    """Said before anybody needs it, too."""
    suite.guest.run("mkdir /run/dhcpcd && touch /run/dhcpcd/pid")
    files = suite.guest.snapshot()
    said = refuse(suite.guest, IPV4)
    if "dhcpcd manages eth0" not in said:
        raise Failed(said)
    row = json.loads(suite.hvctl("--json net status"))[0]
    expect((row["manager"], row["injection"].split(":")[0]), ("unsupported", "no"), "the status")
    expect(suite.guest.snapshot(), files, "the files")
    suite.guest.run("rm -r /run/dhcpcd")


CASES = [has_what_the_site_says, *injected.CASES, changes_nothing_the_second_time,
         goes_back_when_an_address_is_taken, warns_of_gateways_that_are_silent,
         warns_of_gateways_of_what_was_written_before_its_manager, *crashes.CASES, applies_two_adapters_at_once,
         applies_one_request_after_the_other, writes_before_the_manager_runs, tells_a_manager_that_ran_before_the_bus,
         looks_at_one_adapter_while_another_never_comes_in_force, runs_programs_as_units_of_their_own,
         warns_of_a_file_that_cloud_init_may_write_again, *troubles.CASES, refuses_what_is_malformed,
         takes_nothing_from_a_manager_that_is_not_supported, *asked.CASES, *neighbours.CASES, *restored.CASES,
         *bus.CASES]


def wanted_cases(name, stack):
    named = sys.argv[3:]
    for case in script.CASES if name == "script" else CASES:
        if (not named or case.__name__ in named) and getattr(case, "concerns", lambda stack: True)(stack):
            yield case


def play(tap, name, build, root):
    try:
        suite = Suite(name, build, root)
    except Exception as failure:
        tap.check("the guest comes up", [str(failure)])
        return
    try:
        for case in wanted_cases(name, suite.stack):
            complaints = []
            begin = time.monotonic()
            try:
                case(suite)
            except Exception as failure:
                complaints = [str(failure), suite.guest.run("journalctl -b --no-pager -o short-monotonic | tail -30")]
            tap.check(f"{case.__name__.replace('_', ' ')} ({time.monotonic() - begin:.1f} s)", complaints)
    finally:
        suite.guest.end()


def main():
    build = os.path.realpath(sys.argv[1])
    root = subprocess.run([f"{HERE}/root.sh", "managers"], check=True, capture_output=True, text=True).stdout.strip()
    tap = Tap(f"managers-{sys.argv[2]}")
    play(tap, sys.argv[2], build, root)
    tap.finish()


main()
