# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Interfaces around a synthetic adapter: another one that has its MAC, a bridge that it is a port of.

from injected import expect_read_back
from injection import apply, refuse
from suite import BOTH, IPV4, NEXT, expect, only


@only(lambda stack: stack.backend in ("none", "networkd"))
def leaves_another_interface_with_its_mac_alone(suite):
    """As a virtual function or a VLAN has it; this machine's kernel has neither."""
    suite.guest.run(f"ip link add vf0 address {suite.guest.mac('eth0')} type ifb; ip link set vf0 up")
    try:
        expect(suite.guest.inject(BOTH), 0, "the status")
        suite.expect_wanted(BOTH.wanted())
        expect_read_back(suite, BOTH.wanted(), "eth0")
        suite.restart_manager()
        suite.expect_wanted(BOTH.wanted())
        expect(suite.guest.addresses("vf0"), [], "the addresses of the other one")
    finally:
        suite.guest.run("ip link delete vf0")
    apply(suite.guest, IPV4)


# What a site with networkd has for a bridge.
BRIDGE = {
    "50-br0.netdev": "[NetDev]\nName=br0\nKind=bridge\n",
    "50-br0.network": "[Match]\nName=br0\n[Network]\nAddress=10.0.0.9/8\n",
    "01-eth0.network": "[Match]\nName=eth0\n[Network]\nBridge=br0\n",
}


def make_bridge(suite):
    if suite.stack.backend == "networkd":
        suite.guest.run("; ".join(f"printf '{text}' >/etc/systemd/network/{name}" for name, text in BRIDGE.items())
                        + "; networkctl reload; until ip link show master br0 | grep -q eth0; do sleep 0.1; done")
    else:
        suite.guest.run("ip link add br0 type bridge; ip link set br0 up; ip address flush dev eth0; ip link set eth0 up master br0")


def remove_bridge(suite):
    if suite.stack.backend == "networkd":
        suite.guest.run(f"cd /etc/systemd/network && rm -f 05-hvguest-br0.network {' '.join(BRIDGE)}; ip link delete br0;"
                        " networkctl reload; networkctl reconfigure eth0")
    else:
        suite.guest.run("ip link delete br0")


@only(lambda stack: stack.backend in ("none", "networkd"))
def gives_it_to_the_bridge_that_it_is_a_port_of(suite):
    """That has the addresses, and the host reads of the adapter what its bridge has."""
    make_bridge(suite)
    try:
        expect(suite.guest.inject(NEXT), 0, "the status")
        suite.expect_wanted(NEXT.wanted(), "br0")
        expect(suite.guest.addresses("eth0"), [], "the addresses of the port")
        expect_read_back(suite, NEXT.wanted(), "eth0")
    finally:
        remove_bridge(suite)
    apply(suite.guest, IPV4)
    suite.expect_wanted(IPV4.wanted())


@only(lambda stack: stack.backend == "networkmanager")
def leaves_the_profile_of_a_bridge_to_the_site(suite):
    apply(suite.guest, IPV4)
    suite.guest.run("nmcli connection add type bridge ifname br0 con-name br0 bridge.stp no ipv4.method disabled ipv6.method disabled"
                    " && nmcli connection add type ethernet ifname eth0 con-name port master br0 && nmcli connection up port")
    files = suite.guest.snapshot()
    try:
        said = refuse(suite.guest, NEXT)
        expect("eth0 is a port of br0" in said, True, f"the reason in {said}")
        expect(suite.guest.snapshot(), files, "the files")
    finally:
        suite.guest.run("nmcli connection delete port br0")
    apply(suite.guest, IPV4)
    suite.expect_wanted(IPV4.wanted())


CASES = [leaves_another_interface_with_its_mac_alone, gives_it_to_the_bridge_that_it_is_a_port_of,
         leaves_the_profile_of_a_bridge_to_the_site]
