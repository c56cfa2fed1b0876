// boost::unordered_flat_map's table (as boost::unordered_flat_set of entries): open addressing in
// groups of 15 places, with a byte of the hash for each and a byte that counts overflows.
#include "index_adapter.hpp"

#include <boost/container_hash/hash.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

// Boost's hash of strings is not good in every bit, and the table would mix it; since EntryHash
// says that its hashes need no mixing, it is done here in the way of the table.
struct MixedHash {
    uint64_t operator()(std::string_view key) const
    {
        auto product = static_cast<unsigned __int128>(boost::hash<std::string_view>{}(key))
            * 0x9E3779B97F4A7C15u;
        return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
    }
};

using Adapter = IndexAdapter<boost::unordered_flat_set, MixedHash>;

static uint64_t capacity(const void *table) { return Adapter::of(table).set.max_load(); }

static constexpr hashmark_index index_of_entries = Adapter::index({.capacity = capacity});

const hashmark_table_descriptor hashmark_table = {
    HASHMARK_TABLE_VERSION, HASHMARK_READERS, "boost::unordered_flat_map",
    "Boost " LIBRARY_VERSION ", as unordered_flat_set of entries: groups of 15 with reduced hashes",
    &index_of_entries, nullptr};
