#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "precise_wait.h"

#include <errno.h>
#include <poll.h>
#include <sys/prctl.h>
#include <time.h>

int hashmark_wait_readable(int fd, int64_t nanoseconds) {
    struct pollfd request = {.fd = fd, .events = POLLIN};
    struct timespec time = {
        .tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    return ppoll(&request, 1, &time, 0);
}

int hashmark_set_timer_slack(unsigned long nanoseconds) {
    return prctl(PR_SET_TIMERSLACK, nanoseconds) == 0 ? 0 : -errno;
}
