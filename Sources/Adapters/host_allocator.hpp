// The host's memory as an allocator of C++, and objects that live in it.
#pragma once

#include "adapter.h"

#include <cstddef>
#include <new>

template <class T> struct HostAllocator {
    using value_type = T;
    // Containers from before C++11 ask for these (sparsehash).
    using size_type = std::size_t;
    using difference_type = std::ptrdiff_t;
    using pointer = T *;
    using const_pointer = const T *;
    using reference = T &;
    using const_reference = const T &;
    template <class U> struct rebind { using other = HostAllocator<U>; };
    size_type max_size() const { return PTRDIFF_MAX / sizeof(T); }

    const hashmark_host *host;

    explicit HostAllocator(const hashmark_host *host) : host(host) {}
    template <class U> HostAllocator(const HostAllocator<U> &other) : host(other.host) {}

    T *allocate(std::size_t count)
    {
        return static_cast<T *>(host->allocate(host->context, count * sizeof(T), alignof(T)));
    }
    void deallocate(T *memory, std::size_t count)
    {
        host->release(host->context, memory, count * sizeof(T), alignof(T));
    }
    template <class U> bool operator==(const HostAllocator<U> &other) const
    {
        return host == other.host;
    }
};

template <class T, class... Arguments>
T *made_by(const hashmark_host *host, Arguments... arguments)
{
    return new (HostAllocator<T>(host).allocate(1)) T(host, arguments...);
}

template <class T> void unmake(T *object)
{
    HostAllocator<T> allocator(object->host);
    object->~T();
    allocator.deallocate(object, 1);
}
