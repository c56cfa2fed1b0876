/* uthash as a store, which is what its intrusive handles are for: the record is the node, with 56
 * bytes of pointers before key and value. Buckets hold chains; all nodes are in a list, too. */
#include "adapter.h"

#define uthash_malloc(size) host_allocate(host, size)
#define uthash_free(memory, size) host_release(host, memory, size)
#include <uthash.h>

typedef struct {
    UT_hash_handle hh;
    size_t value_length;
    char bytes[]; /* the key, then the value */
} node;

typedef struct {
    const hashmark_host *host;
    node *first; /* in the order of insertion; it leads to the buckets */
    int is_hashed_by_library;
} table;

/* Of what the library keeps: 32 bits. */
static unsigned own_hash(const table *of, uint64_t hash, const void *key, size_t length)
{
    if (!of->is_hashed_by_library) return (unsigned)hash;
    unsigned own;
    HASH_VALUE(key, (unsigned)length, own);
    return own;
}

static node *look_up(const table *in, unsigned hash, const void *key, size_t length)
{
    node *found;
    HASH_FIND_BYHASHVALUE(hh, in->first, key, (unsigned)length, hash, found);
    return found;
}

static hashmark_bytes node_key(const node *of)
{
    return (hashmark_bytes){of->bytes, of->hh.keylen};
}

static hashmark_bytes node_value(const node *of)
{
    return (hashmark_bytes){of->bytes + of->hh.keylen, of->value_length};
}

static void release(const hashmark_host *host, node *of)
{
    host_release(host, of, sizeof(node) + of->hh.keylen + of->value_length);
}

static void take_out(table *in, node *old)
{
    const hashmark_host *host = in->host;
    HASH_DEL(in->first, old);
    release(host, old);
}

static void *create(const hashmark_host *host)
{
    enum hash_choice choice = chosen_hash(host);
    if (choice == HASH_REFUSED) return NULL;
    table *made = (table *)host_allocate(host, sizeof(table));
    *made = (table){.host = host, .is_hashed_by_library = choice == HASH_OWN};
    return made;
}

static uint64_t count(const void *of) { return HASH_COUNT(((const table *)of)->first); }

static int get(void *in, uint64_t hash, const void *key, size_t length, hashmark_bytes *value)
{
    const table *from = (const table *)in;
    const node *found = look_up(from, own_hash(from, hash, key, length), key, length);
    if (found == NULL) return 0;
    *value = node_value(found);
    return 1;
}

static int put(void *in, uint64_t hash, const void *key, size_t length, const void *value,
               size_t value_length)
{
    table *into = (table *)in;
    const hashmark_host *host = into->host;
    unsigned own = own_hash(into, hash, key, length);
    node *old = look_up(into, own, key, length);
    node *target = old;
    if (old == NULL || old->value_length != value_length) {
        target = (node *)host_allocate(host, sizeof(node) + length + value_length);
        target->value_length = value_length;
        if (length != 0) memcpy(target->bytes, key, length);
    }
    if (value_length != 0) memcpy(target->bytes + length, value, value_length);
    if (target == old) return 0;
    if (old != NULL) take_out(into, old);
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, into->first, target->bytes, (unsigned)length, own, target);
    return old == NULL;
}

static int erase(void *in, uint64_t hash, const void *key, size_t length)
{
    table *from = (table *)in;
    node *found = look_up(from, own_hash(from, hash, key, length), key, length);
    if (found == NULL) return 0;
    take_out(from, found);
    return 1;
}

static void each(void *in, void (*visit)(void *to, hashmark_bytes key, hashmark_bytes value),
                 void *to)
{
    for (const node *next = ((table *)in)->first; next; next = (const node *)next->hh.next)
        visit(to, node_key(next), node_value(next));
}

static void destroy(void *in)
{
    table *old = (table *)in;
    const hashmark_host *host = old->host;
    node *next = old->first;
    HASH_CLEAR(hh, old->first);
    while (next != NULL) {
        node *after = (node *)next->hh.next;
        release(host, next);
        next = after;
    }
    host_release(host, old, sizeof(table));
}

/* A step is a node of the bucket's chain. */
static void probe_lengths(const void *of, uint64_t *lengths, size_t count)
{
    const node *first = ((const table *)of)->first;
    for (unsigned bucket = 0; first && bucket < first->hh.tbl->num_buckets; bucket++) {
        size_t step = 0;
        const UT_hash_handle *next = first->hh.tbl->buckets[bucket].hh_head;
        for (; next; next = next->hh_next, step++) lengths[step < count ? step : count - 1]++;
    }
}

/* Any node of the first bucket that has one, from the bucket that is drawn. */
static void choose(void *in, uint64_t draw,
                   void (*visit)(void *, uint64_t, hashmark_bytes, hashmark_bytes), void *to)
{
    const node *first = ((table *)in)->first;
    if (first == NULL) return;
    const UT_hash_table *all = first->hh.tbl;
    unsigned bucket = (unsigned)(draw % all->num_buckets);
    while (all->buckets[bucket].count == 0) bucket = (bucket + 1) % all->num_buckets;
    uint64_t step = draw / all->num_buckets % all->buckets[bucket].count;
    UT_hash_handle *place = all->buckets[bucket].hh_head;
    while (step-- > 0) place = place->hh_next;
    const node *found = (const node *)ELMT_FROM_HH(all, place);
    visit(to, 0, node_key(found), node_value(found));
}

static const hashmark_store store = {
    .create = create, .destroy = destroy, .count = count, .get = get, .put = put, .erase = erase,
    .each = each, .more = {.random = choose, .probe_lengths = probe_lengths},
};

const hashmark_table_descriptor hashmark_table = {
    .version = HASHMARK_TABLE_VERSION,
    .threads = HASHMARK_READERS,
    .name = "uthash",
    .title = "uthash " LIBRARY_VERSION ": chains of records with handles of 56 bytes in them",
    .store = &store,
};
