/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_SIGNAL_WORDS_H
#define HVG_HVCTL_SIGNAL_WORDS_H

/*
 * What a daemon tells by a signal, as words of a line: values of the types that our interfaces
 * have. What is of another type, such as a list, is left out.
 */

#include <jansson.h>
#include <systemd/sd-bus.h>

/* Its arguments. The caller gives the array up. */
json_t *signal_arguments(sd_bus_message *message);

/* Of PropertiesChanged: "State=serving" for each property. */
json_t *signal_properties(sd_bus_message *message);

#endif
