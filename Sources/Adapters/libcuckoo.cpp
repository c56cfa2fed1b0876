// libcuckoo's cuckoohash_map as a store for any number of threads: two buckets of four places for
// each key, with a byte of the hash for each place; locks for stripes of buckets.
//
// No more than eight keys of one hash find a place. With a hash of keys that is as good as
// std::hash that does not happen; were it to, the library would throw, and the process end.
#include "store_adapter.hpp"

#include <libcuckoo/cuckoohash_map.hh>

using Map = libcuckoo::cuckoohash_map<Text, Text, TextHash, TextEqual,
                                      HostAllocator<std::pair<const Text, Text>>>;
using Table = StoreTable<Map>;

static void *create(const hashmark_host *host)
{
    if (chosen_hash(host) == HASH_REFUSED) return nullptr;
    return made_by<Table>(host, size_t{0}, TextHash{}, TextEqual{}, Map::allocator_type(host));
}

static int get(void *table, uint64_t, const void *key, size_t length, hashmark_bytes *value)
{
    Table &from = Table::of(table);
    return from.map.find_fn(Bytes(from.host, key, length),
                            [=](const Text &found) { *value = read_by_thread(found); });
}

static int put(void *table, uint64_t, const void *key, size_t length, const void *value,
               size_t value_length)
{
    Table &into = Table::of(table);
    Bytes bytes(into.host, value, value_length);
    return into.map.upsert(Bytes(into.host, key, length),
                           [&](Text &old) { old.assign(bytes); }, bytes);
}

static int erase(void *table, uint64_t, const void *key, size_t length)
{
    Table &from = Table::of(table);
    return from.map.erase(Bytes(from.host, key, length));
}

static void each(void *table, void (*visit)(void *to, hashmark_bytes key, hashmark_bytes value),
                 void *to)
{
    for (const auto &[key, value] : Table::of(table).map.lock_table())
        visit(to, key.bytes(), value.bytes());
}

static uint64_t capacity(const void *table) { return Table::of(table).map.capacity(); }

static const hashmark_store store = {create, Table::destroy, Table::count, get, put, erase, each,
                                     nullptr, {.capacity = capacity}};

const hashmark_table_descriptor hashmark_table = {
    HASHMARK_TABLE_VERSION, HASHMARK_WRITERS, "libcuckoo::cuckoohash_map",
    "libcuckoo " LIBRARY_VERSION ": two buckets of four places for each key, striped locks",
    nullptr, &store};
