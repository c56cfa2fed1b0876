// libpfm4, which knows the events of processors by the names that their vendors give them: opened
// when it is first asked for and not linked, so that a machine without it starts the executable
// too.
// Apart from CPerf: its header declares perf_event_attr once more.
#ifndef HASHMARK_CPFM_H
#define HASHMARK_CPFM_H

#include <stdint.h>

/// An open library: its pfm_get_os_event_encoding, which is all that is asked of it.
struct hashmark_pfm {
    void *encode;
};

/// Opens a library by its name, for good, with the tables of all processors and not this one's
/// alone: those that are newer than the library are asked for by name, and so are others in tests.
/// 0, or -1 where there is none of that name, it is another one, or this was built without
/// libpfm4's header.
int hashmark_pfm_open(const char *name, struct hashmark_pfm *pfm);

/// The type and config of perf_event_attr for an event.
/// - Parameter event: as libpfm4 spells it, with its table: `skl::UOPS_RETIRED:RETIRE_SLOTS`.
/// 0, or -1 for an event that the library does not know.
int hashmark_pfm_encode(
    const struct hashmark_pfm *pfm, const char *event, uint32_t *type, uint64_t *config);

#endif
