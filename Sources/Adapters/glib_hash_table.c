/* GLib's GHashTable as a store: open addressing with quadratic probing; arrays of hashes (32 bits)
 * and of pointers to records. Records are the host's memory, the arrays are GLib's, which says
 * nowhere how large they are. */
#include "record.h"

#include <glib.h>

typedef struct {
    const hashmark_host *host;
    GHashTable *records; /* a set: its keys are records */
    int is_hashed_by_library;
} table;

/* GLib asks for the hash and the equality of what is looked up or added, and of nothing else: its
 * pointer is not looked at. A thread's own, so that readers do not meet. */
static __thread hashmark_query wanted;

static guint hash_of_wanted(gconstpointer key)
{
    (void)key;
    return (guint)wanted.hash;
}

static gboolean is_wanted(gconstpointer of, gconstpointer key)
{
    (void)key;
    return record_has_key((const record *)of, wanted.key, wanted.length);
}

/* What g_str_hash and g_bytes_hash do. */
static guint own_hash(const void *key, size_t length)
{
    const signed char *bytes = (const signed char *)key;
    guint hash = 5381;
    for (size_t i = 0; i < length; i++) hash = hash * 33 + bytes[i];
    return hash;
}

static record *look_up(const table *in, uint64_t hash, const void *key, size_t length)
{
    wanted.hash = in->is_hashed_by_library ? own_hash(key, length) : hash;
    wanted.key = key;
    wanted.length = length;
    return (record *)g_hash_table_lookup(in->records, &wanted);
}

static void *create(const hashmark_host *host)
{
    enum hash_choice choice = chosen_hash(host);
    if (choice == HASH_REFUSED) return NULL;
    table *made = (table *)host_allocate(host, sizeof(table));
    made->host = host;
    made->records = g_hash_table_new(hash_of_wanted, is_wanted);
    made->is_hashed_by_library = choice == HASH_OWN;
    return made;
}

static uint64_t count(const void *of) { return g_hash_table_size(((const table *)of)->records); }

static int get(void *in, uint64_t hash, const void *key, size_t length, hashmark_bytes *value)
{
    const record *found = look_up((table *)in, hash, key, length);
    if (found == NULL) return 0;
    *value = record_value(found);
    return 1;
}

static int put(void *in, uint64_t hash, const void *key, size_t length, const void *value,
               size_t value_length)
{
    table *into = (table *)in;
    record *old = look_up(into, hash, key, length);
    if (old != NULL && record_overwrite(old, value, value_length)) return 0;
    g_hash_table_add(into->records, record_create(into->host, key, length, value, value_length));
    if (old == NULL) return 1;
    record_release(into->host, old); /* the new one took its place */
    return 0;
}

static int erase(void *in, uint64_t hash, const void *key, size_t length)
{
    table *from = (table *)in;
    record *found = look_up(from, hash, key, length);
    if (found == NULL) return 0;
    g_hash_table_remove(from->records, &wanted);
    record_release(from->host, found);
    return 1;
}

static void each(void *in, void (*visit)(void *to, hashmark_bytes key, hashmark_bytes value),
                 void *to)
{
    GHashTableIter place;
    gpointer found;
    g_hash_table_iter_init(&place, ((table *)in)->records);
    while (g_hash_table_iter_next(&place, &found, NULL))
        visit(to, record_key((record *)found), record_value((record *)found));
}

static void destroy(void *in)
{
    table *old = (table *)in;
    GHashTableIter place;
    gpointer found;
    g_hash_table_iter_init(&place, old->records);
    while (g_hash_table_iter_next(&place, &found, NULL))
        record_release(old->host, (record *)found);
    g_hash_table_destroy(old->records);
    host_release(old->host, old, sizeof(table));
}

static const hashmark_store store = {
    .create = create, .destroy = destroy, .count = count, .get = get, .put = put, .erase = erase,
    .each = each,
};

const hashmark_table_descriptor hashmark_table = {
    .version = HASHMARK_TABLE_VERSION,
    .threads = HASHMARK_READERS,
    .name = "GHashTable",
    .title = "GLib " LIBRARY_VERSION ": quadratic probing, arrays of hashes and of pointers",
    .store = &store,
};
