// Processor instructions that Swift does not reach: prefetch hints and the SSE2 group match.
// Everything is `static inline`, so that it inlines into Swift callers. No logic lives here.
#ifndef HASHMARK_CINTRINSICS_H
#define HASHMARK_CINTRINSICS_H

#include <stdint.h>

/// Asks for the line at `address` to be read into every cache level. A hint: never faults.
static inline void hashmark_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }

#if defined(__SSE2__)
#include <emmintrin.h>

/// Bit i of the result is set where byte i of the 8 bytes at `group` equals `tag` (SSE2).
static inline uint32_t hashmark_match8_sse2(const void *group, uint8_t tag) {
    __m128i bytes = _mm_loadl_epi64((const __m128i *)group);
    return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8((char)tag))) & 0xff;
}
static inline int hashmark_has_sse2(void) { return 1; }
#else
static inline uint32_t hashmark_match8_sse2(const void *group, uint8_t tag) {
    const uint8_t *bytes = (const uint8_t *)group;
    uint32_t mask = 0;
    for (int i = 0; i < 8; i++) mask |= (uint32_t)(bytes[i] == tag) << i;
    return mask;
}
static inline int hashmark_has_sse2(void) { return 0; }
#endif

#endif
