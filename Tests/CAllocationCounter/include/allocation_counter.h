// Counts heap allocations per thread by interposing malloc and its family, for tests alone.
#ifndef HASHMARK_ALLOCATION_COUNTER_H
#define HASHMARK_ALLOCATION_COUNTER_H

#include <stdint.h>

/// From now on, every malloc, calloc, realloc and aligned allocation of the calling thread adds one
/// to `*slot` (a relaxed atomic: another thread may read it); null stops the counting.
void hashmark_count_allocations(uint64_t *slot);

/// Reads a slot that another thread may be counting into.
uint64_t hashmark_read_allocations(const uint64_t *slot);

#endif
