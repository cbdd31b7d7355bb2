/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_FCOPY_H
#define HVG_HVCTL_FCOPY_H

#include "hvctl/hvctl.h"

#include <stdint.h>

#define FCOPY_SERVICE	"org.hvguest.FileCopy1"
#define FCOPY_PATH	"/org/hvguest/FileCopy1"
#define FCOPY_INTERFACE "org.hvguest.FileCopy1"

extern const struct hvctl_service fcopy_service;

/* What hv-fcopyd is doing. The caller frees state, device and path. */
struct fcopy_state {
	char *state, *device, *path; /* of the file; "" if none is coming */
	int active;
	uint64_t done, total, copied;
};

/* An exit code; anything but HVCTL_OK has been told. */
int fcopy_read_state(struct hvctl *hvctl, struct fcopy_state *ret);
void fcopy_state_done(struct fcopy_state *state);

/* "3 s", "2 min 5 s" */
#define FCOPY_SPAN_SIZE 32
void fcopy_render_span(uint64_t seconds, char ret[static FCOPY_SPAN_SIZE]);

/* fcopy-watch.c */
int fcopy_watch(struct hvctl *hvctl, int argc, char *argv[]);

#endif
