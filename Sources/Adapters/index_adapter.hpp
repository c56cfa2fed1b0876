// An index from a set of C++'s kind: elements are entries of eight bytes, which the set hashes and
// compares through the host, so that a look-up goes from the table to the key as it does where a
// table holds pointers to records.
//
//   find    looks up by a `Query` (heterogeneous look-up: no entry is made for it) and remembers
//           the iterator, which `erase` takes; per thread, so that readers do not meet.
//   insert  hands the hash to the set, which may ask for an entry's hash while it inserts it. For
//           the others, when the table grows, the host computes it anew from the key, as a table
//           of pointers to records would; a table that keeps hashes by itself does not ask.
#pragma once

#include "host_allocator.hpp"

#include <string_view>
#include <type_traits>

struct Entry {
    mutable uint64_t bits;  // the host may write another entry of the same key
};

struct Query {
    uint64_t hash;
    std::string_view key;
};

// What hash and equality need to know.
struct Keys {
    const hashmark_host *host;
    bool is_hashed_by_library;
    const Entry *inserted = nullptr;  // the entry that is being inserted, and its hash
    uint64_t inserted_hash = 0;

    std::string_view key(const Entry &entry) const
    {
        hashmark_bytes key = host->key(host->context, entry.bits);
        return {static_cast<const char *>(key.bytes), key.length};
    }
    uint64_t hash(const Entry &entry) const
    {
        if (inserted && inserted->bits == entry.bits) return inserted_hash;
        return host->hash(host->context, entry.bits);
    }
};

// Not noexcept: libstdc++ then keeps hashes, as it does for strings.
template <class LibraryHash> struct EntryHash {
    using is_transparent = void;
    using is_avalanching = void;  // to Boost: every bit of the hash is as good as another
    const Keys *keys;

    std::size_t operator()(const Query &query) const
    {
        return keys->is_hashed_by_library ? LibraryHash{}(query.key) : query.hash;
    }
    std::size_t operator()(const Entry &entry) const
    {
        return keys->is_hashed_by_library ? LibraryHash{}(keys->key(entry)) : keys->hash(entry);
    }
};

struct EntryEqual {
    using is_transparent = void;
    const Keys *keys;

    bool operator()(const Entry &a, const Entry &b) const { return keys->key(a) == keys->key(b); }
    bool operator()(const Entry &a, const Query &b) const { return keys->key(a) == b.key; }
    bool operator()(const Query &a, const Entry &b) const { return a.key == keys->key(b); }
};

template <template <class, class, class, class> class SetOf, class LibraryHash>
struct IndexAdapter {
    using Set = SetOf<Entry, EntryHash<LibraryHash>, EntryEqual, HostAllocator<Entry>>;

    struct Table {
        const hashmark_host *host;
        Keys keys;
        Set set;

        Table(const hashmark_host *host, bool is_hashed_by_library)
            : host(host), keys{host, is_hashed_by_library},
              set(0, EntryHash<LibraryHash>{&keys}, EntryEqual{&keys}, HostAllocator<Entry>(host))
        {
        }
    };

    static Table &of(void *table) { return *static_cast<Table *>(table); }
    static const Table &of(const void *table) { return *static_cast<const Table *>(table); }

    // The rest of the index is the same for every set; `more` is what only some have.
    static constexpr hashmark_index index(const hashmark_optional &more)
    {
        return {create, destroy, count, find, insert, erase, each, nullptr, more};
    }

private:
    using Iterator = typename Set::iterator;
    static_assert(std::is_trivially_copyable_v<Iterator>);
    // Where the last look-up of this thread ended: bytes, since an iterator may have to be
    // constructed, and a variable of a thread is cheap only when it is not.
    alignas(Iterator) static inline thread_local unsigned char last[sizeof(Iterator)];

    static void *create(const hashmark_host *host)
    {
        hash_choice choice = chosen_hash(host);
        if (choice == HASH_REFUSED) return nullptr;
        return made_by<Table>(host, choice == HASH_OWN);
    }
    static void destroy(void *table) { unmake(&of(table)); }
    static uint64_t count(const void *table) { return of(table).set.size(); }

    static uint64_t *find(void *table, uint64_t hash, const void *key, size_t length)
    {
        Set &set = of(table).set;
        Iterator found = set.find(Query{hash, {static_cast<const char *>(key), length}});
        if (found == set.end()) return nullptr;
        memcpy(last, &found, sizeof found);
        return &found->bits;
    }
    static void insert(void *table, uint64_t hash, uint64_t bits)
    {
        Entry entry{bits};
        Keys &keys = of(table).keys;
        keys.inserted = &entry;
        keys.inserted_hash = hash;
        of(table).set.insert(entry);
        keys.inserted = nullptr;
    }
    static void erase(void *table, uint64_t, uint64_t *)
    {
        alignas(Iterator) unsigned char place[sizeof(Iterator)];
        memcpy(place, last, sizeof place);
        of(table).set.erase(*std::launder(reinterpret_cast<Iterator *>(place)));
    }
    static void each(void *table, void (*visit)(void *to, uint64_t entry), void *to)
    {
        for (const Entry &entry : of(table).set) visit(to, entry.bits);
    }
};
