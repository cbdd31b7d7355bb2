#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What is written of the programs is true: settings.py SOURCE-DIR HVCTL NAME=DAEMON…, where NAME is
# that of the daemon's configuration.
#  - the sample file is what the daemon's own table prints, and each setting is in the man page;
#  - each option of --help is in the man page, each verb of hvctl too;
#  - what a daemon has on the bus is in its man page, and polkit's actions are in hvguest-security(7);
#  - each check of hvctl doctor is a section of hvctl-doctor(7), and no section is left over;
#  - the files that doctor tells to copy are there;
#  - hvguest-security(7) gives each program the user, the capabilities, the devices and the memory that its unit does;
#  - each message id has its catalog entry, and no entry is left over.

import glob
import json
import os
import re
import subprocess
import sys

from tap import Tap

SOURCE, HVCTL = sys.argv[1:3]
DAEMONS = dict(pair.split("=", 1) for pair in sys.argv[3:])


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def page(name):
    return open(f"{SOURCE}/man/{name}").read()


def sample_differs(name, daemon):
    sample = open(f"{SOURCE}/conf/{name}.conf").read()
    head, _, body = sample.partition("\n\n")
    if body != output(daemon, "--dump-config"):
        yield f"conf/{name}.conf is not what {daemon} --dump-config prints"
    if not all(line.startswith("#") for line in head.splitlines()):
        yield f"conf/{name}.conf does not begin with comments"


def settings_missing_from_page(name, daemon):
    text = page(f"hvguest-{name}.conf.5")
    for key, standard in re.findall(r"^#(\w+)=(.*)$", output(daemon, "--dump-config"), re.M):
        if f".It Va {key} Ns = Ns" not in text:
            yield f"{key} is not in hvguest-{name}.conf(5)"
        found = re.search(rf"\.It Va {key} .*?Default:\s+(.*?)\.\n", text, re.S)
        if not found or " ".join(found.group(1).split()) != (standard or "none"):
            yield f"the default of {key} in hvguest-{name}.conf(5) is not {standard or 'none'}"


def options_missing_from_page(program, name):
    text = page(name)
    for option in re.findall(r"--([a-z-]+)", output(program, "--help")):
        if not re.search(rf"\bFl -?{option}\b|, -{option}\b|Fl -{option}\b", text):
            yield f"--{option} is not in {name}"


def bus_missing_from_page(program):
    text = page(f"{program}.8").partition(".Sh D-BUS INTERFACE\n")[2].partition("\n.Sh FILES")[0]
    for path in sorted(glob.glob(f"{SOURCE}/daemons/{program}/*.c")):
        for member in re.findall(r'SD_BUS_(?:METHOD|SIGNAL|PROPERTY)\w*\("(\w+)"', open(path).read()):
            if not re.search(rf"\b{member}\b", text):
                yield f"{member} is not in {program}(8)"


def actions_missing_from_page():
    policy = open(f"{SOURCE}/conf/polkit/org.hvguest.policy").read()
    for action in re.findall(r'<action id="(\S+)">', policy):
        if f".Sy {action}\n" not in page("hvguest-security.7"):
            yield f"{action} is not in hvguest-security(7)"


def verbs_missing_from_page():
    text = page("hvctl.1")
    verbs = re.search(r"Verbs:\n(.*?)\n\n", output(HVCTL, "--help"), re.S).group(1)
    for verb in re.findall(r"^  (\w+)", verbs, re.M):
        if f".Ss {verb}" not in text:
            yield f"the verb {verb} is not in hvctl(1)"
        section = text.partition(f".Ss {verb}\n")[2].partition("\n.Ss ")[0]
        for line in re.findall(r"^  ([a-z]+) ", output(HVCTL, verb, "--help"), re.M):
            if f"Cm {verb} {line}" not in text:
                yield f"{verb} {line} is not in hvctl(1)"
        for option in re.findall(r"^  (?:-\w, )?--([a-z-]+)", output(HVCTL, verb, "--help"), re.M):
            if not re.search(rf"Fl -{option}\b|, -{option}\b", section):
                yield f"--{option} of {verb} is not in hvctl(1)"
        if not re.search(r"^Example: hvctl ", output(HVCTL, verb, "--help"), re.M):
            yield f"hvctl {verb} --help has no example"


def checks_and_page_differ():
    checks = {f"{check['id']}: {check['title']}" for check in json.loads(output(HVCTL, "--json", "doctor", "--list"))}
    sections = re.findall(r"^\.Ss (HVG\d+: .*)$", page("hvctl-doctor.7"), re.M)
    if sections != sorted(sections):
        yield "the sections of hvctl-doctor(7) are not in order"
    for title in sorted(checks ^ set(sections)):
        yield f"'{title}' is {'not in hvctl-doctor(7)' if title in checks else 'in hvctl-doctor(7) only'}"


def rights_of(unit):
    text = open(unit).read()
    setting = dict(re.findall(r"^(User|CapabilityBoundingSet|MemoryMax)=(.*)$", text, re.M))
    capabilities = sorted(setting["CapabilityBoundingSet"].split())
    devices = sorted(re.findall(r"^DeviceAllow=char-(\w+)", text, re.M))
    return (setting.get("User", "root"), " ".join(capabilities) or "none", " and ".join(devices) or "none",
            setting.get("MemoryMax", "none"))


def rights_that_differ():
    text = page("hvguest-security.7")
    for path in sorted(glob.glob(f"{SOURCE}/systemd/hv-*d.service.in")):
        name = os.path.basename(path).partition(".")[0]
        section = text.partition(f".Ss {name}\n")[2].partition("\n.Ss ")[0]
        told = tuple(re.findall(r"^\.It (?:user|capabilities|devices|memory)\n(.*?)(?:, for)?$", section, re.M))
        if told != rights_of(path):
            yield f"the unit of {name} has {rights_of(path)}, and hvguest-security(7) says {told}"


def fixes_without_file():
    """What doctor tells to copy is installed."""
    code = "".join(open(path).read() for path in sorted(glob.glob(f"{SOURCE}/hvctl/doctor/*.c")))
    named = set(re.findall(r"/usr/share/hvguest/udev/([\w.-]+)", code))
    there = set(os.listdir(f"{SOURCE}/conf/udev-extra"))
    for name in sorted(named ^ there):
        yield f"conf/udev-extra/{name} is {'not there' if name in named else 'named by no fix of hvctl doctor'}"


def ids_and_catalog_differ():
    header = open(f"{SOURCE}/daemons/common/message-ids.h").read()
    catalog = open(f"{SOURCE}/conf/catalog/hvguest.catalog").read()
    ids = re.findall(r'"([0-9a-f]{32})"', header)
    entries = re.findall(r"^-- ([0-9a-f]{32})$", catalog, re.M)
    if len(ids) != len(set(ids)) or len(entries) != len(set(entries)):
        yield "an id stands twice"
    for entry in sorted(set(ids) ^ set(entries)):
        yield f"{entry} is {'not in the catalog' if entry in ids else 'in the catalog only'}"


def ids_without_use():
    header = open(f"{SOURCE}/daemons/common/message-ids.h").read()
    code = "".join(open(path).read() for path in glob.glob(f"{SOURCE}/daemons/*/*.c"))
    for name in re.findall(r"#define (HVG_MSG_\w+)", header):
        if not re.search(rf"\b{name}\b", code):
            yield f"nothing says {name}"


def main():
    tap = Tap("meta-settings")
    for name, daemon in DAEMONS.items():
        program = os.path.basename(daemon)
        tap.check(f"{name}.conf is the table of {program}", list(sample_differs(name, daemon)))
        tap.check(f"every setting of {program} is in its man page", list(settings_missing_from_page(name, daemon)))
        tap.check(f"every option of {program} is in its man page", list(options_missing_from_page(daemon, f"{program}.8")))
        tap.check(f"what {program} has on the bus is in its man page", list(bus_missing_from_page(program)))
    tap.check("every action of polkit is in hvguest-security(7)", list(actions_missing_from_page()))
    tap.check("every option of hvctl is in its man page", list(options_missing_from_page(HVCTL, "hvctl.1")))
    tap.check("every verb of hvctl is in its man page", list(verbs_missing_from_page()))
    tap.check("every check of hvctl doctor has its section", list(checks_and_page_differ()))
    tap.check("every service has the rights that hvguest-security(7) tells of", list(rights_that_differ()))
    tap.check("what hvctl doctor tells to copy is there", list(fixes_without_file()))
    tap.check("message ids and catalog agree", list(ids_and_catalog_differ()))
    tap.check("each message is said somewhere", list(ids_without_use()))
    tap.finish()


main()
