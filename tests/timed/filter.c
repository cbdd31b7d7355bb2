// SPDX-License-Identifier: LGPL-2.1-or-later

/* A few instructions of BPF (seccomp(2), seccomp_unotify(2)). */

#include "timed/filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/ptp_clock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#else
#error "which architecture is this, in <linux/audit.h>?"
#endif

#define LOAD(member)        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define UNLESS(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (skip))
#define RETURN(action)      BPF_STMT(BPF_RET | BPF_K, (action))
#define ASK(call)           UNLESS(call, 1), RETURN(SECCOMP_RET_USER_NOTIF)

int filter_install(void)
{
	struct sock_filter rules[] = {
		LOAD(arch),
		UNLESS(NATIVE, 1),
		BPF_STMT(BPF_JMP | BPF_JA, 1),
		RETURN(SECCOMP_RET_KILL_PROCESS), /* another table of calls would be a way
						     around */
		LOAD(nr),
		ASK(SYS_clock_adjtime),
		ASK(SYS_adjtimex),
		ASK(SYS_clock_settime),
		ASK(SYS_settimeofday),
		UNLESS(SYS_ioctl, 3),
		LOAD(args[1]), /* the low half comes first on both */
		UNLESS(PTP_SYS_OFFSET, 1),
		RETURN(SECCOMP_RET_USER_NOTIF),
		RETURN(SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(rules) / sizeof(rules[0]), rules };
	int fd;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
	return fd < 0 ? -errno : fd;
}
