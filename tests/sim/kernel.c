// SPDX-License-Identifier: LGPL-2.1-or-later

#include "sim/kernel.h"

#include <errno.h>

#define READ_ONLY                                                                              \
	(STA_PPSSIGNAL | STA_PPSJITTER | STA_PPSWANDER | STA_PPSERROR | STA_CLOCKERR |         \
		STA_NANO | STA_MODE | STA_CLK)
#define ERROR_MAX           16000000
#define FREQUENCY_MAX       (500 * 65536)
#define NSEC_PER_SEC        1000000000

/* ADJ_ADJTIME and ADJ_OFFSET_READONLY of the kernel, which libc hides in its own constants. */
#define ADJ_ADJTIME         0x8000
#define ADJ_OFFSET_READONLY 0x2000

void sim_kernel_init(struct sim_kernel *kernel)
{
	*kernel = (struct sim_kernel){
		.status = STA_UNSYNC,
		.tick = 10000,
		.max_error = ERROR_MAX,
		.error = ERROR_MAX,
		.has_right = true,
	};
}

static int validate(const struct sim_kernel *kernel, const struct timex *timex)
{
	bool is_look = timex->modes == 0 ||
		timex->modes == (ADJ_ADJTIME | ADJ_OFFSET_SINGLESHOT | ADJ_OFFSET_READONLY);

	if (!is_look && !kernel->has_right)
		return -EPERM;
	if (timex->modes & ADJ_ADJTIME)
		return timex->modes & ADJ_OFFSET_SINGLESHOT ? 0 : -EINVAL;
	if (timex->modes & ADJ_TICK && (timex->tick < 9000 || timex->tick > 11000))
		return -EINVAL;
	if (timex->modes & ADJ_SETOFFSET &&
		(timex->time.tv_usec < 0 ||
			timex->time.tv_usec >=
				(timex->modes & ADJ_NANO ? NSEC_PER_SEC : 1000000)))
		return -EINVAL;
	return 0;
}

/* timekeeping_inject_offset ends with ntp_clear. */
static void set(struct sim_kernel *kernel, const struct timex *timex)
{
	int64_t ns = timex->time.tv_usec * (timex->modes & ADJ_NANO ? 1 : 1000);

	kernel->set_ns += timex->time.tv_sec * (int64_t)NSEC_PER_SEC + ns;
	kernel->n_sets++;
	kernel->status |= STA_UNSYNC;
	kernel->max_error = kernel->error = ERROR_MAX;
	kernel->offset_left_ns = kernel->adjtime_left_us = 0;
}

static long within(long value, long smallest, long largest)
{
	return value < smallest ? smallest : value > largest ? largest : value;
}

static void process(struct sim_kernel *kernel, const struct timex *timex)
{
	if (timex->modes & ADJ_STATUS)
		kernel->status = (kernel->status & READ_ONLY) | (timex->status & ~READ_ONLY);
	if (timex->modes & ADJ_NANO)
		kernel->status |= STA_NANO;
	if (timex->modes & ADJ_FREQUENCY)
		kernel->frequency = within(timex->freq, -FREQUENCY_MAX, FREQUENCY_MAX);
	if (timex->modes & ADJ_MAXERROR)
		kernel->max_error = within(timex->maxerror, 0, ERROR_MAX);
	if (timex->modes & ADJ_ESTERROR)
		kernel->error = within(timex->esterror, 0, ERROR_MAX);
	if (timex->modes & ADJ_OFFSET && kernel->status & STA_PLL)
		kernel->offset_left_ns = timex->offset * (kernel->status & STA_NANO ? 1 : 1000);
	if (timex->modes & ADJ_TICK)
		kernel->tick = timex->tick;
}

static void tell(const struct sim_kernel *kernel, struct timex *ret)
{
	ret->offset = kernel->offset_left_ns / (kernel->status & STA_NANO ? 1 : 1000);
	ret->freq = kernel->frequency;
	ret->maxerror = kernel->max_error;
	ret->esterror = kernel->error;
	ret->status = kernel->status;
	ret->tick = kernel->tick;
}

int sim_kernel_adjust(struct sim_kernel *kernel, struct timex *timex)
{
	int r = validate(kernel, timex);

	if (r < 0)
		return r;
	kernel->n_changes += timex->modes != 0;
	if (timex->modes & ADJ_ADJTIME) {
		kernel->adjtime_left_us = timex->offset;
	} else {
		if (timex->modes & ADJ_SETOFFSET)
			set(kernel, timex);
		process(kernel, timex);
	}
	tell(kernel, timex);
	return kernel->status & STA_UNSYNC ? TIME_ERROR : TIME_OK;
}

double sim_kernel_rate_ppb(const struct sim_kernel *kernel)
{
	return (double)(kernel->tick - 10000) * 100e3 + (double)kernel->frequency / 65.536;
}
