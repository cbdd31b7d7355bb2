# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The host injects, through hv-kvpd: each configuration is live, read back as it was set, and still both after
# a restart of the manager. This is the table of stacks and cases.

import time

from suite import BOTH, DHCP, IPV4, IPV6, OTHER, eventually, expect
from injection import Injection

# What the switch's DHCP server gives.
LEASE = Injection(["192.0.2.100"], ["24"], ["192.0.2.1"], dhcp=True)

# What a host waits for.
HOST_S = 30


def expect_read_back(suite, wanted, adapter):
    mac = suite.guest.mac(adapter)

    def check():
        found = suite.guest.host.read(mac)
        knows_dns = suite.stack.has_dns and (suite.stack.has_own_dns or wanted["dns"])
        if not knows_dns and isinstance(found, dict):
            found["dns"] = wanted["dns"]
        return True if found == wanted else found

    eventually(check, f"what the host reads of {adapter} instead of {wanted}")


def expect_in_force(suite, wanted, adapter):
    suite.expect_wanted(wanted, adapter)
    expect_read_back(suite, wanted, adapter)


def inject(suite, *injections):
    """(injection, adapter, what comes of it) one after the other, as a failover does."""
    begin = time.monotonic()
    for injection, adapter, _ in injections:
        expect(suite.guest.inject(injection, adapter), 0, "the status")
    if time.monotonic() - begin > HOST_S:
        raise RuntimeError("the host would have given up")
    for restart in False, True:
        if restart:
            suite.restart_manager()
        for _, adapter, wanted in injections:
            expect_in_force(suite, wanted.wanted(), adapter)
    suite.expect_others_untouched()


def host_injects_ipv4(suite):
    inject(suite, (IPV4, "eth0", IPV4))


def host_injects_ipv6(suite):
    inject(suite, (IPV6, "eth0", IPV6))


def host_injects_both(suite):
    inject(suite, (BOTH, "eth0", BOTH))


def host_injects_into_two_adapters(suite):
    inject(suite, (IPV4, "eth0", IPV4), (OTHER, "eth1", OTHER))


def host_injects_back_to_dhcp(suite):
    """Without a manager nobody could do it, and the host is told so."""
    if suite.stack.has_dhcp:
        inject(suite, (DHCP, "eth0", LEASE))
    else:
        expect(hex(suite.guest.inject(DHCP)), "0x80070032", "the status")


CASES = [host_injects_ipv4, host_injects_ipv6, host_injects_both, host_injects_into_two_adapters, host_injects_back_to_dhcp]
