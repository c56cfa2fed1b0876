// perf_event_open(2): the call has no wrapper in the C library, and its ioctls are macros. Apart
// from CLinux, whose _GNU_SOURCE changes types that Foundation also imports.
#ifndef HASHMARK_CPERF_H
#define HASHMARK_CPERF_H

#include <linux/perf_event.h>
#include <stdint.h>

/// The descriptor, or -errno. Close-on-exec.
int hashmark_perf_event_open(struct perf_event_attr *attributes, int thread, int cpu, int group);

/// PERF_EVENT_IOC_ENABLE on a group's leader and its members: 0 or -errno.
int hashmark_perf_enable(int leader);

/// Whether the calling thread may be sampled by the CPU's clock, in the kernel as well unless
/// `without_kernel`: opens the event and closes it again. 0 or -errno.
int hashmark_probe_clock_sampling(int without_kernel);

#endif
