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
import bus
import crashes
import injected
import restored
import script
from container import Failed
from injection import Injection, apply, refuse
from suite import BOTH, CUT_OFF, IPV4, IPV6, OTHER, TAKEN, Suite, eventually, expect, only
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
    suite.guest.run(f"{IPV4.command('eth0')} & one=$!; {OTHER.command('eth1')} & wait $one && wait $!")
    suite.expect_wanted(IPV4.wanted())
    suite.expect_wanted(OTHER.wanted(), "eth1")
    suite.expect_wanted(IPV4.wanted())


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


@only(lambda stack: stack.process)
def gives_up_on_a_manager_that_hangs(suite):
    apply(suite.guest, IPV4)
    files = suite.guest.snapshot()
    suite.guest.run(f"pkill --signal STOP {suite.stack.process}")
    begin = time.monotonic()
    try:
        refuse(suite.guest, IPV6)
    finally:
        suite.guest.run(f"pkill --signal CONT {suite.stack.process}")
    if time.monotonic() - begin > 29:
        raise Failed("the host would have given up")
    expect(suite.guest.snapshot(), files, "the files")
    suite.expect_wanted(IPV4.wanted())


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


def takes_the_last_change_back(suite):
    apply(suite.guest, IPV4)
    files = suite.guest.snapshot()
    apply(suite.guest, IPV6)
    suite.wait_for(["2001:db8::7/64"])
    expect(suite.hvctl("net rollback eth0"), f"eth0: rolled back ({suite.stack.backend})\n", "the answer")
    suite.expect_wanted(IPV4.wanted())
    expect(suite.guest.snapshot(), files, "the files")


def shows_a_plan_and_carries_it_out(suite):
    suite.guest.run("printf 'adapter=eth0\naddresses=192.0.2.30\nsubnets=24\ngateways=192.0.2.1\n' >/run/plan")
    apply(suite.guest, IPV4)
    files = suite.guest.snapshot()
    said = suite.hvctl("net apply /run/plan --dry-run")
    for words in f"eth0: applied ({suite.stack.backend})", "\naddress 192.0.2.30/24\n", "\n+++ /", "\n--- /", "\n+":
        if words not in said:
            raise Failed(f"{words!r} is not in {said}")
    expect(suite.guest.snapshot(), files, "the files")
    suite.expect_wanted(IPV4.wanted())
    suite.hvctl("net apply /run/plan")
    suite.expect_live(["192.0.2.30/24"], ["192.0.2.1"])
    rows = json.loads(suite.hvctl("--json net status"))
    found = {row["interface"]: row for row in rows}
    expect(sorted(found), ["eth0", "eth1"], "the adapters")
    expect(found["eth0"]["manager"], suite.stack.backend, "the manager")
    expect("192.0.2.30" in found["eth0"]["applied"], True, "what was applied")
    last = json.loads(suite.hvctl("--json net history"))[-1]
    expect((last["interface"], last["result"]), ("eth0", "applied"), "the last event")


CASES = [has_what_the_site_says, *injected.CASES, changes_nothing_the_second_time,
         goes_back_when_an_address_is_taken, warns_of_gateways_that_are_silent,
         warns_of_gateways_of_what_was_written_before_its_manager, *crashes.CASES, applies_two_adapters_at_once,
         writes_before_the_manager_runs, tells_a_manager_that_ran_before_the_bus,
         looks_at_one_adapter_while_another_never_comes_in_force, gives_up_on_a_manager_that_hangs,
         goes_back_when_the_disk_is_full, leaves_no_checkpoint_of_what_it_could_not_begin, refuses_what_is_malformed,
         takes_nothing_from_a_manager_that_is_not_supported, takes_the_last_change_back,
         shows_a_plan_and_carries_it_out, *restored.CASES, *bus.CASES]


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
