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

/// PERF_EVENT_IOC_DISABLE on the same: 0 or -errno.
int hashmark_perf_disable(int leader);

/// Where the kernel has come to in a ring: whatever it wrote before is visible after this.
static inline uint64_t hashmark_perf_head(struct perf_event_mmap_page *page) {
    return __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
}

/// Gives a ring's bytes before `tail` back to the kernel: they have been read before this.
static inline void hashmark_perf_release(struct perf_event_mmap_page *page, uint64_t tail) {
    __atomic_store_n(&page->data_tail, tail, __ATOMIC_RELEASE);
}

#endif
