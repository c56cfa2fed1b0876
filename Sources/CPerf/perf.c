#include "perf.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert(sizeof(struct perf_event_attr) >= PERF_ATTR_SIZE_VER5,
               "the fields that Counters fills in are in every kernel header since 4.1");

int hashmark_perf_event_open(struct perf_event_attr *attributes, int thread, int cpu, int group) {
    long fd = syscall(SYS_perf_event_open, attributes, thread, cpu, group, PERF_FLAG_FD_CLOEXEC);
    return fd < 0 ? -errno : (int)fd;
}

int hashmark_perf_enable(int leader) {
    return ioctl(leader, PERF_EVENT_IOC_ENABLE, PERF_IOC_FLAG_GROUP) < 0 ? -errno : 0;
}

int hashmark_probe_clock_sampling(int without_kernel) {
    struct perf_event_attr attributes = {
        .type = PERF_TYPE_SOFTWARE,
        .size = sizeof(struct perf_event_attr),
        .config = PERF_COUNT_SW_CPU_CLOCK,
        .sample_freq = 997,
        .sample_type = PERF_SAMPLE_IP,
        .disabled = 1,
        .exclude_kernel = without_kernel != 0,
        .exclude_hv = without_kernel != 0,
        .freq = 1,
    };
    int fd = hashmark_perf_event_open(&attributes, 0, -1, -1);
    if (fd < 0) return fd;
    close(fd);
    return 0;
}
