/* An index of chains that is resized step by step, with all that is optional but foreign_bytes.
 *
 *     old   [head]→ node [next│hash│entry] → node …   two arrays while it is being resized: of old,
 *     new   [head]→ node …                            chains below `moved` are empty
 *
 * A resize begins when there are more entries than heads, or an eighth as many, and each
 * `resize_step` moves one chain. The scan's cursor counts from its top bit down, so that it visits
 * what stays whatever the arrays become (Pieter Noordhuis' dictScan in Redis). */
#include "hashmark_table.h"

#include <string.h>

typedef struct node {
    struct node *next;
    uint64_t hash, entry;
} node;

typedef struct {
    node **heads; /* NULL: there is no such array */
    uint64_t mask;
} array;

typedef struct {
    const hashmark_host *host;
    array old, new;
    uint64_t moved, count;
} chains;

enum { LEAST = 4, EMPTY_VISITS = 10 };

static void *take(const chains *c, size_t bytes) {
    return c->host->allocate(c->host->context, bytes, sizeof(void *));
}

static void give(const chains *c, void *memory, size_t bytes) {
    c->host->release(c->host->context, memory, bytes, sizeof(void *));
}

static array make(const chains *c, uint64_t heads) {
    node **memory = take(c, heads * sizeof(node *));
    return (array){memset(memory, 0, heads * sizeof(node *)), heads - 1};
}

static void *create(const hashmark_host *host) {
    if (*host->options) {
        host->refuse(host->context, "it has no options");
        return NULL;
    }
    chains *c = host->allocate(host->context, sizeof(chains), sizeof(void *));
    *c = (chains){.host = host};
    c->old = make(c, LEAST);
    return c;
}

static void drop(chains *c, array *a) {
    if (!a->heads) return;
    for (uint64_t i = 0; i <= a->mask; i++)
        for (node *n = a->heads[i], *next; n; n = next) {
            next = n->next;
            give(c, n, sizeof(node));
        }
    give(c, a->heads, (a->mask + 1) * sizeof(node *));
}

static void destroy(void *table) {
    chains *c = table;
    drop(c, &c->old);
    drop(c, &c->new);
    give(c, c, sizeof(chains));
}

static uint64_t count(const void *table) { return ((const chains *)table)->count; }

static uint64_t capacity(const void *table) {
    const chains *c = table;
    return c->old.mask + 1 + (c->new.heads ? c->new.mask + 1 : 0);
}

/* ---- look-ups ---- */

static uint64_t *find_in(const chains *c, array a, uint64_t hash, const void *key, size_t length) {
    for (node *n = a.heads[hash & a.mask]; n; n = n->next) {
        if (n->hash != hash) continue;
        hashmark_bytes other = c->host->key(c->host->context, n->entry);
        if (other.length == length && !memcmp(other.bytes, key, length)) return &n->entry;
    }
    return NULL;
}

static uint64_t *find(void *table, uint64_t hash, const void *key, size_t length) {
    chains *c = table;
    uint64_t *place = find_in(c, c->old, hash, key, length);
    return place || !c->new.heads ? place : find_in(c, c->new, hash, key, length);
}

static void prefetch(void *table, uint64_t hash) {
    chains *c = table;
    __builtin_prefetch(c->old.heads + (hash & c->old.mask));
    if (c->new.heads) __builtin_prefetch(c->new.heads + (hash & c->new.mask));
}

/* Heads of all, then first nodes of all, then what is compared. */
static void find_many(void *table, const hashmark_query *queries, size_t count, uint64_t **places) {
    chains *c = table;
    for (size_t i = 0; i < count; i++) prefetch(c, queries[i].hash);
    for (size_t i = 0; i < count; i++)
        __builtin_prefetch(c->old.heads[queries[i].hash & c->old.mask]);
    for (size_t i = 0; i < count; i++)
        places[i] = find(c, queries[i].hash, queries[i].key, queries[i].length);
}

/* ---- resize ---- */

static void begin_if_due(chains *c) {
    uint64_t heads = c->old.mask + 1, wanted = heads;
    if (c->new.heads) return;
    while (c->count > wanted) wanted *= 2;
    while (wanted > LEAST && c->count * 8 < wanted) wanted /= 2;
    if (wanted == heads) return;
    c->new = make(c, wanted);
    c->moved = 0;
}

static int resize_step(void *table) {
    chains *c = table;
    begin_if_due(c);
    if (!c->new.heads) return 0;
    int visits = EMPTY_VISITS;
    while (c->moved < c->old.mask && !c->old.heads[c->moved] && visits--) c->moved++;
    for (node *n = c->old.heads[c->moved], *next; n; n = next) {
        next = n->next;
        node **head = c->new.heads + (n->hash & c->new.mask);
        n->next = *head;
        *head = n;
    }
    c->old.heads[c->moved++] = NULL;
    if (c->moved <= c->old.mask) return 1;
    give(c, c->old.heads, (c->old.mask + 1) * sizeof(node *));
    c->old = c->new;
    c->new = (array){0};
    begin_if_due(c);
    return c->new.heads != NULL;
}

/* ---- changes ---- */

static void insert(void *table, uint64_t hash, uint64_t entry) {
    chains *c = table;
    array a = c->new.heads ? c->new : c->old;
    node *n = take(c, sizeof(node));
    *n = (node){a.heads[hash & a.mask], hash, entry};
    a.heads[hash & a.mask] = n;
    c->count++;
    begin_if_due(c);
}

static void erase(void *table, uint64_t hash, uint64_t *place) {
    chains *c = table;
    array arrays[] = {c->old, c->new};
    for (int i = 0; i < 2 && arrays[i].heads; i++)
        for (node **link = arrays[i].heads + (hash & arrays[i].mask); *link; link = &(*link)->next)
            if (&(*link)->entry == place) {
                node *n = *link;
                *link = n->next;
                give(c, n, sizeof(node));
                c->count--;
                begin_if_due(c);
                return;
            }
}

/* ---- walks ---- */

typedef void visitor(void *to, uint64_t entry, hashmark_bytes key, hashmark_bytes value);

static void each(void *table, void (*visit)(void *to, uint64_t entry), void *to) {
    chains *c = table;
    array arrays[] = {c->old, c->new};
    for (int i = 0; i < 2 && arrays[i].heads; i++)
        for (uint64_t head = 0; head <= arrays[i].mask; head++)
            for (node *n = arrays[i].heads[head]; n; n = n->next) visit(to, n->entry);
}

static void visit_chain(array a, uint64_t cursor, visitor *visit, void *to) {
    hashmark_bytes none = {NULL, 0};
    for (node *n = a.heads[cursor & a.mask]; n; n = n->next) visit(to, n->entry, none, none);
}

static uint64_t reversed(uint64_t v) {
    v = (v >> 1 & 0x5555555555555555) | (v & 0x5555555555555555) << 1;
    v = (v >> 2 & 0x3333333333333333) | (v & 0x3333333333333333) << 2;
    v = (v >> 4 & 0x0f0f0f0f0f0f0f0f) | (v & 0x0f0f0f0f0f0f0f0f) << 4;
    return __builtin_bswap64(v);
}

static uint64_t next(uint64_t cursor, uint64_t mask) {
    return reversed(reversed(cursor | ~mask) + 1);
}

static uint64_t scan(void *table, uint64_t cursor, visitor *visit, void *to) {
    chains *c = table;
    array small = c->old, large = c->new;
    if (!large.heads) {
        visit_chain(small, cursor, visit, to);
        return next(cursor, small.mask);
    }
    if (small.mask > large.mask) small = c->new, large = c->old;
    visit_chain(small, cursor, visit, to);
    do { /* every head that a head of the smaller array expands to */
        visit_chain(large, cursor, visit, to);
        cursor = next(cursor, large.mask);
    } while (cursor & (small.mask ^ large.mask));
    return cursor;
}

/* Throws darts at a board of heads by WIDTH nodes: each node of the first ones is as likely to be
 * hit as another. Where hardly any is, the first chain from the last dart on has to do. */
static void random_entry(void *table, uint64_t draw, visitor *visit, void *to) {
    enum { WIDTH = 8, DARTS = 4096 };
    chains *c = table;
    hashmark_bytes none = {NULL, 0};
    uint64_t heads = capacity(c), old = c->old.mask + 1;
    for (uint64_t dart = 0; c->count && dart < DARTS + heads; dart++) {
        if (dart < DARTS) draw = (draw ^ draw >> 31) * 0x9e3779b97f4a7c15 + dart;
        uint64_t head = ((draw >> 32) + (dart < DARTS ? 0 : dart)) % heads;
        node *n = head < old ? c->old.heads[head] : c->new.heads[head - old];
        for (uint64_t i = dart < DARTS ? draw % WIDTH : 0; n && i > 0; i--) n = n->next;
        if (!n) continue;
        visit(to, n->entry, none, none);
        return;
    }
}

/* ---- reports ---- */

static void probe_lengths(const void *table, uint64_t *lengths, size_t count) {
    const chains *c = table;
    array arrays[] = {c->old, c->new};
    for (int i = 0; i < 2 && arrays[i].heads; i++)
        for (uint64_t head = 0; head <= arrays[i].mask; head++) {
            size_t step = 0;
            for (node *n = arrays[i].heads[head]; n; n = n->next, step++)
                lengths[step < count ? step : count - 1]++;
        }
}

static const char *violation(const void *table) {
    const chains *c = table;
    array arrays[] = {c->old, c->new};
    uint64_t found = 0;
    for (int i = 0; i < 2 && arrays[i].heads; i++)
        for (uint64_t head = 0; head <= arrays[i].mask; head++)
            for (node *n = arrays[i].heads[head]; n; n = n->next, found++) {
                if ((n->hash & arrays[i].mask) != head) return "a node is in another's chain";
                if (n->hash != c->host->hash(c->host->context, n->entry))
                    return "a node has the hash of another key";
                if (i == 0 && c->new.heads && head < c->moved) return "a moved chain has nodes";
            }
    return found == c->count ? NULL : "the nodes are not as many as it counts";
}

static const hashmark_index table = {
    .create = create, .destroy = destroy, .count = count, .find = find, .insert = insert,
    .erase = erase, .each = each, .find_many = find_many,
    .more = {
        .prefetch = prefetch, .resize_step = resize_step, .random = random_entry, .scan = scan,
        .capacity = capacity, .probe_lengths = probe_lengths, .violation = violation,
    },
};

const hashmark_table_descriptor hashmark_table = {
    .version = HASHMARK_TABLE_VERSION, .threads = HASHMARK_READERS, .name = "chained_index",
    .title = "chains that are resized step by step", .index = &table,
};
