// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Only the resolver may take long. It is asked again when the host name or the addresses have changed,
 * and every few minutes; until it has answered, the host gets what was known, or the plain name.
 */

#include "hv-kvpd/facts.h"

#include "base/units.h"
#include "common/journal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A name server that was not there at boot is there later. */
#define RESOLVE_AGAIN_US (5 * 60 * HVG_USEC_PER_SEC)

#define END_US (100 * HVG_USEC_PER_MSEC)

struct resolve_job {
	struct hvg_job job;
	struct kvpd_facts *facts;
	char host_name[HVG_FQDN_SIZE];
	char fqdn[HVG_FQDN_SIZE];
};

static uint64_t now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * HVG_USEC_PER_SEC + (uint64_t)now.tv_nsec / HVG_NSEC_PER_USEC;
}

int kvpd_facts_init(struct kvpd_facts *facts, sd_event *event)
{
	struct hvg_worker_config config = { .name = "resolver" };
	int r;

	*facts = (struct kvpd_facts){ 0 };
	hvg_sysinfo_init(&facts->sysinfo, "");
	r = hvg_netaddr_new(&facts->netaddr);
	return r < 0 ? r : hvg_worker_new(event, &config, &facts->resolver);
}

/* A resolver that hangs is left alone, with what it uses: the process is about to end. */
void kvpd_facts_done(struct kvpd_facts *facts)
{
	(void)hvg_worker_free(facts->resolver, END_US);
	facts->netaddr = hvg_netaddr_free(facts->netaddr);
}

static int resolve(struct hvg_job *base)
{
	struct resolve_job *job = (struct resolve_job *)base;

	hvg_fqdn_resolve(job->fqdn);
	return 0;
}

static void resolved(struct hvg_job *base, int result)
{
	struct resolve_job *job = (struct resolve_job *)base;
	struct kvpd_facts *facts = job->facts;

	facts->is_resolving = false;
	if (result >= 0) {
		memcpy(facts->fqdn, job->fqdn, sizeof(facts->fqdn));
		memcpy(facts->resolved_for, job->host_name, sizeof(facts->resolved_for));
	}
	free(job);
}

static bool must_resolve(const struct kvpd_facts *facts)
{
	return !facts->is_resolving &&
	       (strcmp(facts->resolved_for, facts->sysinfo.kernel.nodename) != 0 ||
		       facts->resolved_generation != hvg_netaddr_generation(facts->netaddr) ||
		       now_us() - facts->resolved_us > RESOLVE_AGAIN_US);
}

static void begin_resolving(struct kvpd_facts *facts)
{
	struct resolve_job *job = calloc(1, sizeof(*job));

	if (!job)
		return;
	job->job = (struct hvg_job){ .run = resolve, .done = resolved };
	job->facts = facts;
	snprintf(job->host_name, sizeof(job->host_name), "%s", facts->sysinfo.kernel.nodename);
	facts->resolved_generation = hvg_netaddr_generation(facts->netaddr);
	facts->resolved_us = now_us();
	if (hvg_worker_submit(facts->resolver, &job->job) < 0)
		free(job);
	else
		facts->is_resolving = true;
}

void kvpd_facts_refresh(struct kvpd_facts *facts)
{
	int r = hvg_netaddr_refresh(facts->netaddr);

	if (r < 0)
		hvg_log(LOG_WARNING, NULL, "The addresses cannot be read, the last known ones are reported: %s.",
			strerror(-r));
	hvg_sysinfo_refresh(&facts->sysinfo);
	if (must_resolve(facts))
		begin_resolving(facts);
}

struct hvg_kvp_facts kvpd_facts_get(const struct kvpd_facts *facts)
{
	const struct hvg_sysinfo *info = &facts->sysinfo;
	bool is_known = strcmp(facts->resolved_for, info->kernel.nodename) == 0;

	return (struct hvg_kvp_facts){
		.fqdn = is_known ? facts->fqdn : info->kernel.nodename,
		.integration_version = facts->integration_version,
		.kernel_release = info->kernel.release,
		.machine = info->kernel.machine,
		.os_name = info->os.name,
		.os_version_id = info->os.version_id,
		.net = hvg_netaddr_facts(facts->netaddr),
		.exclude = (const char *const *)facts->exclude,
	};
}
