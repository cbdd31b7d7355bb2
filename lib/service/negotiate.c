// SPDX-License-Identifier: LGPL-2.1-or-later

#include "service/negotiate.h"

#include "base/units.h"

#include <errno.h>
#include <stdbool.h>

typedef struct hvg_icversion version_at_fn(const struct hvg_icoffer *offer, size_t i);

static bool is_offered(struct hvg_icversion version, const struct hvg_icoffer *offer, size_t n,
	version_at_fn *version_at)
{
	for (size_t i = 0; i < n; i++) {
		struct hvg_icversion offered = version_at(offer, i);

		if (offered.major == version.major && offered.minor == version.minor)
			return true;
	}
	return false;
}

static bool choose_framework(const struct hvg_icsupport *support, const struct hvg_icoffer *offer,
	struct hvg_icversion *ret)
{
	for (size_t i = 0; i < support->n_frameworks; i++)
		if (is_offered(support->frameworks[i], offer, offer->n_frameworks, hvg_icoffer_framework)) {
			*ret = support->frameworks[i];
			return true;
		}
	return false;
}

static bool choose_version(const struct hvg_icsupport *support, const struct hvg_icoffer *offer,
	struct hvg_icversion *ret)
{
	for (size_t i = 0; i < support->n_versions; i++)
		if (is_offered(support->versions[i], offer, offer->n_versions, hvg_icoffer_version)) {
			*ret = support->versions[i];
			return true;
		}
	return false;
}

int hvg_negotiate(const struct hvg_icsupport *support, const struct hvg_icoffer *offer,
	struct hvg_icchoice *ret)
{
	struct hvg_icchoice choice;

	if (!choose_framework(support, offer, &choice.framework) ||
		!choose_version(support, offer, &choice.version))
		return -EOPNOTSUPP;
	*ret = choice;
	return 0;
}

static const struct hvg_icversion framework_3[] = { { 3, 0 } };
static const struct hvg_icversion fcopy_1[] = { { 1, 1 } };

const struct hvg_icsupport hvg_icsupport_fcopy = {
	.frameworks = framework_3,
	.versions = fcopy_1,
	.n_frameworks = HVG_ELEMENTS(framework_3),
	.n_versions = HVG_ELEMENTS(fcopy_1),
};
