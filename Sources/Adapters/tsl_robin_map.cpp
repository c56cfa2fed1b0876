// tsl::robin_map's table (as tsl::robin_set of entries): linear probing with the Robin Hood rule,
// at most half full. Hashes are not kept (StoreHash), which is its default.
#include "index_adapter.hpp"

#include <tsl/robin_set.h>

template <class Key, class Hash, class Equal, class Allocator>
using Set = tsl::robin_set<Key, Hash, Equal, Allocator>;
using Adapter = IndexAdapter<Set, std::hash<std::string_view>>;

static uint64_t capacity(const void *table)
{
    const Adapter::Set &set = Adapter::of(table).set;
    return set.bucket_count() * set.max_load_factor();
}

static constexpr hashmark_index index_of_entries = Adapter::index({.capacity = capacity});

const hashmark_table_descriptor hashmark_table = {
    HASHMARK_TABLE_VERSION, HASHMARK_READERS, "tsl::robin_map",
    "robin-map " LIBRARY_VERSION ", as robin_set of entries: linear probing, Robin Hood rule",
    &index_of_entries, nullptr};
