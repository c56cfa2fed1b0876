// zstd, for traces that come compressed.
#include <zstd.h>
