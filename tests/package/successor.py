# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The packages take the place of Debian's hyperv-daemons: what the host and the guest have told each other stays,
# and what was turned off; and they give the place back.

from system import DAEMONS, expect

OLD = "hyperv-daemons"
POOL = "/var/lib/hyperv/.kvp_pool_1"

# The device is not here that Debian's unit hangs on: something else runs under its name.
STAND_IN = "/run/systemd/system/hv-kvp-daemon.service"

# Its user, its files and a /tmp of its own (PrivateTmp=) are made before it, and they are not by a daemon that is root.
EARLIER = {"hv-netd.socket", "systemd-sysusers.service", "systemd-tmpfiles-setup.service", "tmp.mount"}


def order_of(system, unit):
    """What it is after, and what it is before."""
    return [set(system.run(f"systemctl show --property={key} --value {unit}").split()) for key in ("After", "Before")]


def begin(system):
    system.apt(f"install {OLD}")
    system.order = order_of(system, "hv-kvp-daemon.service")
    system.run(f"mkdir -p /var/lib/hyperv && (printf key; head -c 509 /dev/zero; printf value; head -c 2043 /dev/zero) >{POOL}")
    system.run(f"printf '[Service]\\nExecStart=/bin/sleep infinity\\n' >{STAND_IN}")
    system.run("systemctl daemon-reload && systemctl start hv-kvp-daemon && systemctl mask hv-vss-daemon")
    system.pool = system.run(f"sha256sum {POOL}")


def takes_its_place_without_a_question(system):
    begin(system)
    system.install()
    expect((system.status_of(OLD), system.status_of("hvguest")), ("config-files", "installed"), "the packages")
    system.expect_nothing_failed()


def ends_its_daemon(system):
    """Its own scripts leave it running, and it would keep the device."""
    expect(system.running_units(), "", "the units that run")
    system.run(f"rm {STAND_IN} && systemctl daemon-reload")


def starts_as_early_as_it_did(system):
    (old_after, old_before), (after, before) = system.order, order_of(system, "hv-kvpd.service")
    expect(sorted(after - old_after - EARLIER), [], "what else it waits for")
    expect(sorted(old_before - before), [], "what was behind it, and is not")


def keeps_the_pools(system):
    expect(system.run(f"sha256sum {POOL}"), system.pool, "what is in a pool")
    expect(system.stat("%a %U", POOL), ["644 hvguest"], "whose it is")


def keeps_off_what_was_off(system):
    expect([daemon for daemon in DAEMONS if not system.is_enabled(daemon)], ["hv-vssd"], "what is not enabled")


def does_not_mind_its_purge(system):
    system.apt(f"purge {OLD}")
    expect([daemon for daemon in DAEMONS if not system.is_enabled(daemon)], ["hv-vssd"], "what is not enabled")
    expect(system.run("systemctl show --property=Id --value hv-kvp-daemon"), "hv-kvpd.service\n", "the unit of its name")
    expect(system.run(f"sha256sum {POOL}"), system.pool, "what is in a pool")


def gives_the_place_back(system):
    system.apt(f"install {OLD}")
    expect((system.status_of(OLD), system.status_of("hvguest")), ("installed", "config-files"), "the packages")
    system.apt("purge hvguest")
    expect(system.run(f"sha256sum {POOL}"), system.pool, "what is in a pool")
    system.run("test -x /usr/sbin/hv_kvp_daemon && systemctl cat hv-kvp-daemon")
    system.expect_nothing_failed()


CASES = [takes_its_place_without_a_question, ends_its_daemon, starts_as_early_as_it_did, keeps_the_pools, keeps_off_what_was_off,
         does_not_mind_its_purge, gives_the_place_back]
