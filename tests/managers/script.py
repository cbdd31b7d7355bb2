# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A site's own program, Script=, where the kernel tree's daemon looks for it, and with its arguments.

import re

from container import Failed
from injection import Injection, apply, refuse
from suite import IPV4, NEXT, expect

IFCFG = """HWADDR={mac}
DEVICE=eth0
BOOTPROTO=none
IPADDR0=192.0.2.7
NETMASK0=255.255.255.0
GATEWAY=192.0.2.1
DNS1=192.0.2.1
"""


def calls_the_program_as_the_old_daemon_does(suite):
    expect(suite.guest.inject(IPV4), 0, "the status")
    suite.expect_wanted(IPV4.wanted())
    n, first, second, cgroup = suite.guest.read("/run/called").split("\n", 3)
    expect((n, first, second), ("2", "/var/lib/hvguest/net/script/ifcfg-eth0",
                                "/var/lib/hvguest/net/script/eth0.nmconnection"), "the arguments")
    expect(suite.guest.read("/run/ifcfg"), IFCFG.format(mac=suite.guest.mac("eth0").upper()), "the first file")
    keyfile = suite.guest.read("/run/keyfile")
    for line in "type=ethernet", "address1=192.0.2.7/24", "gateway=192.0.2.1", "dns=192.0.2.1;":
        if f"\n{line}\n" not in keyfile:
            raise Failed(f"{line} is not in {keyfile}")
    # A unit of its own: it is neither in hv-netd's sandbox nor ended with it.
    if not re.search(r"/hv-netd-[0-9a-f]{16}\.service", cgroup):
        raise Failed(f"it runs in {cgroup}")


def goes_back_to_the_last_files_when_it_fails(suite):
    """It is called again, with what it was given the last time."""
    apply(suite.guest, IPV4)
    suite.guest.run("touch /run/refuse")
    files = suite.guest.snapshot()
    said = refuse(suite.guest, NEXT)
    if "hv_set_ifconfig failed" not in said:
        raise Failed(said)
    expect(suite.guest.snapshot(), files, "the files")
    suite.guest.run("rm /run/refuse")
    suite.expect_wanted(IPV4.wanted())


def goes_back_when_what_it_did_is_not_in_force(suite):
    """It says that it succeeded, and has not: the former files are handed to it once more."""
    apply(suite.guest, IPV4)
    files = suite.guest.snapshot()
    refuse(suite.guest, Injection(["192.0.2.30", "192.0.2.31"], ["24", "24"], ["192.0.2.1"]))
    expect(suite.guest.snapshot(), files, "the files")
    suite.expect_wanted(IPV4.wanted())


def goes_back_when_what_was_there_before_stays(suite):
    """The guest would have both: that is neither what it had nor what the host wants."""
    apply(suite.guest, IPV4)
    suite.guest.run("touch /run/keep")
    said = refuse(suite.guest, NEXT)
    expect("192.0.2.7/24 is still on eth0" in said, True, f"the reason in {said}")
    suite.guest.run("rm /run/keep; ip address delete 192.0.2.20/24 dev eth0")
    suite.expect_wanted(IPV4.wanted())


def takes_the_last_change_back(suite):
    apply(suite.guest, IPV4)
    apply(suite.guest, NEXT)
    suite.expect_wanted(NEXT.wanted())
    expect(suite.hvctl("net rollback eth0"), "eth0: rolled back (script)\n", "the answer")
    suite.expect_wanted(IPV4.wanted())


CASES = [calls_the_program_as_the_old_daemon_does, goes_back_to_the_last_files_when_it_fails,
         goes_back_when_what_it_did_is_not_in_force, goes_back_when_what_was_there_before_stays, takes_the_last_change_back]
