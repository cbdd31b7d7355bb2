// SPDX-License-Identifier: LGPL-2.1-or-later

/* Ports that nobody is behind read as ones and take everything, as on a PC. */

#include "host/vm/ports.h"
#include "host/vm/layout.h"

#define PM_SCI_ENABLE   0x0001 /* ACPI mode, always on */
#define PM_SLEEP_ENABLE 0x2000
#define KEYBOARD_RESET  0xfe
#define RESET_CPU       0x04 /* of port 0xcf9 */
#define CMOS_INDEX_MASK 0x7f /* the high bit masks NMIs */

static bool is_serial(uint16_t port)
{
	return port >= LAYOUT_PORT_SERIAL && port < LAYOUT_PORT_SERIAL + 8;
}

/* The only state that the tables name is S5. */
static void set_pm_control(struct ports *ports, uint16_t value)
{
	ports->pm_control = value & (uint16_t)~PM_SLEEP_ENABLE;
	if (value & PM_SLEEP_ENABLE)
		ports->end = PORTS_OFF;
}

void ports_out(struct ports *ports, uint16_t port, unsigned int size, uint32_t value)
{
	if (is_serial(port)) {
		uart_write(&ports->uart, port - LAYOUT_PORT_SERIAL, (uint8_t)value);
		return;
	}
	switch (port) {
	case LAYOUT_PORT_CMOS:
		ports->cmos_index = value & CMOS_INDEX_MASK;
		break;
	case LAYOUT_PORT_CMOS + 1:
		cmos_write(&ports->cmos, ports->cmos_index, (uint8_t)value, ports->now(ports->userdata));
		break;
	case LAYOUT_PORT_PM_EVENT + 2:
		ports->pm_enable = (uint16_t)value;
		break;
	case LAYOUT_PORT_PM_CONTROL:
		set_pm_control(ports, (uint16_t)value);
		break;
	case LAYOUT_PORT_ACPI_RESET:
		ports->end = PORTS_RESET;
		break;
	case LAYOUT_PORT_KEYBOARD:
		ports->end = value == KEYBOARD_RESET ? PORTS_RESET : ports->end;
		break;
	case LAYOUT_PORT_RESET:
		ports->end = value & RESET_CPU ? PORTS_RESET : ports->end;
		break;
	default:
		break;
	}
}

uint32_t ports_in(struct ports *ports, uint16_t port, unsigned int size)
{
	if (is_serial(port))
		return uart_read(&ports->uart, port - LAYOUT_PORT_SERIAL);
	switch (port) {
	case LAYOUT_PORT_CMOS + 1:
		return cmos_read(&ports->cmos, ports->cmos_index, ports->now(ports->userdata));
	case LAYOUT_PORT_PM_EVENT:
		return 0;
	case LAYOUT_PORT_PM_EVENT + 2:
		return ports->pm_enable;
	case LAYOUT_PORT_PM_CONTROL:
		return ports->pm_control | PM_SCI_ENABLE;
	default:
		return size == 4 ? UINT32_MAX : (1u << 8 * size) - 1;
	}
}
