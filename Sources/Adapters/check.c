/* Checks tables of hashmark_table.h against an oracle: random operations on keys that collide, are
 * empty, long or of NULs, with every optional function that there is; threads, where the table
 * allows them; and that all memory goes back as it came. The first fault ends it with exit code 1.
 * Last a rough time of a look-up.
 *
 *     check TABLE.so
 */
#include "check_host.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>

/* Iterations */

static unsigned visits;

static void see(unsigned key)
{
    require(truths[key].is_there, "visits key %u, which is gone", key);
    truths[key].is_seen++;
    visits++;
}

static void see_entry(void *to, uint64_t entry)
{
    (void)to;
    unsigned key = key_of_entry(entry);
    see(key);
    require(truths[key].entry == entry, "visits another entry of key %u", key);
}

static void see_pair(void *to, hashmark_bytes key, hashmark_bytes value)
{
    (void)to;
    unsigned number = 0;
    if (key.length == 1) number = 1 + *(const unsigned char *)key.bytes;
    if (key.length > 1) memcpy(&number, (const char *)key.bytes + key.length - 4, 4);
    require(number < KEYS && key.length == key_of[number].length &&
            (!key.length || !memcmp(key.bytes, key_of[number].bytes, key.length)),
            "visits a key that there never was, of %zu bytes", key.length);
    see(number);
    require_value(number, value);
}

static void see_either(void *to, uint64_t entry, hashmark_bytes key, hashmark_bytes value)
{
    if (idx) see_entry(to, entry); else see_pair(to, key, value);
}

static uint64_t cursor;

/* Goes on with a scan, while the table changes: what stays must have been seen at its end. */
static void scan_on(void)
{
    cursor = more->scan(table, cursor, see_either, NULL);
    if (cursor != 0) return;
    for (unsigned i = 0; i < keys; i++) {
        require(!truths[i].stays || truths[i].is_seen, "a scan misses key %u", i);
        truths[i].stays = truths[i].is_there;
        truths[i].is_seen = 0;
    }
}

static void many(void)
{
    enum { BATCH = 40 };
    hashmark_query queries[BATCH];
    unsigned chosen[BATCH];
    uint64_t *places[BATCH];
    hashmark_bytes values[BATCH];
    for (int i = 0; i < BATCH; i++) {
        unsigned key = chosen[i] = (unsigned)draw(keys);
        queries[i] = (hashmark_query){hash_of(key), key_of[key].bytes, key_of[key].length};
        if (more->prefetch) more->prefetch(table, hash_of(key));
    }
    if (idx && idx->find_many) idx->find_many(table, queries, BATCH, places);
    else if (store && store->get_many) store->get_many(table, queries, BATCH, values);
    else return;
    for (int i = 0; i < BATCH; i++) {
        const truth *of = &truths[chosen[i]];
        const void *found = idx ? (void *)places[i] : values[i].bytes;
        require(!found == !of->is_there, "a batch finds key %u wrongly", chosen[i]);
        if (found && idx) require(*places[i] == of->entry, "another entry in a batch");
        if (found && store) require_value(chosen[i], values[i]);
    }
}

/* Everything that can be asked of a table at rest. */
static void audit(void)
{
    uint64_t count = idx ? idx->count(table) : store->count(table);
    require(count == there, "counts %llu keys, not %llu", (unsigned long long)count,
            (unsigned long long)there);
    for (unsigned i = 0; i < KEYS; i++) truths[i].is_seen = truths[i].stays = 0;
    visits = 0;
    if (idx) idx->each(table, see_entry, NULL); else store->each(table, see_pair, NULL);
    require(visits == there, "iterates over %u of %llu", visits, (unsigned long long)there);
    for (unsigned i = 0; i < keys; i++)
        require(truths[i].is_seen == truths[i].is_there, "visits key %u twice", i);
    many();
    if (more->capacity) require(more->capacity(table) >= there, "holds more than its capacity");
    if (more->probe_lengths) {
        uint64_t lengths[8] = {0}, sum = 0;
        more->probe_lengths(table, lengths, 8);
        for (int i = 0; i < 8; i++) sum += lengths[i];
        require(sum == there, "has probe lengths of another number of entries");
    }
    for (int i = 0; more->random && i < 20; i++) {
        visits = 0;
        more->random(table, mix(draw(UINT64_MAX)), see_either, NULL);
        require(visits == (there > 0), "chooses %u entries", visits);
    }
    if (more->foreign_bytes) (void)more->foreign_bytes(table);
    if (more->violation) {
        const char *violation = more->violation(table);
        require(!violation, "%s", violation);
    }
    for (unsigned i = 0; i < KEYS; i++) truths[i].is_seen = 0;
    cursor = 0;
}

/* One operation; `growing` of 100 that could insert do. */

static void step_index(unsigned key, unsigned growing)
{
    truth *of = &truths[key];
    uint64_t hash = hash_of(key);
    uint64_t *place = idx->find(table, hash, key_of[key].bytes, key_of[key].length);
    require(!place == !of->is_there, place ? "finds key %u, which is gone" : "loses key %u", key);
    if (!place) {
        if (draw(100) >= growing) return;
        of->entry = entry_of(key, (unsigned)draw(2));
        inserted = key;
        idx->insert(table, hash, of->entry);
        inserted = -1;
        of->is_there = 1;
        there++;
        return;
    }
    require(*place == of->entry, "has another entry of key %u", key);
    if (draw(4) == 0) *place = of->entry = entry_of(key, (unsigned)draw(2));
    if (draw(100) < growing) return;
    idx->erase(table, hash, place);
    *of = (truth){0};
    there--;
}

static void step_store(unsigned key, unsigned growing)
{
    truth *of = &truths[key];
    uint64_t hash = hash_of(key);
    const void *bytes = key_of[key].bytes;
    size_t length = key_of[key].length;
    hashmark_bytes value;
    int is_found = store->get(table, hash, bytes, length, &value);
    require(!is_found == !of->is_there, is_found ? "finds key %u, which is gone" : "loses key %u",
            key);
    if (is_found) require_value(key, value);
    if (draw(100) < growing) {
        static char made[LONGEST_VALUE];
        of->value = (unsigned)draw(256);
        if (!is_found || draw(2)) of->length = draw(500) ? (unsigned)draw(99) : LONGEST_VALUE;
        made_of(made, of->value, of->length);
        int is_new = store->put(table, hash, bytes, length, made, of->length);
        require((is_new == 0) == of->is_there, "takes key %u for %s", key,
                is_new ? "new" : "known");
        there += !of->is_there;
        of->is_there = 1;
    } else {
        int was_there = store->erase(table, hash, bytes, length);
        require(!was_there == !of->is_there, "erases key %u wrongly", key);
        there -= of->is_there;
        *of = (truth){0};
    }
}

static unsigned long run(enum spread new_spread, unsigned new_keys, unsigned steps,
                         const char *options)
{
    spread = new_spread;
    keys = new_keys;
    memset(truths, 0, sizeof truths);
    there = cursor = 0;
    table = create(options);
    if (!table) return 0;
    audit();
    for (unsigned i = 0; i < steps; i++) {
        /* It fills, is churned and empties, in turns. */
        static const unsigned growing[] = {90, 50, 5};
        unsigned share = growing[i / 2000 % 3];
        if (idx) step_index((unsigned)draw(keys), share);
        else step_store((unsigned)draw(keys), share);
        if (more->scan && i % 4 == 0) scan_on();
        if (more->resize_step && i % 3 == 0) more->resize_step(table);
        if (i % 997 == 0) audit();
    }
    audit();
    destroy();
    return steps;
}

/* Threads: readers of a table at rest; writers where each value says whose it is. */

enum { THREADS = 4, THREAD_STEPS = 20000 };

static void *read_along(void *seed)
{
    uint64_t state = (uintptr_t)seed;
    for (int i = 0; i < THREAD_STEPS; i++) {
        unsigned key = (unsigned)(mix(state += 0x9e3779b97f4a7c15u) % keys);
        hashmark_bytes of = key_of[key], value;
        uint64_t hash = hash_of(key), *place = NULL;
        if (idx) place = idx->find(table, hash, of.bytes, of.length);
        int found = idx ? place != NULL : store->get(table, hash, of.bytes, of.length, &value);
        require(!found == !truths[key].is_there, "a reader beside others finds key %u wrongly",
                key);
        if (found && idx) require(*place == truths[key].entry, "a reader finds another entry");
        if (found && store) require_value(key, value);
    }
    return NULL;
}

static void *write_along(void *seed)
{
    uint64_t state = (uintptr_t)seed;
    for (int i = 0; i < THREAD_STEPS; i++) {
        uint64_t number = mix(state += 0x9e3779b97f4a7c15u);
        unsigned key = (unsigned)(number % keys), length = number >> 40 & 1 ? 8 : 200;
        hashmark_bytes of = key_of[key], value;
        char made[200];
        made_of(made, key, length);
        switch (number >> 50 & 3) {
        case 0: store->erase(table, hash_of(key), of.bytes, of.length); break;
        case 1: store->put(table, hash_of(key), of.bytes, of.length, made, length); break;
        default:
            if (!store->get(table, hash_of(key), of.bytes, of.length, &value)) break;
            made_of(made, key, 200);
            if (i % 16 == 0) sched_yield(); /* others may erase the key meanwhile */
            require((value.length == 8 || value.length == 200) &&
                    !memcmp(value.bytes, made, value.length),
                    "a reader beside writers gets what nobody wrote under key %u", key);
        }
    }
    return NULL;
}

static void together(void *(*work)(void *))
{
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++)
        require(!pthread_create(&threads[i], NULL, work, (void *)(i + 1)), "no thread");
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
}

static void count_pair(void *to, hashmark_bytes key, hashmark_bytes value)
{
    (void)key, (void)value;
    ++*(uint64_t *)to;
}

static void run_threads(void)
{
    if (descriptor->threads == 0) return;
    spread = GOOD;
    keys = 2000;
    memset(truths, 0, sizeof truths);
    there = 0;
    table = create("");
    for (unsigned key = 0; key < keys; key++)
        if (idx) step_index(key, 70); else step_store(key, 70);
    together(read_along);
    if (store && descriptor->threads & HASHMARK_WRITERS) {
        for (unsigned key = 0; key < keys; key++)
            store->erase(table, hash_of(key), key_of[key].bytes, key_of[key].length);
        together(write_along);
        uint64_t visited = 0;
        store->each(table, count_pair, &visited);
        require(visited == store->count(table), "counts wrongly after writers");
    }
    destroy();
}

/* A rough time: keys of 16 bytes under good hashes, each in a record of 80 bytes. */

enum { RECORDS = 100000, PASSES = 10 };
typedef struct {
    char key[16], rest[64];
} timed_record;

static hashmark_bytes timed_key(void *context, uint64_t entry)
{
    (void)context;
    return (hashmark_bytes){((timed_record *)entry)->key, 16};
}

static uint64_t timed_hash(void *context, uint64_t entry)
{
    uint64_t number;
    (void)context;
    memcpy(&number, ((timed_record *)entry)->key + 8, 8);
    return mix(number);
}

static double nanoseconds_per_hit(void)
{
    timed_record *records = calloc(RECORDS, sizeof(timed_record));
    struct { uint64_t hash; char key[16]; } *queries = calloc(RECORDS, sizeof *queries);
    require(records && queries, "no memory");
    host.key = timed_key;
    host.hash = timed_hash;
    table = create("");
    for (uint64_t i = 0; i < RECORDS; i++) {
        memcpy(queries[i].key + 8, &i, 8);
        queries[i].hash = mix(i);
    }
    for (uint64_t i = RECORDS; i-- > 1;) { /* in another order than they are inserted */
        uint64_t j = draw(i + 1);
        __typeof__(*queries) other = queries[i];
        queries[i] = queries[j], queries[j] = other;
    }
    for (uint64_t i = 0; i < RECORDS; i++) {
        memcpy(records[i].key + 8, &i, 8);
        if (idx) idx->insert(table, mix(i), (uintptr_t)&records[i]);
        else store->put(table, mix(i), records[i].key, 16, records[i].rest, 64);
    }
    double best = 1e9;
    for (int pass = 0; pass < PASSES; pass++) {
        struct timespec from, to;
        uint64_t hits = 0;
        hashmark_bytes value;
        clock_gettime(CLOCK_MONOTONIC, &from);
        for (int i = 0; i < RECORDS; i++)
            hits += idx ? idx->find(table, queries[i].hash, queries[i].key, 16) != NULL
                        : store->get(table, queries[i].hash, queries[i].key, 16, &value) != 0;
        clock_gettime(CLOCK_MONOTONIC, &to);
        require(hits == RECORDS, "hits %llu of %d", (unsigned long long)hits, RECORDS);
        double time = (double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec);
        if (time / RECORDS < best) best = time / RECORDS;
    }
    destroy();
    free(records);
    free(queries);
    return best;
}

int main(int count, char **arguments)
{
    path = arguments[count > 1];
    require(count == 2, "give it one table: check TABLE.so");
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    require(object, "%s", dlerror());
    descriptor = dlsym(object, "hashmark_table");
    require(descriptor, "exports no hashmark_table");
    require(descriptor->version == HASHMARK_TABLE_VERSION, "has version %u", descriptor->version);
    idx = descriptor->index;
    store = descriptor->store;
    require(!idx != !store, "must be either an index or a store");
    more = idx ? &idx->more : &store->more;
    make_keys();

    require(!create("no=such"), "takes an option that there is not");
    unsigned long steps = run(GOOD, KEYS, 80000, "") + run(FOUR_OF_A_HASH, 2000, 40000, "") +
        run(LOW_BITS, 512, 30000, "") + run(HIGH_BITS, 512, 30000, "") +
        run(ONE_HASH, 64, 20000, "") + run(GOOD, KEYS, 20000, "hash=own");
    run_threads();
    double hit = nanoseconds_per_hit();
    printf("%s (%s): %lu operations as expected, all of %.0f MB given back; a find-hit of 16 B at "
           "%d entries takes roughly %.0f ns\n", descriptor->name, descriptor->title, steps,
           (double)bytes_ever / 1e6, RECORDS, hit);
    return 0;
}
