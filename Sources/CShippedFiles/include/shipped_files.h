// The files of Workloads/ as bytes in the executable, so that it needs no checkout beside it.
#ifndef HASHMARK_SHIPPED_FILES_H
#define HASHMARK_SHIPPED_FILES_H

#include <stddef.h>

struct hashmark_shipped_file {
    /// From the root of the checkout, such as `Workloads/ycsb-a.yaml`; null behind the last file.
    const char *_Nullable path;
    const unsigned char *_Nullable bytes;
    size_t length;
};

/// All of them, in the order of their paths; an entry without a path ends the list.
const struct hashmark_shipped_file *_Nonnull hashmark_shipped_files(void);

#endif
