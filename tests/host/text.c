// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The host's text: iconv(3) between UTF-8 and UTF-16LE, so that the double owes nothing to the
 * conversions it tests. Ill-formed text in a scenario is the scenario's fault; ill-formed text
 * from the guest shows as '?'.
 */

#include "host/host.h"

#include <iconv.h>
#include <string.h>

/* Converts as much as fits; returns the bytes written. */
static size_t convert(const char *to, const char *from, const void *text, size_t size,
	void *ret, size_t ret_size)
{
	iconv_t conversion = iconv_open(to, from);
	char *in = (char *)(uintptr_t)text, *out = ret;
	size_t left = ret_size;

	while (size > 0 && iconv(conversion, &in, &size, &out, &left) == (size_t)-1) {
		if (size < 2 || left == 0)
			break;
		*out++ = '?';
		in += 2;
		size -= 2;
		left--;
	}
	(void)iconv_close(conversion);
	return ret_size - left;
}

uint32_t host_put_text(uint16_t *ret_units, size_t n_units, const char *text)
{
	size_t size =
		convert("UTF-16LE", "UTF-8", text, strlen(text), ret_units, 2 * (n_units - 1));

	ret_units[size / 2] = 0;
	return (uint32_t)size + 2;
}

void host_take_text(const uint16_t *units, size_t n_units, char *ret, size_t ret_size)
{
	size_t n = 0;

	while (n < n_units && units[n])
		n++;
	n = convert("UTF-8", "UTF-16LE", units, 2 * n, ret, ret_size - 1);
	ret[n] = '\0';
}
