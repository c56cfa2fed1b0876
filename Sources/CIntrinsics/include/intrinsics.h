// Processor instructions that Swift does not reach: prefetch hints, the SSE2 group matches and sums
// of bytes. Everything is `static inline`, so that it inlines into Swift callers. No logic lives
// here.
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

typedef unsigned char hashmark_octets16 __attribute__((vector_size(16)));

static inline hashmark_octets16 hashmark_load16(const void *bytes) {
    hashmark_octets16 loaded;
    __builtin_memcpy(&loaded, bytes, sizeof loaded);
    return loaded;
}

/// Bit i of the result is set where byte i of the 28 bytes at `group` equals `tag`. Reads 32 bytes.
static inline uint32_t hashmark_match28_sse2(const void *group, uint8_t tag) {
    hashmark_octets16 tags = (hashmark_octets16){} + (unsigned char)tag;
    hashmark_octets16 low = hashmark_load16(group);
    hashmark_octets16 high = hashmark_load16((const char *)group + 16);
    uint32_t first = (uint32_t)__builtin_ia32_pmovmskb128((hashmark_bytes16)(low == tags));
    uint32_t second = (uint32_t)__builtin_ia32_pmovmskb128((hashmark_bytes16)(high == tags));
    return (first | second << 16) & 0x0fffffff;
}

/// What each code stands for: a code below 128 for itself, 255 for 8, the others for 4.
static inline hashmark_octets16 hashmark_lengths16(hashmark_octets16 codes) {
    hashmark_octets16 four = (hashmark_octets16){} + (unsigned char)4;
    hashmark_octets16 last = (hashmark_octets16){} + (unsigned char)255;
    hashmark_octets16 isLarge =
        (hashmark_octets16)((hashmark_bytes16)codes < (hashmark_bytes16){});
    hashmark_octets16 isLast = (hashmark_octets16)(codes == last);
    return (codes & ~isLarge) | ((isLarge & four) + (isLast & four));
}

/// The sum of what the first `count` of the 28 codes at `codes` stand for (SSE2: psadbw).
static inline uint32_t hashmark_lengths28_sse2(const void *codes, uint32_t count) {
    const hashmark_bytes16 first = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    // The last 16 codes, of which four are among the first 16, too.
    const hashmark_bytes16 second = first + (signed char)12;
    const hashmark_bytes16 again = {0, 0, 0, 0, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
    hashmark_bytes16 limit = (hashmark_bytes16){} + (signed char)count;
    hashmark_octets16 low = hashmark_lengths16(hashmark_load16(codes));
    hashmark_octets16 high = hashmark_lengths16(hashmark_load16((const char *)codes + 12));
    low &= (hashmark_octets16)(first < limit);
    high &= (hashmark_octets16)(second < limit) & (hashmark_octets16)again;
    hashmark_words2 sums =
        (hashmark_words2)__builtin_ia32_psadbw128((hashmark_bytes16)low, (hashmark_bytes16){})
        + (hashmark_words2)__builtin_ia32_psadbw128((hashmark_bytes16)high, (hashmark_bytes16){});
    return (uint32_t)(sums[0] + sums[1]);
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

static inline uint32_t hashmark_match28_sse2(const void *group, uint8_t tag) {
    const uint8_t *bytes = (const uint8_t *)group;
    uint32_t mask = 0;
    for (int i = 0; i < 28; i++) mask |= (uint32_t)(bytes[i] == tag) << i;
    return mask;
}

static inline uint32_t hashmark_lengths28_sse2(const void *codes, uint32_t count) {
    const uint8_t *bytes = (const uint8_t *)codes;
    uint32_t sum = 0;
    for (uint32_t i = 0; i < count; i++) sum += bytes[i] < 128 ? bytes[i] : bytes[i] < 255 ? 4 : 8;
    return sum;
}
#endif

#endif
