// The module is its header; a target needs a source.
#include "include/hashmark_table.h"
