// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * As much of a 16550A as Linux's 8250 driver looks at: what its probe reads back, and the
 * interrupt by which user space's output goes on. Registers and bits as in the data sheet of
 * the PC16550D.
 */

#include "host/vm/uart.h"

enum {
	REG_DATA,
	REG_IER,
	REG_IIR_FCR,
	REG_LCR,
	REG_MCR,
	REG_LSR,
	REG_MSR,
	REG_SCRATCH,
};

#define IER_MASK    0x0f
#define IER_EMPTY   0x02
#define IIR_NONE    0x01
#define IIR_EMPTY   0x02
#define IIR_FIFOS   0xc0
#define FCR_ENABLE  0x01
#define LCR_DIVISOR 0x80
#define MCR_DTR     0x01
#define MCR_RTS     0x02
#define MCR_OUT1    0x04
#define MCR_OUT2    0x08
#define MCR_LOOP    0x10
#define LSR_EMPTY   0x60 /* holding and shift register */
#define MSR_CTS     0x10
#define MSR_DSR     0x20
#define MSR_RI      0x40
#define MSR_DCD     0x80

static void update_irq(struct uart *uart)
{
	bool level = (uart->ier & IER_EMPTY) && uart->says_empty;

	if (level == uart->level)
		return;
	uart->level = level;
	uart->set_irq(uart->userdata, level);
}

/* The line falls in between, because the interrupt is edge-triggered. */
static void send(struct uart *uart, uint8_t byte)
{
	uart->says_empty = false;
	update_irq(uart);
	if (!(uart->mcr & MCR_LOOP))
		uart->send(uart->userdata, byte);
	uart->says_empty = true;
	update_irq(uart);
}

static void set_ier(struct uart *uart, uint8_t value)
{
	if (!(uart->ier & IER_EMPTY) && (value & IER_EMPTY))
		uart->says_empty = true;
	uart->ier = value & IER_MASK;
	update_irq(uart);
}

void uart_write(struct uart *uart, unsigned int reg, uint8_t value)
{
	bool is_divisor = (uart->lcr & LCR_DIVISOR) && reg <= REG_IER;

	if (is_divisor)
		uart->divisor[reg] = value;
	else if (reg == REG_DATA)
		send(uart, value);
	else if (reg == REG_IER)
		set_ier(uart, value);
	else if (reg == REG_IIR_FCR)
		uart->fcr = value;
	else if (reg == REG_LCR)
		uart->lcr = value;
	else if (reg == REG_MCR)
		uart->mcr = value;
	else if (reg == REG_SCRATCH)
		uart->scratch = value;
}

/* Reading it is what takes the interrupt back. */
static uint8_t read_iir(struct uart *uart)
{
	uint8_t fifos = uart->fcr & FCR_ENABLE ? IIR_FIFOS : 0;

	if (!uart->level)
		return IIR_NONE | fifos;
	uart->says_empty = false;
	update_irq(uart);
	return IIR_EMPTY | fifos;
}

static uint8_t read_msr(const struct uart *uart)
{
	uint8_t msr = 0;

	if (!(uart->mcr & MCR_LOOP))
		return MSR_CTS | MSR_DSR | MSR_DCD;
	msr |= uart->mcr & MCR_RTS ? MSR_CTS : 0;
	msr |= uart->mcr & MCR_DTR ? MSR_DSR : 0;
	msr |= uart->mcr & MCR_OUT1 ? MSR_RI : 0;
	msr |= uart->mcr & MCR_OUT2 ? MSR_DCD : 0;
	return msr;
}

uint8_t uart_read(struct uart *uart, unsigned int reg)
{
	if ((uart->lcr & LCR_DIVISOR) && reg <= REG_IER)
		return uart->divisor[reg];
	switch (reg) {
	case REG_DATA:
		return 0;
	case REG_IER:
		return uart->ier;
	case REG_IIR_FCR:
		return read_iir(uart);
	case REG_LCR:
		return uart->lcr;
	case REG_MCR:
		return uart->mcr;
	case REG_LSR:
		return LSR_EMPTY;
	case REG_MSR:
		return read_msr(uart);
	default:
		return uart->scratch;
	}
}
