# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The network stacks that hv-netd is tried on: what a site has there, and how its manager is restarted,
# stopped and started.

from dataclasses import dataclass, field

from guest import RESTORE

NETWORKD, NETWORKMANAGER, IFUPDOWN = "systemd-networkd.service", "NetworkManager.service", "networking.service"
RESOLVED = "systemd-resolved.service"
BARE = "ip address flush dev eth0; ip link set eth0 down"
STOP_NETWORKD = f"systemctl stop systemd-networkd.socket systemd-networkd; {BARE}"
STOP_NETWORKMANAGER = f"systemctl stop NetworkManager; rm -rf /run/NetworkManager; {BARE}"


@dataclass
class Stack:
    backend: str        # as hv-netd calls it
    files: dict         # of the site: path -> text
    folder: str         # where hv-netd writes
    restart: str
    wanted: list = field(default_factory=list)  # units at boot
    masked: list = field(default_factory=list)
    stop: str = ""      # empty: nobody has to run
    start: str = ""
    process: str = ""   # that may hang or die
    program: str = ""   # that does the work instead, likewise
    refuse: str = ""    # makes the manager refuse what has REFUSED in it; empty: it cannot
    refusal: str = ""   # what is told of that
    hang: str = ""      # makes the program hang on REFUSED
    accept: str = ""    # and all is well again
    has_dns: bool = True   # name servers that are injected are in force
    has_own_dns: bool = True  # the name servers of one adapter are not told of another one
    has_dhcp: bool = True
    edits: bool = False    # hv-netd replaces a part of a file of the site's
    at_first: list = field(default_factory=lambda: ["10.0.0.5/8"])


INTERFACES = {
    "/etc/network/interfaces":
        "# of the site\nauto lo\niface lo inet loopback\n\nsource /etc/network/interfaces.d/*\n",
    "/etc/network/interfaces.d/site":
        "auto eth0\n# the first\niface eth0 inet static\n\taddress 10.0.0.5\n\tnetmask 255.0.0.0\n"
        "\tgateway 10.0.0.1\n\tpost-up touch /run/site-was-here\n\nauto eth1\niface eth1 inet static\n"
        "\taddress 10.0.0.6/8\n",
}
# An address that programs refuse, or hang on, if these files are there.
REFUSED = "2001:db8::7"
REFUSE, HANG, ACCEPT = "touch /run/refuse", "touch /run/hang", "rm -f /run/refuse /run/hang"
OBSTACLE = "[ ! -e /run/refuse ] || exit 1; [ ! -e /run/hang ] || sleep 100"


def refuse_by_bus(service, interface, member):
    """dbus-daemon refuses to carry that call: to who calls it is as if the manager did."""
    policy = "/etc/dbus-1/system.d/refuse.conf"
    reload = "busctl call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus ReloadConfig"
    text = (f'<busconfig><policy context="mandatory"><deny send_destination="{service}"'
            f' send_interface="{interface}" send_member="{member}"/></policy></busconfig>')
    return {"refuse": f"echo '{text}' >{policy}; {reload}", "refusal": f"{member}: ", "accept": f"rm {policy}; {reload}"}


# A site's file that netplan cannot read: it does nothing at all then.
REFUSE_BY_YAML = {"refuse": "printf 'network: {version: 2, ethernets: {eth0: {addresses: [nonsense]}}}' >/etc/netplan/50-bad.yaml;"
                  " chmod 0600 /etc/netplan/50-bad.yaml", "refusal": "netplan", "accept": "rm /etc/netplan/50-bad.yaml"}
# As the hook of Debian's resolvconf does it, which is in no root with systemd-resolved.
HOOKS = {
    "/etc/network/if-up.d/000resolvconf":
        "#!/bin/sh\nmkdir -p /run/resolvconf && for server in $IF_DNS_NAMESERVERS; do echo nameserver $server; done"
        " >/run/resolvconf/$IFACE.$ADDRFAM && cat /run/resolvconf/* | sort -u >/run/resolvconf.new"
        " && rm -f /etc/resolv.conf && cp /run/resolvconf.new /etc/resolv.conf\n",
    "/etc/network/if-pre-up.d/site":
        "#!/bin/sh\ncat /proc/self/cgroup >/run/where\n"
        f"case $IF_ADDRESS in {REFUSED}*) {OBSTACLE};; esac\n",
    "/etc/network/if-down.d/resolvconf": "#!/bin/sh\nrm -f /run/resolvconf/$IFACE.$ADDRFAM\n",
}
# A container's /sys is read-only, so that there is no udev that netplan could tell.
NO_UDEV = {"/usr/bin/udevadm": "#!/bin/sh\nexit 0\n"}
# nspawn's adapters are not udev's, and Debian's NetworkManager leaves those alone.
ALL_MANAGED = {"/etc/NetworkManager/conf.d/guest.conf": "[device]\nmatch-device=interface-name:eth*\nmanaged=1\n"}

# What initscripts do with an ifcfg file, as far as hv-netd writes it: Debian has no initscripts.
IFUP = r"""#!/bin/bash
cat /proc/self/cgroup >/run/where
cd "$(dirname "$0")" && . "./ifcfg-$1" || exit 1
case $IPV6ADDR in @REFUSED@*) @OBSTACLE@;; esac
ip link set "$1" up
if [ "$BOOTPROTO" = dhcp ]; then dhclient -4 -1 -pf "/run/dhclient-$1.pid" "$1" || exit 1; fi
for n in 0 1 2 3; do
    address=IPADDR$n prefix=PREFIX$n
    [ -z "${!address}" ] || ip address replace "${!address}/${!prefix}" dev "$1" || exit 1
done
for address in $IPV6ADDR $IPV6ADDR_SECONDARIES; do ip address replace "$address" dev "$1" || exit 1; done
[ -z "$GATEWAY" ] || ip route replace default via "$GATEWAY" dev "$1" ${METRIC:+metric $METRIC} || exit 1
[ -z "$IPV6_DEFAULTGW" ] || ip -6 route replace default via "$IPV6_DEFAULTGW" dev "$1"
""".replace("@REFUSED@", REFUSED).replace("@OBSTACLE@", OBSTACLE)
IFDOWN = r"""#!/bin/bash
[ ! -e "/run/dhclient-$1.pid" ] || dhclient -4 -r -pf "/run/dhclient-$1.pid" "$1"
ip address flush dev "$1" scope global
ip -4 route flush dev "$1" table main
ip -6 route flush default dev "$1"
"""
SCRIPTS = "/etc/sysconfig/network-scripts"

SET_IFCONFIG = "/usr/libexec/hypervkvpd/hv_set_ifconfig"

STACKS = {
    "networkd": Stack(
        backend="networkd", folder="/etc/systemd/network",
        files={"/etc/systemd/network/80-site.network":
               "# of the site\n[Match]\nName=eth0 eth1\n\n[Network]\nDHCP=no\nAddress=10.0.0.5/8\nGateway=10.0.0.1\n"},
        wanted=[NETWORKD], masked=[NETWORKMANAGER, IFUPDOWN],
        restart="systemctl restart systemd-networkd", stop=STOP_NETWORKD, start="systemctl start systemd-networkd",
        process="systemd-network", **refuse_by_bus(
            "org.freedesktop.network1", "org.freedesktop.network1.Manager", "ReconfigureLink")),
    "networkmanager": Stack(
        backend="networkmanager", folder="/etc/NetworkManager/system-connections",
        files={"/etc/NetworkManager/system-connections/site.nmconnection":
               "[connection]\nid=site\nuuid=11111111-2222-4333-8444-555555555555\ntype=ethernet\n"
               "interface-name=eth0\n\n[ipv4]\nmethod=manual\naddress1=10.0.0.5/8,10.0.0.1\n\n[ipv6]\nmethod=auto\n",
               **ALL_MANAGED},
        masked=[IFUPDOWN, RESOLVED],
        restart="systemctl restart NetworkManager", stop=STOP_NETWORKMANAGER, start="systemctl start NetworkManager",
        process="NetworkManager", **refuse_by_bus(
            "org.freedesktop.NetworkManager", "org.freedesktop.NetworkManager", "ActivateConnection")),
    "netplan": Stack(
        backend="netplan", folder="/etc/netplan",
        files={"/etc/netplan/10-site.yaml":
               "# of the site\nnetwork:\n  version: 2\n  ethernets:\n    eth0:\n      addresses: [10.0.0.5/8]\n"
               "      routes: [{to: default, via: 10.0.0.1}]\n    eth1:\n      addresses: [10.0.0.6/8]\n", **NO_UDEV},
        wanted=[NETWORKD], masked=[NETWORKMANAGER, IFUPDOWN],
        restart="netplan apply", stop=STOP_NETWORKD, start="netplan generate; systemctl start systemd-networkd",
        process="systemd-network", **REFUSE_BY_YAML),
    "netplan-nm": Stack(
        backend="netplan", folder="/etc/netplan",
        files={"/etc/netplan/10-site.yaml":
               "# of the site\nnetwork:\n  version: 2\n  renderer: NetworkManager\n  ethernets:\n    eth0:\n"
               "      addresses: [10.0.0.5/8]\n      routes: [{to: default, via: 10.0.0.1}]\n    eth1:\n"
               "      addresses: [10.0.0.6/8]\n", **NO_UDEV, **ALL_MANAGED},
        masked=[NETWORKD, IFUPDOWN, RESOLVED],
        restart="netplan apply", stop=STOP_NETWORKMANAGER, start="netplan generate; systemctl start NetworkManager",
        process="NetworkManager", **REFUSE_BY_YAML),
    "ifupdown": Stack(
        backend="ifupdown", folder="/etc/network/interfaces.d", files={**INTERFACES, **HOOKS},
        masked=[NETWORKMANAGER, RESOLVED], edits=True, has_own_dns=False,
        restart="ifdown eth0; ifup eth0; ifdown eth1; ifup eth1", stop="ifdown eth0 eth1 lo", start="ifup lo eth0 eth1",
        program="ifup", refuse=REFUSE, refusal="ifup eth0 failed", hang=HANG, accept=ACCEPT),
    # Rendered, written and read as by initscripts; real ones are in no package of Debian's.
    "ifcfg": Stack(
        backend="ifcfg", folder=SCRIPTS,
        files={f"{SCRIPTS}/ifcfg-eth0": "# of the site\nDEVICE=eth0\nONBOOT=yes\nBOOTPROTO=none\nIPADDR0=10.0.0.5\n"
               "PREFIX0=8\nGATEWAY=10.0.0.1\nMTU=1400\n",
               f"{SCRIPTS}/ifcfg-eth1": "DEVICE=eth1\nBOOTPROTO=none\nIPADDR0=10.0.0.6\nPREFIX0=8\n",
               f"{SCRIPTS}/ifup": IFUP, f"{SCRIPTS}/ifdown": IFDOWN,
               "/etc/systemd/system/network.service": "[Service]\nType=oneshot\nRemainAfterExit=yes\n"
               f"ExecStart={SCRIPTS}/ifup eth0\nExecStart={SCRIPTS}/ifup eth1\nExecStop={SCRIPTS}/ifdown eth0\n"
               f"ExecStop={SCRIPTS}/ifdown eth1\n"},
        wanted=["network.service"], masked=[NETWORKMANAGER, IFUPDOWN, RESOLVED], edits=True, has_dns=False,
        restart="systemctl restart network",
        program="ifup", refuse=REFUSE, refusal="ifup eth0 failed", hang=HANG, accept=ACCEPT),
    # A program of the site's, as the kernel tree's daemon calls it.
    "script": Stack(
        backend="script", folder="/var/lib/hvguest/net/script", masked=[NETWORKMANAGER, IFUPDOWN, RESOLVED],
        files={"/etc/hvguest/net.conf": f"[Inject]\nScript={SET_IFCONFIG}\n",
               SET_IFCONFIG: "#!/bin/bash\n[ ! -e /run/refuse ] || exit 1\n"
               "printf '%s\\n' \"$#\" \"$1\" \"$2\" \"$(cat /proc/self/cgroup)\" >/run/called\n"
               "cp \"$1\" /run/ifcfg && cp \"$2\" /run/keyfile && . \"$1\" && ip link set \"$DEVICE\" up"
               " && { [ -e /run/keep ] || ip address flush dev \"$DEVICE\" scope global; }"
               " && ip address replace \"$IPADDR0/$NETMASK0\" dev \"$DEVICE\" && ip route replace default via \"$GATEWAY\"\n"},
        has_dns=False, has_dhcp=False, at_first=[], restart="true"),
    "none": Stack(
        backend="none", folder="/var/lib/hvguest/net/static", files={}, masked=[NETWORKMANAGER, IFUPDOWN, RESOLVED],
        has_dns=False, has_dhcp=False, at_first=[],
        refuse="sysctl -q net.ipv6.conf.eth0.disable_ipv6=1", refusal="the kernel refuses it",
        accept="sysctl -q net.ipv6.conf.eth0.disable_ipv6=0",
        restart=f"{BARE}; ip address flush dev eth1; ip link set eth1 down; systemctl start {' '.join(RESTORE.values())}"),
}
