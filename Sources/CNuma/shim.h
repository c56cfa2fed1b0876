// libnuma, opened when it is first asked for and not linked: an executable that is linked with it
// does not start on a machine without it. Its header gives the functions their types.
#ifndef HASHMARK_CNUMA_H
#define HASHMARK_CNUMA_H

#include <dlfcn.h>
#include <numa.h>

/// The functions in use, as numa.h describes them, without `numa_` before their names.
struct hashmark_numa {
    struct bitmask **nodes;  ///< numa_nodes_ptr: those that the kernel shows
    long long (*node_size)(int node, long long *free);
    int (*distance)(int from, int to);
    int (*node_to_cpus)(int node, struct bitmask *cpus);
    struct bitmask *(*allocate_cpumask)(void);
    struct bitmask *(*allocate_nodemask)(void);
    struct bitmask *(*get_membind)(void);
    struct bitmask *(*bitmask_setbit)(struct bitmask *mask, unsigned int bit);
    int (*bitmask_isbitset)(const struct bitmask *mask, unsigned int bit);
    void (*bitmask_free)(struct bitmask *mask);
};

/// Opens a library by its name, for good. 0, or -1 where there is none that has all of them.
static inline int hashmark_numa_open(const char *name, struct hashmark_numa *numa) {
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!library) return -1;
    numa->nodes = (__typeof__(&numa_nodes_ptr))dlsym(library, "numa_nodes_ptr");
    numa->node_size = (__typeof__(&numa_node_size64))dlsym(library, "numa_node_size64");
    numa->distance = (__typeof__(&numa_distance))dlsym(library, "numa_distance");
    numa->node_to_cpus = (__typeof__(&numa_node_to_cpus))dlsym(library, "numa_node_to_cpus");
    numa->allocate_cpumask =
        (__typeof__(&numa_allocate_cpumask))dlsym(library, "numa_allocate_cpumask");
    numa->allocate_nodemask =
        (__typeof__(&numa_allocate_nodemask))dlsym(library, "numa_allocate_nodemask");
    numa->get_membind = (__typeof__(&numa_get_membind))dlsym(library, "numa_get_membind");
    numa->bitmask_setbit =
        (__typeof__(&numa_bitmask_setbit))dlsym(library, "numa_bitmask_setbit");
    numa->bitmask_isbitset =
        (__typeof__(&numa_bitmask_isbitset))dlsym(library, "numa_bitmask_isbitset");
    numa->bitmask_free = (__typeof__(&numa_bitmask_free))dlsym(library, "numa_bitmask_free");
    return numa->nodes && numa->node_size && numa->distance && numa->node_to_cpus
        && numa->allocate_cpumask && numa->allocate_nodemask && numa->get_membind
        && numa->bitmask_setbit && numa->bitmask_isbitset && numa->bitmask_free ? 0 : -1;
}

#endif
