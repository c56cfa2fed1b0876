/* hashmark_table.h: a hash table of yours, measured as Hashmark measures its own.
 *
 * A shared object exports one descriptor, `hashmark_table`, and is used wherever a table's name
 * stands: `foreign:./mine.so`. There are two ways in:
 *
 *   index   keeps entries of 8 bytes, each under the hash of a key. Hashmark owns keys, values,
 *           expiries and eviction; the index asks for an entry's key to compare it.
 *   store   owns keys and values. It has no expiries: commands that need them are refused.
 *
 *     hashmark_table (descriptor) ──┬── index: create find insert erase each destroy count
 *                                   └── store: create get   put    erase each destroy count
 *                                       and, of both, what is optional: NULL where it is missing.
 *
 * Rules
 *   - One thread at a time calls a table, unless it says HASHMARK_READERS or HASHMARK_WRITERS; then
 *     `allocate` and `release` may be called by several at once, too.
 *   - Memory comes from the host's `allocate` and goes back to `release`, so that bytes are exact.
 *     What is taken elsewhere is to be told by `foreign_bytes`, or is measured by RSS alone.
 *   - Keys are any bytes, the empty key and those with NUL among them, of 0 to 2^32 - 1 bytes.
 *   - `hash` is the hash of the key by Hashmark's function (SipHash-1-2 or wide), the same for the
 *     life of the table; a table may hash keys by a function of its own instead.
 *   - What is NULL is said to be missing, never imitated: without `scan` SCAN is refused, without
 *     `random` RANDOMKEY and eviction, without `find_many` batches are looked up one by one.
 */
#ifndef HASHMARK_TABLE_H
#define HASHMARK_TABLE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Changes when a table that was compiled against the earlier one cannot be used any more. */
#define HASHMARK_TABLE_VERSION 1

typedef struct {
    const void *bytes;
    size_t length;
} hashmark_bytes;

/* A key to look up. */
typedef struct {
    uint64_t hash;
    const void *key;
    size_t length;
} hashmark_query;

/* What Hashmark hands to a table; valid as long as the table. */
typedef struct hashmark_host {
    void *context; /* the first argument of each function here */

    /* `bytes` > 0, `alignment` a power of two up to 4096. Never NULL: where there is no memory the
     * process ends. */
    void *(*allocate)(void *context, size_t bytes, size_t alignment);
    /* `bytes` and `alignment` as they were asked for. NULL is allowed. */
    void (*release)(void *context, void *memory, size_t bytes, size_t alignment);

    /* Index only: the key of an entry that the index holds, and the hash under which it was
     * inserted (computed anew from the key: keep it if that is too slow). */
    hashmark_bytes (*key)(void *context, uint64_t entry);
    uint64_t (*hash)(void *context, uint64_t entry);

    /* What stands behind the `?` of `foreign:PATH?...`, as `a=1&b=2`; "" without. */
    const char *options;
    /* Says why `create` returns NULL: one line, copied. */
    void (*refuse)(void *context, const char *reason);

    /* The hash of any key, as it comes beside the key: for a store that moves keys and has not kept
     * their hashes. */
    uint64_t (*hash_key)(void *context, const void *key, size_t length);
} hashmark_host;

/* What both may have besides; each may be NULL. */
typedef struct {
    /* Asks for the memory that a look-up of `hash` reads first, and does not wait for it. */
    void (*prefetch)(void *table, uint64_t hash);
    /* One step of a resize that is under way or due; nonzero while there is more to do. Without
     * it each resize ends in the call that began it. */
    int (*resize_step)(void *table);
    /* A uniformly chosen number in `draw`: the index of the entry (see `scan` for `visit`) that it
     * chooses, or a nearby one. Visits exactly one entry; none of an empty table. */
    void (*random)(void *table, uint64_t draw, void (*visit)(void *to, uint64_t entry,
                   hashmark_bytes key, hashmark_bytes value), void *to);
    /* Visits what is at `cursor` (0 at first) and returns the next one, 0 at the end. An entry
     * that is there from the first call to the last is visited at least once, whatever is inserted
     * or erased in between. An index gives `entry` and leaves key and value empty; a store gives
     * key and value, and `entry` 0. Returned cursors are below 2^50, for the slot of a cluster has
     * to go beside them. Any may come: they are the clients', also from a time when the table was
     * larger. */
    uint64_t (*scan)(void *table, uint64_t cursor, void (*visit)(void *to, uint64_t entry,
                     hashmark_bytes key, hashmark_bytes value), void *to);
    /* Places for entries without another resize: what the load factor is of. */
    uint64_t (*capacity)(const void *table);
    /* Adds to `lengths[i]`, i below `count`, how many entries a look-up finds with i + 1 steps (as
     * the table counts: slots, groups, nodes); longer ones to the last. */
    void (*probe_lengths)(const void *table, uint64_t *lengths, size_t count);
    /* Bytes that the table holds and did not take from the host. Where this is NULL it is not known
     * whether there are any. */
    uint64_t (*foreign_bytes)(const void *table);
    /* The first invariant that does not hold, valid until the next call; NULL when all do. */
    const char *(*violation)(const void *table);
} hashmark_optional;

typedef struct {
    void *(*create)(const hashmark_host *host);
    void (*destroy)(void *table); /* entries are not the index's to free */
    uint64_t (*count)(const void *table);
    /* Where the entry of a key is kept, NULL when it is not there. Valid until the next call; the
     * host may write another entry of the same key there. */
    uint64_t *(*find)(void *table, uint64_t hash, const void *key, size_t length);
    /* The key is not there yet. */
    void (*insert)(void *table, uint64_t hash, uint64_t entry);
    /* `place` is what `find` has just returned for `hash`. */
    void (*erase)(void *table, uint64_t hash, uint64_t *place);
    /* Every entry once, in no order. `visit` does not change the table. */
    void (*each)(void *table, void (*visit)(void *to, uint64_t entry), void *to);
    /* Optional: `places[i]` as `find` would return it for `queries[i]`. All stay valid until the
     * next call. */
    void (*find_many)(void *table, const hashmark_query *queries, size_t count,
                      uint64_t **places);
    hashmark_optional more;
} hashmark_index;

typedef struct {
    void *(*create)(const hashmark_host *host);
    void (*destroy)(void *table);
    uint64_t (*count)(const void *table);
    /* Nonzero and the value, or 0. Valid until the next change; of a table that several threads may
     * change, until the next call of the thread. */
    int (*get)(void *table, uint64_t hash, const void *key, size_t length, hashmark_bytes *value);
    /* Stores a copy of key and value; nonzero when the key is new. */
    int (*put)(void *table, uint64_t hash, const void *key, size_t length, const void *value,
               size_t value_length);
    /* Nonzero when the key was there. */
    int (*erase)(void *table, uint64_t hash, const void *key, size_t length);
    /* Every key once, in no order. `visit` does not change the table. */
    void (*each)(void *table, void (*visit)(void *to, hashmark_bytes key, hashmark_bytes value),
                 void *to);
    /* Optional: `values[i]` for `queries[i]`, its `bytes` NULL when the key is not there (and not
     * NULL, when it is there and empty). All stay valid until the next change. */
    void (*get_many)(void *table, const hashmark_query *queries, size_t count,
                     hashmark_bytes *values);
    hashmark_optional more;
} hashmark_store;

/* Any number of threads may call find, get, find_many, get_many and prefetch at once while none
 * changes the table. */
#define HASHMARK_READERS 1u
/* Any number of threads may call anything but create, destroy and each at once. */
#define HASHMARK_WRITERS 2u

typedef struct {
    uint32_t version; /* HASHMARK_TABLE_VERSION */
    uint32_t threads; /* 0, HASHMARK_READERS or HASHMARK_WRITERS */
    const char *name; /* as in "boost::unordered_flat_map"; what tables are labelled with */
    const char *title; /* release and design, in one line */
    const hashmark_index *index; /* one of the two is NULL */
    const hashmark_store *store;
} hashmark_table_descriptor;

/* What the shared object exports. */
extern const hashmark_table_descriptor hashmark_table;

#ifdef __cplusplus
}
#endif

#endif
