// std::unordered_map's table (as std::unordered_set of entries): a chain of nodes in a linked list
// over all buckets. A node keeps the hash, as the library has it for strings.
#include "index_adapter.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_set>

using Adapter = IndexAdapter<std::unordered_set, std::hash<std::string_view>>;

static uint64_t capacity(const void *table)
{
    const Adapter::Set &set = Adapter::of(table).set;
    return set.bucket_count() * set.max_load_factor();
}

// Any node of the first bucket that has one, from the bucket that is drawn.
static void choose(void *table, uint64_t draw,
                   void (*visit)(void *, uint64_t, hashmark_bytes, hashmark_bytes), void *to)
{
    const Adapter::Set &set = Adapter::of(table).set;
    if (set.empty()) return;
    uint64_t buckets = set.bucket_count(), bucket = draw % buckets;
    while (set.begin(bucket) == set.end(bucket)) bucket = (bucket + 1) % buckets;
    uint64_t step = draw / buckets % set.bucket_size(bucket);
    visit(to, std::next(set.begin(bucket), step)->bits, {}, {});
}

// A step is a node of the bucket's chain.
static void probe_lengths(const void *table, uint64_t *lengths, size_t count)
{
    const Adapter::Set &set = Adapter::of(table).set;
    for (size_t bucket = 0; bucket < set.bucket_count(); bucket++) {
        size_t step = 0;
        for (auto node = set.begin(bucket); node != set.end(bucket); ++node, step++)
            lengths[std::min(step, count - 1)]++;
    }
}

static constexpr hashmark_index index_of_entries = Adapter::index(
    {.random = choose, .capacity = capacity, .probe_lengths = probe_lengths});

const hashmark_table_descriptor hashmark_table = {
    HASHMARK_TABLE_VERSION, HASHMARK_READERS, "std::unordered_map",
    "libstdc++ " LIBRARY_VERSION ", as unordered_set of entries: chains of nodes that keep hashes",
    &index_of_entries, nullptr};
