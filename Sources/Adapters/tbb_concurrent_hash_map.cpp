// tbb::concurrent_hash_map as a store for any number of threads: chains of nodes in segments of
// buckets, a lock for each bucket and each node; buckets are split when they are next used.
#include "store_adapter.hpp"

#include <oneapi/tbb/concurrent_hash_map.h>

struct HashCompare {
    using is_transparent = void;
    template <class T> std::size_t hash(const T &text) const { return TextHash{}(text); }
    template <class A, class B> bool equal(const A &a, const B &b) const
    {
        return TextEqual{}(a, b);
    }
};

using Map = tbb::concurrent_hash_map<Text, Text, HashCompare,
                                     HostAllocator<std::pair<const Text, Text>>>;
using Table = StoreTable<Map>;

static void *create(const hashmark_host *host)
{
    if (chosen_hash(host) == HASH_REFUSED) return nullptr;
    return made_by<Table>(host, HashCompare{}, Map::allocator_type(host));
}

static int get(void *table, uint64_t, const void *key, size_t length, hashmark_bytes *value)
{
    Table &from = Table::of(table);
    Map::const_accessor found;
    if (!from.map.find(found, Bytes(from.host, key, length))) return 0;
    *value = read_by_thread(found->second);
    return 1;
}

static int put(void *table, uint64_t, const void *key, size_t length, const void *value,
               size_t value_length)
{
    Table &into = Table::of(table);
    Map::accessor place;
    bool is_new = into.map.insert(place, Bytes(into.host, key, length));
    place->second.assign(Bytes(into.host, value, value_length));
    return is_new;
}

static int erase(void *table, uint64_t, const void *key, size_t length)
{
    Table &from = Table::of(table);
    return from.map.erase(Bytes(from.host, key, length));
}

static void each(void *table, void (*visit)(void *to, hashmark_bytes key, hashmark_bytes value),
                 void *to)
{
    for (const auto &[key, value] : Table::of(table).map) visit(to, key.bytes(), value.bytes());
}

// The number of buckets doubles when there are as many entries.
static uint64_t capacity(const void *table) { return Table::of(table).map.bucket_count(); }

static const hashmark_store store = {create, Table::destroy, Table::count, get, put, erase, each,
                                     nullptr, {.capacity = capacity}};

const hashmark_table_descriptor hashmark_table = {
    HASHMARK_TABLE_VERSION, HASHMARK_WRITERS, "tbb::concurrent_hash_map",
    "oneTBB " LIBRARY_VERSION ": chains of nodes, a lock for each bucket and each node", nullptr,
    &store};
