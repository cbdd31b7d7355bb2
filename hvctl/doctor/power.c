// SPDX-License-Identifier: LGPL-2.1-or-later

/* How a guest starts, ends, sleeps and crashes. */

#include "hvctl/doctor/doctor.h"

#include "hvctl/facts/disks.h"
#include "hvctl/facts/rules.h"

#include <string.h>

void check_poweroff(const struct guest *guest, struct findings *findings)
{
	struct fact command = fact(guest->facts, "/proc/sys/kernel/poweroff_cmd"), program;
	struct judgement *finding;

	if (!guest_device(guest, CLASS_SHUTDOWN) || command.kind != FACT_FILE)
		return;
	program = fact(guest->facts, "%.*s", (int)strcspn(command.text, " "), command.text);
	if (fact_is_there(&program))
		return;
	finding = findings_add(findings,
		"when the host asks to shut down, the kernel runs %s, which is not there",
		program.path);
	judgement_because(finding, command);
	judgement_because(finding, program);
	judgement_fix(finding, "apt install systemd-sysv");
}

void check_masked(const struct guest *guest, struct findings *findings)
{
	static const char *const units[] = { "poweroff.target", "systemd-poweroff.service",
		"reboot.target" };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		struct fact unit = fact(guest->facts, "/etc/systemd/system/%s", units[i]);
		struct judgement *finding;

		if (unit.kind != FACT_LINK || strcmp(unit.text, "/dev/null") != 0)
			continue;
		finding = findings_add(findings,
			"%s is masked, so nothing comes of the host's request", units[i]);
		judgement_because(finding, unit);
		judgement_fix(finding, "systemctl unmask %s", units[i]);
	}
}

/* Secure boot: which template the host has shows in whom the firmware trusts. */

static struct fact database(const struct guest *guest)
{
	return fact(guest->facts,
		"/sys/firmware/efi/efivars/db-d719b2cb-3d3a-4596-a3bc-dad00e67656f");
}

void check_template(const struct guest *guest, struct findings *findings)
{
	struct fact trusted = database(guest);
	struct judgement *finding;

	if (!strstr(trusted.text, "Windows Production PCA 2011") ||
		strstr(trusted.text, "Microsoft Corporation UEFI CA 2011") ||
		strstr(trusted.text, "Microsoft UEFI CA 2023"))
		return;
	finding = findings_add(findings,
		"the host's template for secure boot is that of Windows: no Linux boots with it");
	judgement_because(finding, trusted);
	judgement_fix(finding,
		"host: Set-VMFirmware -VMName NAME -SecureBootTemplate MicrosoftUEFICertificateAuthority");
}

void check_authority(const struct guest *guest, struct findings *findings)
{
	struct fact
		trusted = database(guest),
		secure = fact(guest->facts,
			"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c");
	struct judgement *finding;

	if (!fact_is(&secure, "01") ||
		!strstr(trusted.text, "Microsoft Corporation UEFI CA 2011") ||
		strstr(trusted.text, "Microsoft UEFI CA 2023"))
		return;
	finding = findings_add(findings,
		"the firmware trusts the authority of 2011, whose certificate ended in June 2026");
	judgement_because(finding, trusted);
	judgement_fix(finding,
		"host: update the host, then Set-VMFirmware -VMName NAME -SecureBootTemplate "
		"MicrosoftUEFICertificateAuthority");
}

/* An image that moves to a new virtual machine brings no boot entries with it. */
void check_fallback_loader(const struct guest *guest, struct findings *findings)
{
	struct fact caller = fact(guest->facts, "caller/user"),
		    efi = fact(guest->facts, "/sys/firmware/efi");
	struct judgement *finding;
	struct mount_row mount;
	bool is_mounted = false;
	size_t at = 0;

	while (mounts_next(guest, &at, &mount))
		is_mounted |= strcmp(mount.point, "/boot/efi") == 0;
	/* Often vfat shows its folders to root alone. */
	if (!is_mounted || !fact_is_there(&efi) || !fact_is(&caller, "root"))
		return;
	if (facts_count_children(guest->facts, "/boot/efi/EFI/BOOT") +
			facts_count_children(guest->facts, "/boot/efi/EFI/boot") >
		0)
		return;
	finding = findings_add(findings,
		"this disk boots on this virtual machine only: it has no loader in EFI/BOOT");
	judgement_because(finding, fact(guest->facts, "/boot/efi/EFI/BOOT"));
	judgement_fix(finding, "grub-install --force-extra-removable");
}

void check_crash_dump(const struct guest *guest, struct findings *findings)
{
	struct fact unknown = fact(guest->facts, "/proc/sys/kernel/unknown_nmi_panic"),
		    unrecovered =
			    fact(guest->facts, "/proc/sys/kernel/panic_on_unrecovered_nmi"),
		    loaded = fact(guest->facts, "/sys/kernel/kexec_crash_loaded");
	struct judgement *finding;

	if ((!fact_is(&unknown, "1") && !fact_is(&unrecovered, "1")) || !fact_is(&loaded, "0"))
		return;
	finding = findings_add(findings,
		"an injected interrupt stops this kernel, and no kernel is loaded that takes a dump");
	judgement_because(finding, unknown);
	judgement_because(finding, unrecovered);
	judgement_because(finding, loaded);
	judgement_fix(finding,
		"apt install kdump-tools, and crashkernel=384M-:256M on the kernel's command line");
}

void check_command_line(const struct guest *guest, struct findings *findings)
{
	static const struct {
		const char *word, *why;
	} words[] = {
		{ "numa=off",
			"takes the virtual NUMA nodes away, which kernels before 2.6.37 needed" },
		{ "elevator=noop", "is ignored since Linux 5.0" },
		{ "tsc=reliable",
			"makes the clock jump when the virtual machine moves to another host" },
		{ "notsc", "makes every look at the clock slow" },
		{ "hv_nopvspin", "makes processors wait for each other longer than needed" },
		{ "ata_piix.prefer_ms_hyperv=0", "drives disks as emulated ones" },
	};
	struct fact line = fact(guest->facts, "/proc/cmdline");

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct judgement *finding;

		if (!fact_has_word(&line, words[i].word))
			continue;
		finding = findings_add(findings, "%s %s", words[i].word, words[i].why);
		judgement_because(finding, line);
		judgement_fix(finding,
			"take %s out of GRUB_CMDLINE_LINUX in /etc/default/grub, then update-grub",
			words[i].word);
	}
}

static bool hibernates(const struct fact *rules)
{
	return strstr(rules->text, "hibernate");
}

void check_hibernation(const struct guest *guest, struct findings *findings)
{
	struct fact offered = fact(guest->facts, "/sys/bus/vmbus/hibernation"), ignored;
	struct judgement *finding;

	if (!fact_is(&offered, "1") || rules_find(guest, hibernates, &ignored))
		return;
	finding = findings_add(findings,
		"the host may ask this guest to hibernate, and no rule of udev does that");
	judgement_because(finding, offered);
	judgement_fix(finding,
		"cp /usr/share/hvguest/udev/61-hvguest-hibernate.rules /etc/udev/rules.d/ && udevadm control --reload");
}
