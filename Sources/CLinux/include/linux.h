// Linux calls and constants that Swift's Glibc module does not import: variadic functions, macros
// and structures with flexible members. One-line wrappers, no logic.
#ifndef HASHMARK_CLINUX_H
#define HASHMARK_CLINUX_H

#include <errno.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/// accept4(2) without the peer's address, non-blocking and close-on-exec.
int hashmark_accept(int listener);

/// pipe2(2) with close-on-exec: `ends` receives the reading and the writing descriptor.
int hashmark_pipe(int ends[2]);

// prctl(2) is variadic, which Swift cannot call.
static inline void hashmark_adopt_orphans(int yes) { prctl(PR_SET_CHILD_SUBREAPER, yes); }

/// How a child is prepared between fork and exec.
struct hashmark_spawn {
    int stdin_fd, stdout_fd, stderr_fd;  ///< dup2'ed onto 0, 1, 2; -1 means /dev/null
    int new_group;                       ///< 1: own process group, so that it dies as a whole
    int die_with_parent;                 ///< 1: SIGKILL when the thread that spawned it ends
    int no_aslr;                         ///< 1: addresses are not randomised
    const int *cpus;                     ///< CPUs it may run on
    int cpu_count;                       ///< how many those are; 0: as the parent
    int memory_mode;                     ///< its memory policy's, see below; 0: as the parent
    const unsigned long *memory_nodes;   ///< from which nodes, one per bit; null: none are named
    unsigned long memory_bits;           ///< how many nodes those words have a bit for
    const char *folder;                  ///< it runs in this folder; null: in the parent's
};

/// vfork + execvpe; a null `envp` passes the environment on. Returns the pid, or -errno (of fork,
/// or of exec, reported through a pipe).
pid_t hashmark_spawn(const char *file, char *const argv[], char *const envp[],
                     const struct hashmark_spawn *how);

/// Says where the calling thread's new memory comes from: set_mempolicy(2), called directly,
/// because libnuma hides errno and claims to work under filters that forbid it. Modes are the
/// kernel's (1 preferred, 2 bind, 3 interleave, 4 local), nodes are one per bit. 0 or -errno.
int hashmark_set_memory_policy(int mode, const unsigned long *nodes, unsigned long bits);

/// Whether memory policies may be asked for here (get_mempolicy(2)): 0 or -errno.
int hashmark_probe_memory_policy(void);

/// Pins the calling thread to CPUs; numbers that no Linux has are left out. 0 or -errno.
int hashmark_pin_thread(const int *cpus, int count);

/// futex(2), which the C library has no call for. Waits while `word` is `expected`, until a wake-up
/// of one of `bits`; a signal or another value ends it as well.
void hashmark_futex_wait(const void *word, uint32_t expected, uint32_t bits);

/// Wakes those that wait at `word` for one of `bits`.
void hashmark_futex_wake(const void *word, uint32_t bits);

/// Lets the processor know that the calling thread looks at a word again and again.
static inline void hashmark_spin(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/// Columns of the terminal behind a descriptor; 0 where it does not know them, or is none. ioctl(2)
/// is variadic.
static inline int hashmark_terminal_columns(int fd) {
    struct winsize size;
    return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/// Removes a folder with everything in it; links themselves, not what they lead to. Best effort.
void hashmark_remove_tree(const char *path);

#endif
