// Processor instructions that Swift does not reach: prefetch hints and the SSE2 group match.
// Everything is `static inline`, so that it inlines into Swift callers. No logic lives here.
#ifndef HASHMARK_CINTRINSICS_H
#define HASHMARK_CINTRINSICS_H

#include <stdint.h>

/// Asks for the line at `address` to be read into every cache level. A hint: never faults.
static inline void hashmark_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }

#if defined(__SSE2__)
// Vector extensions rather than <emmintrin.h>: as a Clang module that header brings <stdlib.h> and
// with it a second definition of what CLinux already imports.
typedef signed char hashmark_bytes16 __attribute__((vector_size(16)));
typedef uint64_t hashmark_words2 __attribute__((vector_size(16)));

/// Bit i of the result is set where byte i of the 8 bytes at `group` equals `tag` (SSE2:
/// pcmpeqb, pmovmskb).
static inline uint32_t hashmark_match8_sse2(const void *group, uint8_t tag) {
    uint64_t word;
    __builtin_memcpy(&word, group, sizeof word);
    hashmark_bytes16 bytes = (hashmark_bytes16)(hashmark_words2){word, 0};
    hashmark_bytes16 tags = (hashmark_bytes16){} + (signed char)tag;
    return (uint32_t)__builtin_ia32_pmovmskb128((hashmark_bytes16)(bytes == tags)) & 0xff;
}

/// As above, of the 16 bytes at `group`, which need not be aligned.
static inline uint32_t hashmark_match16_sse2(const void *group, uint8_t tag) {
    hashmark_bytes16 bytes;
    __builtin_memcpy(&bytes, group, sizeof bytes);
    hashmark_bytes16 tags = (hashmark_bytes16){} + (signed char)tag;
    return (uint32_t)__builtin_ia32_pmovmskb128((hashmark_bytes16)(bytes == tags));
}

/// Bit i of the result is the top bit of byte i of the 16 bytes at `group` (SSE2: pmovmskb).
static inline uint32_t hashmark_signs16_sse2(const void *group) {
    hashmark_bytes16 bytes;
    __builtin_memcpy(&bytes, group, sizeof bytes);
    return (uint32_t)__builtin_ia32_pmovmskb128(bytes);
}
#else
static inline uint32_t hashmark_match8_sse2(const void *group, uint8_t tag) {
    const uint8_t *bytes = (const uint8_t *)group;
    uint32_t mask = 0;
    for (int i = 0; i < 8; i++) mask |= (uint32_t)(bytes[i] == tag) << i;
    return mask;
}

static inline uint32_t hashmark_match16_sse2(const void *group, uint8_t tag) {
    const uint8_t *bytes = (const uint8_t *)group;
    uint32_t mask = 0;
    for (int i = 0; i < 16; i++) mask |= (uint32_t)(bytes[i] == tag) << i;
    return mask;
}

static inline uint32_t hashmark_signs16_sse2(const void *group) {
    const uint8_t *bytes = (const uint8_t *)group;
    uint32_t mask = 0;
    for (int i = 0; i < 16; i++) mask |= (uint32_t)(bytes[i] >> 7) << i;
    return mask;
}
#endif

#endif
