// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * One table, read in both directions. Each errno and each name stands in it once.
 */

#include "common/bus-error.h"

#include "base/units.h"
#include "common/line.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PREFIX "org.hvguest.Error."

static const struct {
	int error;
	const char *name;
} names[] = {
	{ -EACCES, PREFIX "AccessDenied" },
	{ -EAGAIN, PREFIX "NotNow" },
	{ -EALREADY, PREFIX "AlreadyDone" },
	{ -EBADMSG, PREFIX "BadMessage" },
	{ -EBUSY, PREFIX "Busy" },
	{ -ECANCELED, PREFIX "Cancelled" },
	{ -EEXIST, PREFIX "Exists" },
	{ -EFBIG, PREFIX "TooLarge" },
	{ -EINVAL, PREFIX "InvalidValue" },
	{ -EIO, PREFIX "InputOutput" },
	{ -EMSGSIZE, PREFIX "TooLong" },
	{ -ENODEV, PREFIX "NoDevice" },
	{ -ENOENT, PREFIX "NotFound" },
	{ -ENOMEM, PREFIX "OutOfMemory" },
	{ -ENOSPC, PREFIX "NoSpace" },
	{ -EOPNOTSUPP, PREFIX "NotSupported" },
	{ -EPERM, PREFIX "NotPermitted" },
	{ -EPROTO, PREFIX "WrongTime" },
	{ -ERANGE, PREFIX "OutOfRange" },
	{ -EROFS, PREFIX "ReadOnly" },
	{ -ESHUTDOWN, PREFIX "Stopping" },
	{ -ESTALE, PREFIX "Outdated" },
	{ -ETIMEDOUT, PREFIX "TimedOut" },
};

const char *hvg_bus_error_name(int error)
{
	for (size_t i = 0; i < HVG_ELEMENTS(names); i++)
		if (names[i].error == error)
			return names[i].name;
	return PREFIX "Failed";
}

int hvg_bus_error_set(sd_bus_error *error, int r, const char *format, ...)
{
	char raw[HVG_LINE_SIZE], text[HVG_LINE_SIZE];
	va_list arguments;

	if (format) {
		va_start(arguments, format);
		(void)vsnprintf(raw, sizeof(raw), format, arguments);
		va_end(arguments);
	}
	/* The bus hangs up on who sends ill-formed UTF-8. */
	hvg_line_escape(format ? raw : strerror(-r), text, sizeof(text));
	(void)sd_bus_error_set(error, hvg_bus_error_name(r), text);
	return r;
}

int hvg_bus_error_get(const sd_bus_error *error)
{
	if (!sd_bus_error_is_set(error))
		return 0;
	for (size_t i = 0; i < HVG_ELEMENTS(names); i++)
		if (strcmp(names[i].name, error->name) == 0)
			return names[i].error;
	return -sd_bus_error_get_errno(error);
}
