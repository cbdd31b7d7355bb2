# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What an administrator asks hvctl net: who has which adapter, what would be done, what was done, and to take it back.

import subprocess
import tempfile

from container import Failed
from injection import Injection, apply, refuse
from suite import IPV4, IPV6, NEXT, expect, only

PLAN = "adapter=eth0\naddresses=192.0.2.30\nsubnets=24\ngateways=192.0.2.1\n"


def takes_the_last_change_back(suite):
    apply(suite.guest, IPV4)
    files = suite.guest.snapshot()
    apply(suite.guest, IPV6)
    suite.wait_for(["2001:db8::7/64"])
    expect(suite.hvctl("net rollback eth0"), f"eth0: rolled back ({suite.stack.backend})\n", "the answer")
    suite.expect_wanted(IPV4.wanted())
    expect(suite.guest.snapshot(), files, "the files")


def read_plan(said):
    """The file that a dry run would write, and the difference as patch(1) takes it."""
    at = said.index("\n--- ") + 1
    return said[at:].splitlines()[1].removeprefix("+++ "), said[at:]


def patch(text, difference):
    """Strictly: no line may be elsewhere than it is said to be."""
    with tempfile.NamedTemporaryFile("w+") as file:
        file.write(text)
        file.flush()
        done = subprocess.run(["patch", "--fuzz=0", "--silent", "--output=-", file.name], input=difference,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise Failed(f"{done.stdout} of {difference}")
        return done.stdout


def shows_a_plan_and_carries_it_out(suite):
    suite.guest.run(f"printf '{PLAN}' >/run/plan")
    apply(suite.guest, IPV4)
    files = suite.guest.snapshot()
    said = suite.hvctl("net apply /run/plan --dry-run")
    for words in f"eth0: applied ({suite.stack.backend})", "\naddress 192.0.2.30/24\n", "\n+":
        if words not in said:
            raise Failed(f"{words!r} is not in {said}")
    path, difference = read_plan(said)
    before = suite.guest.read(path)
    expect(suite.guest.snapshot(), files, "the files")
    suite.expect_wanted(IPV4.wanted())
    suite.hvctl_json("net apply /run/plan", "net-rollback")
    suite.expect_live(["192.0.2.30/24"], ["192.0.2.1"])
    expect(suite.guest.read(path), patch(before, difference), f"{path}, as the dry run shows it")


def tells_who_has_an_adapter_and_what_it_has(suite):
    apply(suite.guest, NEXT)
    rows = suite.hvctl_json("net status")
    found = {row["interface"]: row for row in rows}
    expect(sorted(found), ["eth0", "eth1"], "the adapters")
    expect(found["eth0"]["manager"], suite.stack.backend, "the manager")
    expect("192.0.2.20" in found["eth0"]["applied"], True, "what was applied")
    words = next(line.split() for line in suite.hvctl("net status").splitlines() if line.startswith("eth0 "))
    expect((words[3], words[4].rstrip(",")), (suite.stack.backend, "yes"), "the same for a person")


def last_event(suite):
    event = suite.hvctl_json("net history")[-1]
    return event["interface"], event["manager"], event["result"], event["reason"]


def has_a_history(suite):
    """Also of what failed, and of what was refused."""
    apply(suite.guest, IPV4)
    apply(suite.guest, NEXT)
    expect(last_event(suite), ("eth0", suite.stack.backend, "applied", ""), "the last event")
    refuse(suite.guest, Injection(["192.0.2.7"], ["255.0.255.0"]))
    interface, _, result, reason = last_event(suite)
    expect((interface, result, reason[:9]), ("eth0", "refused", "subnets: "), "the last event")
    said = suite.hvctl("net history").splitlines()[-1]
    expect(all(word in said for word in ("eth0", "refused", reason)), True, f"the same in {said}")


@only(lambda stack: stack.backend == "none")
def tells_in_its_history_whom_settings_protect(suite):
    try:
        for settings, words in ("Enable=no", "Enable= says no"), ("AllowAdapters=eth1", "AllowAdapters= leaves out eth0"):
            suite.guest.run(f"printf '[Inject]\n{settings}\n' >/etc/hvguest/net.conf; systemctl stop hv-netd")
            expect(hex(suite.guest.inject(IPV4)), "0x80070032", "the status")
            expect(last_event(suite), ("eth0", "", "refused", words), "the last event")
            row = next(row for row in suite.hvctl_json("net status") if row["interface"] == "eth0")
            expect(row["injection"], "no: hvguest-net.conf(5) forbids it", "what the status says")
    finally:
        suite.guest.run("rm /etc/hvguest/net.conf; systemctl stop hv-netd")


CASES = [takes_the_last_change_back, shows_a_plan_and_carries_it_out, tells_who_has_an_adapter_and_what_it_has,
         has_a_history, tells_in_its_history_whom_settings_protect]
