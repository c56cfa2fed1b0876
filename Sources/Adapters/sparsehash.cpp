// google::dense_hash_map's table (as dense_hash_set of pointers to records) as a store: quadratic
// probing in an array at most half full. A store, because two values of the elements must be set
// apart for free and erased places, which entries of the host do not leave; and it hashes keys by
// itself, because it asks again when the table grows and there is nobody to tell it.
#include "host_allocator.hpp"
#include "record.h"

#include <functional>
#include <sparsehash/dense_hash_set>
#include <string_view>

// A pointer to a record; the address of a key that is looked up, marked by its last bit (there is
// no look-up by another type); or one of the values that are set apart.
struct Slot {
    uintptr_t bits;

    static constexpr uintptr_t free = 0, erased = 2;
    static Slot of(const std::string_view &wanted)
    {
        return {reinterpret_cast<uintptr_t>(&wanted) | 1};
    }
    static Slot of(const record *stored) { return {reinterpret_cast<uintptr_t>(stored)}; }

    bool is_set_apart() const { return bits == free || bits == erased; }
    record *stored() const { return reinterpret_cast<record *>(bits); }
    std::string_view key() const
    {
        if (bits & 1) return *reinterpret_cast<const std::string_view *>(bits - 1);
        hashmark_bytes key = record_key(stored());
        return {static_cast<const char *>(key.bytes), key.length};
    }
};

struct SlotHash {
    std::size_t operator()(Slot slot) const { return std::hash<std::string_view>{}(slot.key()); }
};

struct SlotEqual {
    bool operator()(Slot a, Slot b) const
    {
        if (a.bits == b.bits) return true;
        return !a.is_set_apart() && !b.is_set_apart() && a.key() == b.key();
    }
};

struct Table {
    using Set = google::dense_hash_set<Slot, SlotHash, SlotEqual, HostAllocator<Slot>>;
    const hashmark_host *host;
    Set set;

    explicit Table(const hashmark_host *host)
        : host(host), set(0, SlotHash{}, SlotEqual{}, HostAllocator<Slot>(host))
    {
        set.set_empty_key({Slot::free});
        set.set_deleted_key({Slot::erased});
    }
    ~Table()
    {
        for (Slot slot : set) record_release(host, slot.stored());
    }

    Set::iterator find(const void *key, size_t length)
    {
        std::string_view wanted{static_cast<const char *>(key), length};
        return set.find(Slot::of(wanted));
    }
};

static Table &of(void *table) { return *static_cast<Table *>(table); }
static const Table &of(const void *table) { return *static_cast<const Table *>(table); }

static void *create(const hashmark_host *host)
{
    return chosen_hash(host) == HASH_REFUSED ? nullptr : made_by<Table>(host);
}

static void destroy(void *table) { unmake(&of(table)); }

static uint64_t count(const void *table) { return of(table).set.size(); }

static int get(void *table, uint64_t, const void *key, size_t length, hashmark_bytes *value)
{
    auto found = of(table).find(key, length);
    if (found == of(table).set.end()) return 0;
    *value = record_value(found->stored());
    return 1;
}

static int put(void *table, uint64_t, const void *key, size_t length, const void *value,
               size_t value_length)
{
    Table &into = of(table);
    auto found = into.find(key, length);
    bool is_new = found == into.set.end();
    if (!is_new) {
        record *old = found->stored();
        if (record_overwrite(old, value, value_length)) return 0;
        into.set.erase(found);
        record_release(into.host, old);
    }
    into.set.insert(Slot::of(record_create(into.host, key, length, value, value_length)));
    return is_new;
}

static int erase(void *table, uint64_t, const void *key, size_t length)
{
    Table &from = of(table);
    auto found = from.find(key, length);
    if (found == from.set.end()) return 0;
    record *old = found->stored();
    from.set.erase(found);
    record_release(from.host, old);
    return 1;
}

static void each(void *table, void (*visit)(void *to, hashmark_bytes key, hashmark_bytes value),
                 void *to)
{
    for (Slot slot : of(table).set)
        visit(to, record_key(slot.stored()), record_value(slot.stored()));
}

static uint64_t capacity(const void *table)
{
    return of(table).set.bucket_count() * of(table).set.max_load_factor();
}

static const hashmark_store store = {create, destroy, count, get, put, erase, each, nullptr,
                                     {.capacity = capacity}};

const hashmark_table_descriptor hashmark_table = {
    HASHMARK_TABLE_VERSION, HASHMARK_READERS, "google::dense_hash_map",
    "sparsehash " LIBRARY_VERSION ", as dense_hash_set of pointers to records: quadratic probing",
    nullptr, &store};
