/* What every adapter shares: how its descriptor is exported, and the one option that there is. */
#ifndef ADAPTER_H
#define ADAPTER_H

/* All but the descriptor is hidden (-fvisibility=hidden): several adapters are loaded side by
 * side. */
#pragma GCC visibility push(default)
#include "hashmark_table.h"
#pragma GCC visibility pop

#include <string.h>

/* Scripts/adapters says which release it compiles against. */
#ifndef LIBRARY_VERSION
#define LIBRARY_VERSION "unknown release"
#endif

enum hash_choice { HASH_REFUSED, HASH_HANDED, HASH_OWN };

/* Hashmark's hash, which is handed to each call, unless `hash=own` asks for the library's. */
static inline enum hash_choice chosen_hash(const hashmark_host *host)
{
    if (host->options[0] == 0) return HASH_HANDED;
    if (strcmp(host->options, "hash=own") == 0) return HASH_OWN;
    host->refuse(host->context, "there is one option, hash=own: the library's own hash function");
    return HASH_REFUSED;
}

/* What malloc would align to. */
enum { ALIGNMENT = 16 };

static inline void *host_allocate(const hashmark_host *host, size_t bytes)
{
    return host->allocate(host->context, bytes, ALIGNMENT);
}

static inline void host_release(const hashmark_host *host, void *memory, size_t bytes)
{
    host->release(host->context, memory, bytes, ALIGNMENT);
}

#endif
