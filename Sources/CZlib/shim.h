// zlib, for compressed HdrHistogram V2 payloads.
#include <zlib.h>
