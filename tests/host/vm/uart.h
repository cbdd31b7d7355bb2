/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_UART_H
#define HVG_TESTS_HOST_VM_UART_H

/* A 16550A that only sends: each byte is sent at once. Nothing ever comes in. */

#include <stdbool.h>
#include <stdint.h>

struct uart {
	void (*send)(void *userdata, uint8_t byte);
	void (*set_irq)(void *userdata, bool level);
	void *userdata;

	uint8_t ier, fcr, lcr, mcr, scratch, divisor[2];
	bool says_empty; /* the "transmitter is empty" interrupt is pending */
	bool level;
};

void uart_write(struct uart *uart, unsigned int reg, uint8_t value);
uint8_t uart_read(struct uart *uart, unsigned int reg);

#endif
