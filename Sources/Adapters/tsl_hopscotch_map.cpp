// tsl::hopscotch_map's table (as tsl::hopscotch_set of entries): hopscotch hashing, an entry is at
// most 62 places from home or in an overflow list. Hashes are not kept (StoreHash), its default.
#include "index_adapter.hpp"

#include <tsl/hopscotch_set.h>

template <class Key, class Hash, class Equal, class Allocator>
using Set = tsl::hopscotch_set<Key, Hash, Equal, Allocator>;
using Adapter = IndexAdapter<Set, std::hash<std::string_view>>;

// What overflows does not count towards the next resize.
static uint64_t capacity(const void *table)
{
    const Adapter::Set &set = Adapter::of(table).set;
    return set.bucket_count() * set.max_load_factor() + set.overflow_size();
}

static constexpr hashmark_index index_of_entries = Adapter::index({.capacity = capacity});

const hashmark_table_descriptor hashmark_table = {
    HASHMARK_TABLE_VERSION, HASHMARK_READERS, "tsl::hopscotch_map",
    "hopscotch-map " LIBRARY_VERSION ", as hopscotch_set of entries: neighbourhoods of 62",
    &index_of_entries, nullptr};
