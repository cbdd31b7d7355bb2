// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Wherever the facts come from, what follows is the same.
 */

#include "hvctl/subject.h"

#include "hvctl/facts/collect.h"
#include "hvctl/facts/recording.h"

#include "base/cleanup.h"
#include "os/mounts.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static int complain_of_memory(void)
{
	hvctl_complain("out of memory");
	return HVCTL_WRONG;
}

static int look_at(struct subject *subject, const char *root, unsigned int wanted)
{
	return facts_collect(root, wanted, &subject->facts) < 0 ? complain_of_memory()
								: HVCTL_OK;
}

static int read_recording(struct subject *subject, const char *path)
{
	_cleanup_free_ char *text = NULL;
	unsigned int line;
	size_t size;
	int r = hvg_file_read(path, &text, &size);

	if (r < 0) {
		hvctl_complain("%s: %s", path, strerror(-r));
		return HVCTL_WRONG;
	}
	subject->facts = facts_new();
	if (!subject->facts)
		return complain_of_memory();
	r = recording_parse(text, subject->facts, &line);
	if (r == -EBADMSG) {
		hvctl_complain("%s: line %u is none of a recorded guest", path, line);
		return HVCTL_WRONG;
	}
	return r < 0 ? complain_of_memory() : HVCTL_OK;
}

static int collect(struct subject *subject, const char *from, unsigned int wanted)
{
	struct stat status;

	if (!from)
		return look_at(subject, "", wanted);
	if (stat(from, &status) == 0 && S_ISDIR(status.st_mode))
		return look_at(subject, from, wanted);
	return read_recording(subject, from);
}

int subject_open(struct subject *subject, const char *from, unsigned int wanted)
{
	int code;

	*subject = (struct subject){ 0 };
	code = collect(subject, from, wanted);
	if (code != HVCTL_OK)
		return code;
	if (guest_init(&subject->guest, subject->facts) < 0)
		return complain_of_memory();
	if (guest_is_hyperv(subject->facts))
		return HVCTL_OK;
	if (!from)
		return hvctl_is_no_guest();
	hvctl_complain("%s: this is not a Hyper-V guest", from);
	return HVCTL_NOT_HYPERV;
}

void subject_done(struct subject *subject)
{
	guest_done(&subject->guest);
	subject->facts = facts_free(subject->facts);
}
