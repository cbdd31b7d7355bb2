/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_FILTER_H
#define HVG_HVCTL_FILTER_H

/*
 * What is kept of files that say more than anybody here wants to know. Each function makes a
 * text of the file's bytes, in place; there is room for one byte more, and for 512 at least.
 */

#include <stddef.h>

/* Everything; NULs become line feeds (which is how /proc separates arguments), the last one
 * goes. */
void fact_text_tidy(char *bytes, size_t size);

/* The lines that … */
void filter_interrupts(
	char *bytes, size_t size); /* … are Hyper-V's in /proc/interrupts, and the header */
void filter_meminfo(char *bytes, size_t size); /* … tell how much memory there is */
void filter_os_release(char *bytes, size_t size);
void filter_chrony(char *bytes, size_t size); /* … tell chronyd of a clock */
void filter_fstab(char *bytes, size_t size); /* … mount something by a name that may change */
void filter_crypttab(char *bytes, size_t size); /* … unlock something by such a name */
void filter_udev(char *bytes, size_t size); /* … are about what is looked for here */
void filter_mounts(char *bytes, size_t size); /* … mount a device */
void filter_input(char *bytes, size_t size);  /* … name input devices and their handlers */

/* A variable of EFI: its bytes behind the attributes, as hexadecimal digits. */
void filter_efi_variable(char *bytes, size_t size);

/* The certificate authorities that an EFI signature database trusts, of those that matter here.
 */
void filter_authorities(char *bytes, size_t size);

/* Lines of the kernel's log that tell of Hyper-V, or of trouble known from there; no levels. */
void filter_kernel_log(char *bytes, size_t size);

#endif
