/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_PORTS_H
#define HVG_TESTS_HOST_VM_PORTS_H

/* The I/O ports: serial console, CMOS clock, and the ways to switch a machine off or reset it.
 */

#include "host/vm/cmos.h"
#include "host/vm/uart.h"

#include <time.h>

enum ports_end {
	PORTS_RUN,
	PORTS_OFF,
	PORTS_RESET,
};

struct ports {
	struct uart uart;
	time_t (*now)(void *userdata); /* the host's clock */
	void *userdata;

	struct cmos cmos;
	uint8_t cmos_index;
	uint16_t pm_enable, pm_control;
	enum ports_end end; /* what the guest has done to itself */
};

/* size: 1, 2 or 4 */
void ports_out(struct ports *ports, uint16_t port, unsigned int size, uint32_t value);
uint32_t ports_in(struct ports *ports, uint16_t port, unsigned int size);

#endif
