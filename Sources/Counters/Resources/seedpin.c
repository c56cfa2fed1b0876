// The preload library of simulated runs: an unmodified server asks the kernel for randomness and
// gets the same bytes every time, so that its hash seed, and with it its cache misses, repeat.
// Hashmark compiles this file when a run first needs it; it is never loaded in any other mode.
//
// Covered: getrandom(2) and getentropy(3) through libc, arc4random(3), and /dev/random and
// /dev/urandom through open and fopen in all their spellings. Not covered: system calls made
// without libc (Go, static binaries), RDRAND, clocks and process ids that a server mixes in.
//
// The bytes are a SplitMix64 stream (Steele, Lea, Flood: Fast splittable pseudorandom number
// generators, OOPSLA 2014) from $HASHMARK_SEED, one stream per process: successive requests get
// successive bytes, as long as one thread makes them.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

// fortified headers define open as a macro or inline; the functions below are the plain symbols
#undef open
#undef open64
#undef openat
#undef openat64
#undef fopen
#undef fopen64

// A random device is a memory file, which serves read, pread, mmap and stdio alike. Its end comes
// after as many bytes as this; servers take 16 to 64 to seed themselves.
enum { device_bytes = 256 << 10 };

static _Atomic uint64_t position;  // 8-byte words handed out so far

static void fill(void *buffer, size_t count) {
    const char *text = getenv("HASHMARK_SEED");
    uint64_t seed = text ? strtoull(text, 0, 10) : 0;
    uint64_t word = atomic_fetch_add(&position, (count + 7) / 8);
    unsigned char *bytes = buffer;
    while (count > 0) {
        uint64_t z = seed + ++word * 0x9e3779b97f4a7c15u;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        z ^= z >> 31;
        size_t part = count < 8 ? count : 8;
        memcpy(bytes, &z, part);
        bytes += part;
        count -= part;
    }
}

static int is_random_device(const char *path) {
    return path && (strcmp(path, "/dev/urandom") == 0 || strcmp(path, "/dev/random") == 0);
}

static int device(int close_on_exec) {
    int fd = memfd_create("hashmark-random", close_on_exec ? MFD_CLOEXEC : 0);
    if (fd < 0) return fd;
    unsigned char page[4096];
    for (int written = 0; written < device_bytes; written += sizeof page) {
        fill(page, sizeof page);
        if (write(fd, page, sizeof page) != sizeof page) break;
    }
    lseek(fd, 0, SEEK_SET);
    return fd;
}

// The system call directly: allocators open files before dlsym may be used.
static int open_at(int folder, const char *path, int flags, mode_t mode) {
    if (is_random_device(path)) return device(flags & O_CLOEXEC);
    return syscall(SYS_openat, folder, path, flags, mode);
}

static mode_t mode_of(int flags, va_list rest) {
    int needs_mode = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
    return needs_mode ? (mode_t)va_arg(rest, int) : 0;
}

#define OPEN(name)                                        \
    int name(const char *path, int flags, ...) {          \
        va_list rest;                                     \
        va_start(rest, flags);                            \
        mode_t mode = mode_of(flags, rest);               \
        va_end(rest);                                     \
        return open_at(AT_FDCWD, path, flags, mode);      \
    }
#define OPENAT(name)                                      \
    int name(int folder, const char *path, int flags, ...) { \
        va_list rest;                                     \
        va_start(rest, flags);                            \
        mode_t mode = mode_of(flags, rest);               \
        va_end(rest);                                     \
        return open_at(folder, path, flags, mode);        \
    }

OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

// What _FORTIFY_SOURCE turns the calls without a mode into.
int __open_2(const char *path, int flags) { return open_at(AT_FDCWD, path, flags, 0); }
int __open64_2(const char *path, int flags) { return open_at(AT_FDCWD, path, flags, 0); }
int __openat_2(int folder, const char *path, int flags) { return open_at(folder, path, flags, 0); }
int __openat64_2(int folder, const char *path, int flags) {
    return open_at(folder, path, flags, 0);
}

static FILE *stream(const char *name, const char *path, const char *mode) {
    if (is_random_device(path)) {
        int fd = device(strchr(mode, 'e') != 0);
        return fd < 0 ? 0 : fdopen(fd, "r");
    }
    FILE *(*next)(const char *, const char *) = dlsym(RTLD_NEXT, name);
    return next ? next(path, mode) : 0;
}

FILE *fopen(const char *path, const char *mode) { return stream("fopen", path, mode); }
FILE *fopen64(const char *path, const char *mode) { return stream("fopen64", path, mode); }

ssize_t getrandom(void *buffer, size_t count, unsigned flags) {
    (void)flags;
    fill(buffer, count);
    return count;
}

int getentropy(void *buffer, size_t count) {
    fill(buffer, count);
    return 0;
}

void arc4random_buf(void *buffer, size_t count) { fill(buffer, count); }

uint32_t arc4random(void) {
    uint32_t value;
    fill(&value, sizeof value);
    return value;
}

uint32_t arc4random_uniform(uint32_t bound) {
    return bound < 2 ? 0 : (uint32_t)(((uint64_t)arc4random() * bound) >> 32);
}
