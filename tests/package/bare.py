# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The life of the packages on a bare Debian: installed, upgraded, removed, purged.

import time

from system import DAEMONS, NAMES, expect

SERVICES = [*DAEMONS, "hv-netd.socket"]
# The kernel tree's name, and the daemon that goes by it.
OLD_NAMES = {"hv_fcopy_daemon": "hv-fcopyd", "hv_fcopy_uio_daemon": "hv-fcopyd", "hv_kvp_daemon": "hv-kvpd",
             "hv_vss_daemon": "hv-vssd"}
# What Debian, the kernel tree and Microsoft's tests call the units.
OLD_UNITS = {"hv-fcopyd": ["hv-fcopy-daemon", "hv_fcopy_daemon", "hypervfcopyd"],
             "hv-kvpd": ["hv-kvp-daemon", "hv_kvp_daemon", "hypervkvpd"],
             "hv-vssd": ["hv-vss-daemon", "hv_vss_daemon", "hypervvssd"]}
ACCOUNTS = ["./passwd", "./group", "./shadow", "./gshadow"]
POOLS = "/var/lib/hyperv/.kvp_pool_[0-4]"


def installs_without_a_question(system):
    system.install()
    expect([system.status_of(name) for name in NAMES], ["installed"] * len(NAMES), "the packages")


def has_no_failed_unit(system):
    system.expect_nothing_failed()


def runs_nothing_where_there_is_no_hyper_v(system):
    expect(system.running_units(), "", "the units that run")


def enables_every_service(system):
    expect([unit for unit in SERVICES if not system.is_enabled(unit)], [], "what is not enabled")


# cloud-init's unit, as far as it is about order.
CLOUD_INIT = """[Unit]
DefaultDependencies=no
Wants=network-pre.target
After=hv_kvp_daemon.service systemd-remount-fs.service
Before=network-pre.target sysinit.target shutdown.target
Conflicts=shutdown.target
RequiresMountsFor=/var/lib/cloud
[Service]
Type=oneshot
ExecStart=/bin/true
[Install]
WantedBy=sysinit.target
"""


def comes_before_cloud_init(system):
    unit = "/run/systemd/system/cloud-init-local.service"
    system.run(f"cat >{unit} <<'END'\n{CLOUD_INIT}END\nsystemctl daemon-reload")
    expect("hv-kvpd.service" in system.run("systemctl show --property=After --value cloud-init-local").split(), True,
           "whether cloud-init waits for hv-kvpd")
    found = system.run("systemd-analyze verify --man=no default.target cloud-init-local.service hv-kvpd.service 2>&1 || true")
    expect([line for line in found.splitlines() if "cycle" in line], [], "cycles in the order of units")
    system.run(f"rm {unit} && systemctl daemon-reload")


def obeys_presets(system):
    """Ours, and one of the site's that is against it."""
    units = " ".join(SERVICES)
    system.run(f"systemctl disable {units} && systemctl preset {units}")
    expect([unit for unit in SERVICES if not system.is_enabled(unit)], [], "what the preset does not enable")
    site = "/etc/systemd/system-preset/50-site.preset"
    system.run(f"mkdir -p $(dirname {site}) && echo disable hv-fcopyd.service >{site}")
    system.run(f"systemctl preset {units}")
    expect([unit for unit in SERVICES if not system.is_enabled(unit)], ["hv-fcopyd"], "what the site has turned off")
    system.run(f"rm {site} && systemctl enable hv-fcopyd")


def has_five_pools_that_everybody_can_read(system):
    expect(system.stat("%a %U %s", POOLS), ["644 hvguest 0"] * 5, "the pools")


def goes_by_the_names_of_the_kernel_trees_daemons(system):
    for old, new in OLD_NAMES.items():
        for options in "-h", "-n -h", "--no-daemon --help":
            expect(f"Usage: {new} " in system.run(f"/usr/sbin/{old} {options}"), True, f"{old} {options} helps")
        expect(system.run(f"basename $(realpath /usr/share/man/man8/{old}.8*)").split(".")[0], new, f"the page of {old}")


def has_a_program_that_sets_addresses(system):
    """Microsoft's NET-IP-INJECTION looks for it like this."""
    found = system.run("find /usr | grep hv_set_ifconfig").split()
    expect([path for path in found if "/man/" not in path], ["/usr/libexec/hvguest/hv_set_ifconfig"], "what is found")


def goes_by_the_names_of_other_units(system):
    for unit, aliases in OLD_UNITS.items():
        for alias in aliases:
            expect(system.run(f"systemctl show --property=Id --value {alias}"), f"{unit}.service\n", alias)
        expect(system.try_run(f"test -e /usr/lib/systemd/system/{aliases[-1]}.service"), 0, f"a file for {aliases[-1]}")


def finds_no_fault_with_its_own_settings(system):
    for daemon in DAEMONS:
        system.run(f"{daemon} --check-config")


def says_that_this_is_no_guest(system):
    """At once: the bus would start a unit whose condition does not hold, and wait for it for 25 s."""
    for question in "status", "fcopy status", "kvp list", "kvp set guest key value", "net status", "time status", "vss status":
        begin = time.monotonic()
        expect(system.run(f"hvctl {question} 2>&1 || echo $?"), "hvctl: this is not a Hyper-V guest\n3\n", f"hvctl {question}")
        expect(time.monotonic() - begin < 20, True, f"whether hvctl {question} answers at once")


def keeps_what_was_changed_when_it_is_upgraded(system):
    """The same version once more goes through the same scripts."""
    system.run("echo '# mine' >>/etc/hvguest/kvp.conf && systemctl disable hv-vssd")
    system.apt("install --reinstall /opt/packages/*.deb")
    expect(system.run("tail -n 1 /etc/hvguest/kvp.conf"), "# mine\n", "the changed file")
    expect([unit for unit in SERVICES if not system.is_enabled(unit)], ["hv-vssd"], "what is not enabled")
    system.expect_nothing_failed()


def keeps_settings_and_pools_when_it_is_removed(system):
    system.run("systemctl daemon-reload && mkdir -p /var/lib/hvguest/kvp && echo state >/var/lib/hvguest/kvp/state")
    system.apt("remove " + " ".join(NAMES))
    expect(system.status_of("hvguest"), "config-files", "the package")
    system.run(f"ls /etc/hvguest/kvp.conf /var/lib/hvguest/kvp/state {POOLS}")
    expect(system.running_units(), "", "the units that run")
    system.expect_nothing_failed()


def leaves_nothing_when_it_is_purged(system):
    """But its user, as everything in Debian does."""
    system.apt("purge hvguest")
    named = " -o ".join(f"-name '{name}'" for name in ("*hvguest*", "*hyperv*", "hv-*", "*hv_*", "*hvctl*", "*kvp_pool*"))
    expect(system.run(f"find / -xdev '(' {named} -o -user hvguest ')' ! -path '/opt/*' ! -path '*/perl/*'"
                      " ! -path '/var/lib/apt/*' ! -path '/var/cache/apt/*' ! -path '/var/log/*'"), "", "files that are left")
    told = system.run("cd /etc && grep -rlI hvguest . /var/lib/systemd || true").split()
    expect([path for path in told if path.rstrip("-") not in ACCOUNTS], [], "files that tell of it")
    system.expect_nothing_failed()


CASES = [installs_without_a_question, has_no_failed_unit, runs_nothing_where_there_is_no_hyper_v, enables_every_service,
         comes_before_cloud_init, obeys_presets, has_five_pools_that_everybody_can_read,
         goes_by_the_names_of_the_kernel_trees_daemons, has_a_program_that_sets_addresses,
         goes_by_the_names_of_other_units, finds_no_fault_with_its_own_settings, says_that_this_is_no_guest,
         keeps_what_was_changed_when_it_is_upgraded, keeps_settings_and_pools_when_it_is_removed,
         leaves_nothing_when_it_is_purged]
