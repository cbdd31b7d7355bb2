/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_BASE_CLASSNAME_H
#define HVG_BASE_CLASSNAME_H

/*
 * hvg_vmbus_class_name, for who does without the rest of libhvguest: the GUID in lower case,
 * without braces.
 */
const char *hvg_class_name(const char *guid);

#endif
