// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A disk is asked itself how large it is: the kernel asks when it finds one, and when it is told
 * to. A disk that has changed says so to whoever comes first, instead of an answer.
 */

#include "hvctl/facts/asks.h"

#include "format/volume.h"

#include <scsi/sg.h>
#include <string.h>
#include <sys/ioctl.h>

/* SBC-4, 5.20 */
#define READ_CAPACITY_16 0x9e
#define READ_CAPACITY_SA 0x10

#define TRIES            3
#define TIMEOUT_MS       60000 /* a host may pause a disk; giving up makes Linux reset it */

static bool read_capacity(int fd, uint8_t ret[static HVG_SCSI_CAPACITY_SIZE])
{
	uint8_t command[16] = { READ_CAPACITY_16, READ_CAPACITY_SA, [13] = HVG_SCSI_CAPACITY_SIZE };
	uint8_t sense[32];
	struct sg_io_hdr request = {
		.interface_id = 'S',
		.dxfer_direction = SG_DXFER_FROM_DEV,
		.cmdp = command,
		.cmd_len = sizeof(command),
		.dxferp = ret,
		.dxfer_len = HVG_SCSI_CAPACITY_SIZE,
		.sbp = sense,
		.mx_sb_len = sizeof(sense),
		.timeout = TIMEOUT_MS,
	};

	memset(ret, 0, HVG_SCSI_CAPACITY_SIZE);
	return ioctl(fd, SG_IO, &request) == 0 && (request.info & SG_INFO_OK_MASK) == SG_INFO_OK;
}

uint64_t ask_capacity(int fd)
{
	uint8_t answer[HVG_SCSI_CAPACITY_SIZE];

	for (int i = 0; i < TRIES; i++)
		if (read_capacity(fd, answer))
			return hvg_scsi_bytes(answer, sizeof(answer));
	return 0;
}
