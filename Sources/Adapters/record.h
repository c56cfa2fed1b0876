/* A key and its value as one allocation of the host, for stores whose library keeps pointers. */
#ifndef RECORD_H
#define RECORD_H

#include "adapter.h"

typedef struct {
    size_t key_length;
    size_t value_length;
    char bytes[]; /* the key, then the value */
} record;

static inline hashmark_bytes record_key(const record *of)
{
    hashmark_bytes key = {of->bytes, of->key_length};
    return key;
}

static inline hashmark_bytes record_value(const record *of)
{
    hashmark_bytes value = {of->bytes + of->key_length, of->value_length};
    return value;
}

static inline int record_has_key(const record *of, const void *key, size_t length)
{
    return of->key_length == length && (length == 0 || memcmp(of->bytes, key, length) == 0);
}

/* 1 when the value has taken the place of the old one, which only one of its length can. */
static inline int record_overwrite(record *of, const void *value, size_t length)
{
    if (of->value_length != length) return 0;
    if (length != 0) memcpy(of->bytes + of->key_length, value, length);
    return 1;
}

static inline record *record_create(const hashmark_host *host, const void *key, size_t key_length,
                                    const void *value, size_t value_length)
{
    record *made = (record *)host_allocate(host, sizeof(record) + key_length + value_length);
    made->key_length = key_length;
    made->value_length = value_length;
    if (key_length != 0) memcpy(made->bytes, key, key_length);
    record_overwrite(made, value, value_length);
    return made;
}

static inline void record_release(const hashmark_host *host, record *of)
{
    host_release(host, of, sizeof(record) + of->key_length + of->value_length);
}

#endif
