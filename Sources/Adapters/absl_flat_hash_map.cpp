// absl::flat_hash_map's table (as absl::flat_hash_set of entries), the Swiss table: open addressing
// with a control byte for each place, compared 16 at a time.
#include "index_adapter.hpp"

#include <absl/container/flat_hash_set.h>
#include <absl/hash/hash.h>
#include <absl/strings/string_view.h>

struct StringHash {
    uint64_t operator()(std::string_view key) const
    {
        return absl::Hash<absl::string_view>{}({key.data(), key.size()});
    }
};

template <class Key, class Hash, class Equal, class Allocator>
using Set = absl::flat_hash_set<Key, Hash, Equal, Allocator>;
using Adapter = IndexAdapter<Set, StringHash>;

// Without the key the library's own hash is not known: nothing to ask for.
static void prefetch(void *table, uint64_t hash)
{
    const Adapter::Table &adapted = Adapter::of(table);
    if (!adapted.keys.is_hashed_by_library) adapted.set.prefetch(Query{hash, {}});
}

// 7/8 of the places, which max_load_factor() does not say: it is always 1.
static uint64_t capacity(const void *table)
{
    uint64_t places = Adapter::of(table).set.bucket_count();
    return places - places / 8;
}

static constexpr hashmark_index index_of_entries =
    Adapter::index({.prefetch = prefetch, .capacity = capacity});

const hashmark_table_descriptor hashmark_table = {
    HASHMARK_TABLE_VERSION, HASHMARK_READERS, "absl::flat_hash_map",
    "Abseil " LIBRARY_VERSION ", as flat_hash_set of entries: Swiss table, groups of 16",
    &index_of_entries, nullptr};
