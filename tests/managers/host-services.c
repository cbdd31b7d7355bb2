// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The fuse body's ends of Backup and file copy, told by lines what to do.
 */

#include "host-services.h"

#include "host/fuse/body-fcopy.h"
#include "host/fuse/body-vss.h"
#include "host/host.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KERNEL_SECOND_US UINT64_C(1000000)
#define PATIENCE_US	 UINT64_C(60000000)
#define LOOK_US		 10000

static struct body_vss vss = { .kernel_second_us = KERNEL_SECOND_US };
static struct body_fcopy fcopy = { .timeout_us = 30 * KERNEL_SECOND_US };

void services_init(struct server *server)
{
	vss.server = fcopy.server = server;
}

/* Answers "ok" once it is so. */
static void wait_until(bool (*is_so)(void), const char *otherwise)
{
	uint64_t deadline_us = server_now() + PATIENCE_US;

	while (!is_so() && server_now() < deadline_us)
		(void)usleep(LOOK_US);
	puts(is_so() ? "ok" : otherwise);
}

static bool is_there(const char *name)
{
	bool is_there;

	(void)server_lock(vss.server);
	is_there = server_has(vss.server, name);
	server_unlock(vss.server);
	return is_there;
}

static bool is_vss_gone(void)
{
	return !is_there("hv_vss");
}

static bool is_fcopy_gone(void)
{
	return !is_there("hv_fcopy");
}

static bool is_vss_served(void)
{
	return body_vss_is_served(&vss);
}

static bool is_fcopy_served(void)
{
	return body_fcopy_is_served(&fcopy);
}

/* Backup. */

void services_offer_vss(char **rest)
{
	puts(body_vss_offer(&vss) < 0 ? "it cannot be offered" : "ok");
}

void services_wait_for_vss(char **rest)
{
	wait_until(is_vss_served, "nobody serves it");
}

void services_withdraw_vss(char **rest)
{
	(void)body_vss_withdraw(&vss);
	wait_until(is_vss_gone, "it is still open");
}

static uint8_t operation_of(const char *name)
{
	if (strcmp(name, "hot-backup") == 0)
		return VSS_OP_HOT_BACKUP;
	return strcmp(name, "freeze") == 0 ? VSS_OP_FREEZE : VSS_OP_THAW;
}

void services_vss(char **rest)
{
	uint64_t id;

	if (body_vss_send(&vss, operation_of(take(rest)), &id) < 0)
		errx(1, "cannot send");
	printf("0x%08x\n", body_vss_receive(&vss, id, PATIENCE_US));
}

/* File copy. */

void services_offer_fcopy(char **rest)
{
	puts(body_fcopy_offer(&fcopy) < 0 ? "it cannot be offered" : "ok");
}

void services_wait_for_fcopy(char **rest)
{
	wait_until(is_fcopy_served, "nobody serves it");
}

void services_withdraw_fcopy(char **rest)
{
	(void)body_fcopy_withdraw(&fcopy);
	fcopy.was_offered = false;
	wait_until(is_fcopy_gone, "it is still open");
}

static uint32_t exchange(const struct host_fcopy_message *request)
{
	uint64_t id;

	if (body_fcopy_send(&fcopy, request, &id) < 0)
		errx(1, "cannot send");
	return body_fcopy_receive(&fcopy, id, PATIENCE_US);
}

void services_copy(char **rest)
{
	static struct host_fcopy_message request;
	uint64_t left;
	uint32_t status;

	request = (struct host_fcopy_message){ .op = START_FILE_COPY, .flags = CREATE_PATH };
	(void)host_put_text(request.path, W_MAX_PATH, take(rest));
	(void)host_put_text(request.name, W_MAX_PATH, take(rest));
	left = request.file_size = strtoull(take(rest), NULL, 10);
	status = exchange(&request);
	request = (struct host_fcopy_message){ .op = WRITE_TO_FILE };
	for (; left > 0 && status == HV_S_OK; left -= request.size, request.offset += request.size) {
		request.size = left < DATA_FRAGMENT ? (uint32_t)left : DATA_FRAGMENT;
		status = exchange(&request);
	}
	request = (struct host_fcopy_message){ .op = COMPLETE_FCOPY };
	printf("0x%08x\n", status == HV_S_OK ? exchange(&request) : status);
}
