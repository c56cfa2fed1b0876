// See callgrind_region.h. The package valgrind brings the header; a build without it cannot be
// simulated from the inside, and says so when it is asked to be.
#include "callgrind_region.h"

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>

int hashmark_callgrind_present(void) { return RUNNING_ON_VALGRIND > 0; }
void hashmark_callgrind_start(void) { CALLGRIND_START_INSTRUMENTATION; }
void hashmark_callgrind_stop(void) { CALLGRIND_STOP_INSTRUMENTATION; }
void hashmark_callgrind_toggle(void) { CALLGRIND_TOGGLE_COLLECT; }
void hashmark_callgrind_dump(const char *label) { CALLGRIND_DUMP_STATS_AT(label); }

#else

int hashmark_callgrind_present(void) { return 0; }
void hashmark_callgrind_start(void) {}
void hashmark_callgrind_stop(void) {}
void hashmark_callgrind_toggle(void) {}
void hashmark_callgrind_dump(const char *label) { (void)label; }

#endif
