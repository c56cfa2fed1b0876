/* The host that check.c is to a table: memory that is accounted for, keys that collide, and the
 * oracle, what stands under each key. A fault ends the process.
 */
#ifndef CHECK_HOST_H
#define CHECK_HOST_H

#include "hashmark_table.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *path; /* of the table that is being checked */

#define require(condition, ...) do { if (!(condition)) fail(__LINE__, __VA_ARGS__); } while (0)

static void __attribute__((noreturn, format(printf, 2, 3)))
fail(int line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s: check.c:%d: ", path, line);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    exit(1);
}

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static uint64_t random_state = 1;
static uint64_t draw(uint64_t below) { return mix(random_state += 0x9e3779b97f4a7c15u) % below; }

/* Memory: every block has its size and alignment before it and a mark behind it. */

enum { LIVE = 0x51a7ab1e, MARK = 0x6d };
typedef struct {
    uint64_t state, bytes, alignment;
    void *base;
} header;
static atomic_ullong live_bytes, live_blocks, bytes_ever;

static void *allocate(void *context, size_t bytes, size_t alignment)
{
    (void)context;
    require(bytes > 0, "asks for 0 bytes");
    require(alignment > 0 && alignment <= 4096 && (alignment & (alignment - 1)) == 0,
            "asks for an alignment of %zu", alignment);
    size_t before = alignment < sizeof(header) ? sizeof(header) : alignment;
    char *base = aligned_alloc(before, (before + bytes + 8 + before - 1) / before * before);
    require(base, "no memory");
    char *memory = base + before;
    ((header *)memory)[-1] = (header){LIVE, bytes, alignment, base};
    memset(memory, 0xa5, bytes);
    memset(memory + bytes, MARK, 8);
    live_bytes += bytes;
    bytes_ever += bytes;
    live_blocks++;
    return memory;
}

static void release(void *context, void *memory, size_t bytes, size_t alignment)
{
    (void)context;
    if (memory == NULL) return;
    header *of = &((header *)memory)[-1];
    require(of->state == LIVE, "releases what is not its own, or twice");
    require(of->bytes == bytes && of->alignment == alignment,
            "releases %zu bytes aligned to %zu where it asked for %llu aligned to %llu", bytes,
            alignment, (unsigned long long)of->bytes, (unsigned long long)of->alignment);
    for (int i = 0; i < 8; i++)
        require(((char *)memory)[bytes + i] == MARK, "writes behind a block of %zu bytes", bytes);
    memset(memory, 0x5a, bytes);
    of->state = 0;
    live_bytes -= bytes;
    live_blocks--;
    free(of->base);
}

/* Keys: one empty, all of one byte, longer ones that are zeros up to their number, a very long one.
 * An index knows each by two entries, which differ in every bit. */

enum { KEYS = 4096, LONGEST = 100000, LONGEST_VALUE = 70000 };
enum spread { GOOD, FOUR_OF_A_HASH, LOW_BITS, HIGH_BITS, ONE_HASH };
static enum spread spread;
static unsigned keys; /* how many of them this round has */
static hashmark_bytes key_of[KEYS];

static void make_keys(void)
{
    for (unsigned i = 0; i < KEYS; i++) {
        size_t length = i == 0 ? 0 : i <= 256 ? 1 : i == 300 ? LONGEST : 4 + i % 29;
        char *bytes = calloc(1, length + 1);
        if (i > 0 && i <= 256) bytes[0] = (char)(i - 1);
        if (i > 256) memcpy(bytes + length - 4, &i, 4);
        key_of[i] = (hashmark_bytes){bytes, length};
    }
}

static uint64_t hash_of(unsigned key)
{
    switch (spread) {
    case FOUR_OF_A_HASH: return mix(key / 4 + 1);
    case LOW_BITS: return mix(key + 1) & 0xff;
    case HIGH_BITS: return mix(key + 1) << 56;
    case ONE_HASH: return 0;
    default: return mix(key + 1);
    }
}

static uint64_t entry_of(unsigned key, unsigned variant)
{
    uint64_t number = key * 2 + variant;
    return variant ? ~number : number;
}

static unsigned key_of_entry(uint64_t entry)
{
    uint64_t number = entry >> 63 ? ~entry : entry;
    require(number < 2 * KEYS && (number & 1) == entry >> 63, "makes up an entry: %#llx",
            (unsigned long long)entry);
    return (unsigned)(number / 2);
}

/* The oracle: what stands under each key. */

typedef struct {
    int is_there, is_seen, stays; /* the last two: of an iteration */
    uint64_t entry;               /* of an index */
    unsigned value, length;       /* of a store: what the value is made of */
} truth;
static truth truths[KEYS];
static uint64_t there;
static int64_t inserted = -1; /* the key that is being inserted */

static const hashmark_table_descriptor *descriptor;
static const hashmark_index *idx;
static const hashmark_store *store;
static const hashmark_optional *more;
static void *table;

static void made_of(char *bytes, unsigned seed, unsigned length)
{
    for (unsigned i = 0; i < length; i++) bytes[i] = (char)(seed + i * 7);
}

static void require_value(unsigned key, hashmark_bytes value)
{
    const truth *of = &truths[key];
    require(value.bytes && value.length == of->length, "key %u has a value of %zu bytes, not %u",
            key, value.length, of->length);
    for (unsigned i = 0; i < of->length; i++)
        require(((const char *)value.bytes)[i] == (char)(of->value + i * 7),
                "key %u has another value from byte %u", key, i);
}

static hashmark_bytes host_key(void *context, uint64_t entry)
{
    (void)context;
    unsigned key = key_of_entry(entry);
    require(truths[key].is_there || inserted == key, "asks for key %u, which is gone", key);
    return key_of[key];
}

static uint64_t host_hash(void *context, uint64_t entry)
{
    (void)context;
    return hash_of(key_of_entry(entry));
}

static uint64_t host_hash_key(void *context, const void *key, size_t length)
{
    (void)context;
    unsigned i = 0;
    while (i < KEYS && (key_of[i].length != length || memcmp(key_of[i].bytes, key, length))) i++;
    require(i < KEYS, "asks for the hash of %zu bytes that are no key", length);
    return hash_of(i);
}

static char refusal[200];
static void refuse(void *context, const char *reason)
{
    (void)context;
    snprintf(refusal, sizeof refusal, "%s", reason);
}

static hashmark_host host = {NULL, allocate, release, host_key, host_hash, "", refuse,
                             host_hash_key};

static void *create(const char *options)
{
    refusal[0] = 0;
    host.options = options;
    void *made = idx ? idx->create(&host) : store->create(&host);
    require(made || refusal[0], "refuses the options '%s' without a reason", options);
    return made;
}

static void destroy(void)
{
    if (idx) idx->destroy(table); else store->destroy(table);
    require(live_bytes == 0 && live_blocks == 0, "keeps %llu bytes in %llu blocks",
            (unsigned long long)live_bytes, (unsigned long long)live_blocks);
}

#endif
