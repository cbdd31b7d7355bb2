// SPDX-License-Identifier: LGPL-2.1-or-later

/* What generation 2 boots by. */

#include "hvctl/features/offered.h"

#include <string.h>

#define VARIABLES "/sys/firmware/efi/efivars/"
#define GLOBAL    "-8be4df61-93ca-11d2-aa0d-00e098032b8c" /* EFI_GLOBAL_VARIABLE */
#define DATABASE  "-d719b2cb-3d3a-4596-a3bc-dad00e67656f" /* EFI_IMAGE_SECURITY_DATABASE_GUID  \
							   */

static bool is_generation_1(const struct guest *guest, struct verdict *ret)
{
	if (guest_generation(guest->facts) != 1)
		return false;
	judgement_because(&ret->judgement, fact(guest->facts, "/sys/firmware/efi"));
	judgement_because(
		&ret->judgement, fact(guest->facts, "/sys/class/dmi/id/bios_version"));
	verdict_is(ret, FEATURE_NOT_APPLICABLE, "this virtual machine is of generation 1");
	return true;
}

void judge_uefi(const struct guest *guest, struct verdict *ret)
{
	struct fact efi = fact(guest->facts, "/sys/firmware/efi");

	if (is_generation_1(guest, ret))
		return;
	judgement_because(&ret->judgement, efi);
	judgement_because(
		&ret->judgement, fact(guest->facts, "/sys/class/dmi/id/bios_version"));
	if (fact_is_there(&efi))
		verdict_is(ret, FEATURE_WORKS, "this guest was booted by UEFI");
	else
		verdict_is(ret, FEATURE_UNKNOWN, "how this guest was booted is not known");
}

/* Which template the host uses shows in what the firmware trusts. */
static const char *trusts(const struct fact *database)
{
	if (strstr(database->text, "UEFI CA 2011") ||
		strstr(database->text, "Microsoft UEFI CA 2023"))
		return "the Microsoft UEFI certificate authority, which signs Linux";
	if (strstr(database->text, "Windows Production PCA 2011"))
		return "Windows alone";
	return "authorities that hvctl does not know";
}

void judge_secure_boot(const struct guest *guest, struct verdict *ret)
{
	struct fact variable = fact(guest->facts, VARIABLES "SecureBoot" GLOBAL),
		    database = fact(guest->facts, VARIABLES "db" DATABASE);

	if (is_generation_1(guest, ret))
		return;
	judgement_because(&ret->judgement, variable);
	judgement_because(&ret->judgement, database);
	if (variable.kind != FACT_FILE) {
		verdict_is(ret, FEATURE_UNKNOWN,
			fact_is_denied(&variable) ? "the firmware's variables are for root"
						  : "the firmware does not tell");
		return;
	}
	if (fact_is(&variable, "01")) {
		judgement_because(
			&ret->judgement, fact(guest->facts, "/sys/kernel/security/lockdown"));
		verdict_is(ret, FEATURE_WORKS, "it is on; the firmware trusts %s",
			trusts(&database));
		return;
	}
	verdict_is(ret, FEATURE_OFF,
		"the host has switched it off; the firmware would trust %s", trusts(&database));
	judgement_fix(&ret->judgement,
		"host: Set-VMFirmware -VMName NAME -EnableSecureBoot On -SecureBootTemplate "
		"MicrosoftUEFICertificateAuthority");
}
