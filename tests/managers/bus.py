# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What others on the bus see of hv-netd: where nobody manages the adapters, because that is the quickest.

import shlex

from guest import ADAPTERS
from injection import SERVICE, apply, refuse
from suite import IPV4, OTHER, TAKEN, eventually, expect, only

HEARD = "/run/heard"

here = only(lambda stack: stack.backend == "none")


def pattern_of(words):
    return "\\[" + ",".join(f'"{word}"' for word in words) + "\\]"


@here
def tells_whoever_listens_what_it_did(suite):
    guid = ADAPTERS["eth0"]
    suite.guest.run(f"rm -f {HEARD}; systemd-run --quiet --collect --unit=listener --property=StandardOutput=file:{HEARD}"
                    " busctl --json=short monitor --match=type=signal,interface=org.hvguest.Network1")
    eventually(lambda: suite.guest.try_run("busctl list | grep -q busctl") == 0, "a listener on the bus")
    apply(suite.guest, OTHER)
    suite.hvctl("net rollback eth0")
    refuse(suite.guest, TAKEN)
    reason = "2001:db8::66 is in use by another machine"
    for member, words in (("Applied", [guid, "eth0", "none", "applied"]), ("RolledBack", [guid, "eth0", "none", ""]),
                          ("RolledBack", [guid, "eth0", "none", reason])):
        wanted = f'"member":"{member}".*"data":{pattern_of(words)}'
        eventually(lambda: suite.guest.try_run(f"grep -q {shlex.quote(wanted)} {HEARD}") == 0, f"the signal {member}")
    suite.guest.run("systemctl stop listener")


@here
def says_what_an_adapter_has(suite):
    apply(suite.guest, IPV4)
    said = suite.guest.run(f"busctl call {SERVICE} Get s eth0")
    for word in ADAPTERS["eth0"], '"eth0" "eth0" "none" "running" true', "address 192.0.2.7/24":
        expect(word in said, True, f"{word} in {said}")


@here
def lets_only_those_change_something_who_may(suite):
    """polkit's word; whoever may not is refused without a question that nobody could answer."""
    files = suite.guest.snapshot()
    as_nobody = "setpriv --reuid=nobody --regid=nogroup --clear-groups"
    for command in IPV4.command("eth0"), f"busctl call {SERVICE} Rollback s eth0", IPV4.command("eth0", "Preview"):
        expect(suite.guest.try_run(f"{as_nobody} {command}") != 0, True, f"the refusal of {command}")
    expect(suite.guest.try_run(f"{as_nobody} busctl call {SERVICE} History"), 0, "the history for anybody")
    expect(suite.guest.snapshot(), files, "the files")


@here
def ends_when_it_has_nothing_to_do(suite):
    apply(suite.guest, IPV4)
    expect(suite.guest.run("systemctl is-active hv-netd"), "active\n", "the service")
    eventually(lambda: suite.guest.try_run("systemctl is-active hv-netd") != 0, "the end of hv-netd", 120)
    expect(suite.guest.run("systemctl show --property=Result --value hv-netd"), "success\n", "how it ended")
    suite.expect_wanted(IPV4.wanted())
    apply(suite.guest, IPV4)


CASES = [tells_whoever_listens_what_it_did, says_what_an_adapter_has, lets_only_those_change_something_who_may,
         ends_when_it_has_nothing_to_do]
