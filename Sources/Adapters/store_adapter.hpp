// What the concurrent maps share as stores: keys and values as texts of the host's memory, found by
// a key that is none yet, and a place for what `get` has read.
//
// A value may be erased by another thread as soon as the map's lock on it is released, so `get`
// copies it while it has the lock, as users of these maps do. The copy is the thread's own and
// lasts until its next `get`.
//
// Both maps hash a key again when the table grows and there is nobody to tell it, so they hash by
// themselves.
#pragma once

#include "host_allocator.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <utility>

// Bytes that are not stored: those of a key that is looked up, or is to be stored.
struct Bytes {
    const hashmark_host *host;
    std::string_view bytes;

    Bytes(const hashmark_host *host, const void *bytes, size_t length)
        : host(host), bytes(static_cast<const char *>(bytes), length)
    {
    }
    std::string_view view() const { return bytes; }
};

// A block of the host's memory with its length before it; empty after a move.
class Text {
    struct Block {
        const hashmark_host *host;
        size_t length;
        char bytes[];
    };
    Block *block = nullptr;

public:
    Text() = default;
    explicit Text(const Bytes &from)
    {
        block = static_cast<Block *>(host_allocate(from.host, sizeof(Block) + from.view().size()));
        block->host = from.host;
        block->length = from.view().copy(block->bytes, from.view().size());
    }
    Text(Text &&other) noexcept : block(std::exchange(other.block, nullptr)) {}
    Text &operator=(Text &&other) noexcept
    {
        std::swap(block, other.block);
        return *this;
    }
    ~Text()
    {
        if (block) host_release(block->host, block, sizeof(Block) + block->length);
    }

    std::string_view view() const
    {
        return block ? std::string_view{block->bytes, block->length} : std::string_view{};
    }
    hashmark_bytes bytes() const { return {view().data(), view().size()}; }
    // In place where the length is the same.
    void assign(const Bytes &from)
    {
        if (view().size() == from.view().size() && block)
            from.view().copy(block->bytes, block->length);
        else
            *this = Text(from);
    }
};

// A hash and an equality for look-ups by `Bytes`.
struct TextHash {
    using is_transparent = void;
    template <class T> std::size_t operator()(const T &text) const
    {
        return std::hash<std::string_view>{}(text.view());
    }
};

struct TextEqual {
    using is_transparent = void;
    template <class A, class B> bool operator()(const A &a, const B &b) const
    {
        return a.view() == b.view();
    }
};

// A copy for the thread that reads.
inline hashmark_bytes read_by_thread(const Text &text)
{
    static thread_local std::string copy;
    copy.assign(text.view());
    return {copy.data(), copy.size()};
}

// A table of such a map with its host; `Arguments` are what the map is constructed with.
template <class Map> struct StoreTable {
    const hashmark_host *host;
    Map map;

    template <class... Arguments>
    explicit StoreTable(const hashmark_host *host, Arguments... arguments)
        : host(host), map(arguments...)
    {
    }

    static StoreTable &of(void *table) { return *static_cast<StoreTable *>(table); }
    static const StoreTable &of(const void *table)
    {
        return *static_cast<const StoreTable *>(table);
    }
    static void destroy(void *table) { unmake(&of(table)); }
    static uint64_t count(const void *table) { return of(table).map.size(); }
};
