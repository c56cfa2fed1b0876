#include "pfm.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#if __has_include(<perfmon/pfmlib_perf_event.h>)
#include <perfmon/pfmlib_perf_event.h>

int hashmark_pfm_open(const char *name, struct hashmark_pfm *pfm) {
    static const char every_table[] = "LIBPFM_ENCODE_INACTIVE";
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!library) return -1;
    __typeof__(&pfm_initialize) initialize =
        (__typeof__(&pfm_initialize))dlsym(library, "pfm_initialize");
    pfm->encode = dlsym(library, "pfm_get_os_event_encoding");
    if (!initialize || !pfm->encode) return -1;
    // It can be told in no other way, and reads it only now. Children are not to inherit it.
    setenv(every_table, "1", 1);
    int code = initialize();
    unsetenv(every_table);
    return code == PFM_SUCCESS ? 0 : -1;
}

int hashmark_pfm_encode(
    const struct hashmark_pfm *pfm, const char *event, uint32_t *type, uint64_t *config) {
    __typeof__(&pfm_get_os_event_encoding) encode =
        (__typeof__(&pfm_get_os_event_encoding))pfm->encode;
    struct perf_event_attr attributes;
    pfm_perf_encode_arg_t argument;
    memset(&attributes, 0, sizeof attributes);
    memset(&argument, 0, sizeof argument);
    argument.attr = &attributes;
    argument.size = sizeof argument;
    if (encode(event, PFM_PLM0 | PFM_PLM3, PFM_OS_PERF_EVENT, &argument) != PFM_SUCCESS) return -1;
    *type = attributes.type;
    *config = attributes.config;
    return 0;
}

#else

int hashmark_pfm_open(const char *name, struct hashmark_pfm *pfm) {
    (void)name;
    (void)pfm;
    return -1;
}

int hashmark_pfm_encode(
    const struct hashmark_pfm *pfm, const char *event, uint32_t *type, uint64_t *config) {
    (void)pfm;
    (void)event;
    (void)type;
    (void)config;
    return -1;
}

#endif
