// Waiting for less than a millisecond: calls that Swift's Glibc module does not import.
#ifndef HASHMARK_CLINUX_PRECISE_WAIT_H
#define HASHMARK_CLINUX_PRECISE_WAIT_H

#include <stdint.h>

/// ppoll(2) for reading on one descriptor, at most `nanoseconds` long. 1 when it is readable.
int hashmark_wait_readable(int fd, int64_t nanoseconds);

/// prctl(PR_SET_TIMERSLACK): by how much the calling thread's sleeps may be late. 0 or -errno.
int hashmark_set_timer_slack(unsigned long nanoseconds);

#endif
