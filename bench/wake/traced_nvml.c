/* SPDX-FileCopyrightText: 2026 The green-qwen authors
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The simulated NVML library, which also writes down when clocks are locked and reset: lines 'lock NS' and
 * 'reset NS', of the monotonic clock at the moment of the call, into the file WAKE_TRACE.
 */
#define nvmlDeviceSetGpuLockedClocks untraced_lock
#define nvmlDeviceResetGpuLockedClocks untraced_reset
#include "../../sim/nvml/nvml_sim.c"
#undef nvmlDeviceSetGpuLockedClocks
#undef nvmlDeviceResetGpuLockedClocks
#include <fcntl.h>

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void trace(const char *what, int64_t at_ns)
{
    static int file = -1;
    const char *path = getenv("WAKE_TRACE");
    if (file < 0 && path != NULL)
        file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (file >= 0)
        dprintf(file, "%s %lld\n", what, (long long)at_ns);
}

API nvmlReturn_t nvmlDeviceSetGpuLockedClocks(nvmlDevice_t device, unsigned int low_mhz, unsigned int high_mhz)
{
    nvmlReturn_t result = untraced_lock(device, low_mhz, high_mhz);
    trace("lock", now_ns());
    return result;
}

API nvmlReturn_t nvmlDeviceResetGpuLockedClocks(nvmlDevice_t device)
{
    int64_t called_ns = now_ns();
    nvmlReturn_t result = untraced_reset(device);
    trace("reset", called_ns);
    return result;
}
