# SPDX-License-Identifier: LGPL-2.1-or-later
#
# An adapter that nobody manages has what was injected whenever it appears. A container has no udev of its own: what
# our rule says is asked for, and the unit is started by hand. tests/scenarios/system-net.c has it all at once.

import shlex

from guest import ADAPTERS, RESTORE, SYSFS
from injection import apply
from stacks import BARE
from suite import IPV4, eventually, expect, only

UNIT = RESTORE["eth0"]
FILE = f"/var/lib/hvguest/net/static/{ADAPTERS['eth0']}"
FOLDER = f"{SYSFS}/class/net/eth0"
IS_BARE = f"{BARE}; ip link set eth0 up"


# A device of the VMBus with an interface, in a /sys and a network of its own: udev may rename what it finds.
FAKE = """mount -t tmpfs fake /sys; mount -t tmpfs fake /run; device=/sys/devices/vmbus/$1
mkdir -p $device/net/far7 /sys/class/net /sys/bus/vmbus/drivers/$2
echo DRIVER=$2 >$device/uevent; echo INTERFACE=far7 >$device/net/far7/uevent; echo IFINDEX=7 >>$device/net/far7/uevent
ln -s /sys/bus/vmbus $device/subsystem; ln -s /sys/bus/vmbus/drivers/$2 $device/driver
ln -s /sys/class/net $device/net/far7/subsystem; ln -s $device/net/far7 /sys/class/net/far7
SYSTEMD_DEVICE_VERIFY_SYSFS=0 udevadm test --action=$3 $device/net/far7 2>/dev/null | sed -n 's/^SYSTEMD_WANTS=//p'"""


def wanted_units(suite, driver, action):
    words = " ".join([ADAPTERS["eth0"], driver, action])
    return suite.guest.run(f"unshare --mount --net bash -c {shlex.quote(FAKE)} fake {words}").split()


def start(suite):
    suite.guest.run(f"systemctl start {UNIT}")
    expect(suite.guest.run("systemctl list-units --failed --plain --no-legend 'hv-netd*'"), "", "the list of what failed")


def is_skipped(suite):
    """Nothing was started at all, says systemd of the last time."""
    said = suite.guest.run(f"journalctl -b -u {UNIT} -o cat --no-pager | tail -1")
    return True if "skipped because of an unmet condition" in said else said


@only(lambda stack: stack.backend == "none")
def udev_has_it_started_for_synthetic_adapters_only(suite):
    """By our rule, among Debian's: also for one that comes under another name, and not when it goes."""
    for action in "add", "change", "move":
        expect(wanted_units(suite, "hv_netvsc", action), [UNIT], f"what is wanted by {action}")
    expect(wanted_units(suite, "hv_netvsc", "remove"), [], "what is wanted when it goes")
    expect(wanted_units(suite, "hv_pci", "add"), [], "what is wanted by a virtual function")


@only(lambda stack: stack.backend == "none")
def has_it_again_when_the_adapter_comes_late(suite):
    apply(suite.guest, IPV4)
    suite.guest.run(f"{IS_BARE}; mv {FOLDER} /run/not-yet")
    start(suite)
    expect(suite.guest.addresses("eth0"), [], "the addresses without an adapter")
    suite.guest.run(f"mv /run/not-yet {FOLDER}")
    for _ in "at boot", "plugged in again":
        suite.guest.run(IS_BARE)
        start(suite)
        suite.expect_wanted(IPV4.wanted())


@only(lambda stack: stack.backend == "none")
def starts_nothing_where_nothing_was_injected(suite):
    apply(suite.guest, IPV4)
    suite.guest.run(f"{IS_BARE}; mv {FILE} /run/not-now")
    start(suite)
    eventually(lambda: is_skipped(suite), "what systemd said")
    expect(suite.guest.addresses("eth0"), [], "the addresses")
    suite.guest.run(f"mv /run/not-now {FILE}")


@only(lambda stack: stack.backend == "none")
def puts_nothing_on_an_adapter_that_has_got_a_manager(suite):
    apply(suite.guest, IPV4)
    suite.guest.run(f"{IS_BARE}; mkdir /run/dhcpcd && touch /run/dhcpcd/pid")
    start(suite)
    expect(suite.guest.addresses("eth0"), [], "the addresses")
    suite.guest.run("rm -r /run/dhcpcd")


CASES = [udev_has_it_started_for_synthetic_adapters_only, has_it_again_when_the_adapter_comes_late,
         starts_nothing_where_nothing_was_injected, puts_nothing_on_an_adapter_that_has_got_a_manager]
