// callgrind's client requests, with which a program that runs under it bounds what is counted. They
// are macros of valgrind's header; without valgrind they cost a few instructions and do nothing.
#ifndef HASHMARK_CALLGRIND_REGION_H
#define HASHMARK_CALLGRIND_REGION_H

/// 1 under valgrind, if this was built where valgrind's header is; else 0.
int hashmark_callgrind_present(void);

/// Switches instrumentation on, with empty simulated caches.
void hashmark_callgrind_start(void);
/// Switches it off.
void hashmark_callgrind_stop(void);
/// Switches between counting and only simulating, in which caches change and counts do not.
void hashmark_callgrind_toggle(void);
/// Writes the counts since the last dump to a file of their own, which says `label`; the simulated
/// caches stay as they are.
void hashmark_callgrind_dump(const char *label);

#endif
