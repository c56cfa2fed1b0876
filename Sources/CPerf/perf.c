#include "perf.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert(sizeof(struct perf_event_attr) >= PERF_ATTR_SIZE_VER5,
               "the fields that are filled in are in every kernel header since 4.1");

int hashmark_perf_event_open(struct perf_event_attr *attributes, int thread, int cpu, int group) {
    long fd = syscall(SYS_perf_event_open, attributes, thread, cpu, group, PERF_FLAG_FD_CLOEXEC);
    return fd < 0 ? -errno : (int)fd;
}

int hashmark_perf_enable(int leader) {
    return ioctl(leader, PERF_EVENT_IOC_ENABLE, PERF_IOC_FLAG_GROUP) < 0 ? -errno : 0;
}

int hashmark_perf_disable(int leader) {
    return ioctl(leader, PERF_EVENT_IOC_DISABLE, PERF_IOC_FLAG_GROUP) < 0 ? -errno : 0;
}
