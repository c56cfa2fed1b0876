/* A store by linear probing, with a shift back instead of tombstones: a whole table. */
#include "hashmark_table.h"
#include <stdio.h>
#include <string.h>

typedef struct { uint64_t hash; char *bytes; size_t key, value; } place; /* the key, the value */
typedef struct { const hashmark_host *host; place *places; uint64_t mask, count; } table;
static place *make(const hashmark_host *host, uint64_t places) {
    size_t bytes = places * sizeof(place);
    return memset(host->allocate(host->context, bytes, 64), 0, bytes);
}
static void *create(const hashmark_host *host) {
    unsigned long places = 16;
    if (*host->options && (sscanf(host->options, "places=%lu", &places) != 1 || places < 2 ||
                           places > 1 << 24 || places & (places - 1)))
        return host->refuse(host->context, "places=N takes powers of two from 2 to 2^24"), NULL;
    table *t = host->allocate(host->context, sizeof(table), 8);
    *t = (table){host, make(host, places), places - 1, 0};
    return t;
}
static void drop(table *t, place *p) {
    t->host->release(t->host->context, p->bytes, p->key + p->value + 1, 1);
    p->bytes = NULL;
}
static void destroy(void *of) {
    table *t = of;
    for (place *p = t->places; p <= t->places + t->mask; p++) if (p->bytes) drop(t, p);
    t->host->release(t->host->context, t->places, (t->mask + 1) * sizeof(place), 64);
    t->host->release(t->host->context, t, sizeof(table), 8);
}
static uint64_t count(const void *of) { return ((const table *)of)->count; }
static place *seek(table *t, uint64_t hash, const void *key, size_t length) { /* or a free one */
    for (uint64_t i = hash & t->mask;; i = (i + 1) & t->mask) {
        place *p = t->places + i;
        if (!p->bytes || (p->hash == hash && p->key == length && !memcmp(p->bytes, key, length)))
            return p;
    }
}
static int get(void *of, uint64_t hash, const void *key, size_t length, hashmark_bytes *value) {
    place *p = seek(of, hash, key, length);
    return p->bytes ? *value = (hashmark_bytes){p->bytes + p->key, p->value}, 1 : 0;
}
static int put(void *of, uint64_t hash, const void *key, size_t length, const void *value,
               size_t size) {
    table *t = of, old = *t;
    if (++t->count * 4 > (t->mask + 1) * 3) { /* one place in four stays free */
        *t = (table){old.host, make(old.host, 2 * old.mask + 2), 2 * old.mask + 1, t->count};
        for (place *p = old.places; p <= old.places + old.mask; p++)
            if (p->bytes) *seek(t, p->hash, p->bytes, p->key) = *p;
        old.host->release(old.host->context, old.places, (old.mask + 1) * sizeof(place), 64);
    }
    place *p = seek(t, hash, key, length);
    int is_new = !p->bytes;
    if (!is_new) drop(t, p), t->count--;
    *p = (place){hash, t->host->allocate(t->host->context, length + size + 1, 1), length, size};
    memcpy(p->bytes, key, length);
    memcpy(p->bytes + length, value, size);
    return is_new;
}
static int erase(void *of, uint64_t hash, const void *key, size_t length) {
    table *t = of;
    place *all = t->places, *p = seek(t, hash, key, length);
    if (!p->bytes) return 0;
    uint64_t mask = t->mask, hole = (uint64_t)(p - all);
    drop(t, p), t->count--;
    for (uint64_t i = (hole + 1) & mask; all[i].bytes; i = (i + 1) & mask)
        if (((i - all[i].hash) & mask) >= ((i - hole) & mask)) /* its run began before the hole */
            all[hole] = all[i], all[hole = i].bytes = NULL;
    return 1;
}
static void each(void *of, void (*visit)(void *, hashmark_bytes, hashmark_bytes), void *to) {
    table *t = of;
    for (place *p = t->places; p <= t->places + t->mask; p++)
        if (p->bytes) visit(to, (hashmark_bytes){p->bytes, p->key},
                            (hashmark_bytes){p->bytes + p->key, p->value});
}
static const hashmark_store store = {create, destroy, count, get, put, erase, each, NULL, {0}};
const hashmark_table_descriptor hashmark_table = {HASHMARK_TABLE_VERSION, HASHMARK_READERS,
    "linear_store", "linear probing with backward shift, a block per entry", NULL, &store};
