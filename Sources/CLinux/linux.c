// Here and not in the header: there it would give C library types (fd_set) other members than
// Swift's Glibc module knows, and importing both would fail.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "linux.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

_Static_assert(sizeof(pid_t) == sizeof(int), "pid_t is returned as a negative errno on failure");

int hashmark_accept(int listener) {
    return accept4(listener, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int hashmark_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int hashmark_pin_thread(const int *cpus, int count) {
    // Of every CPU that Linux can have (MAXSMP's NR_CPUS); glibc's cpu_set_t ends at 1024. On the
    // stack, because a child between fork and exec must not allocate.
    struct { cpu_set_t part[8]; } set;
    memset(&set, 0, sizeof set);
    for (int i = 0; i < count; i++) CPU_SET_S(cpus[i], sizeof set, set.part);
    return sched_setaffinity(0, sizeof set, set.part) == 0 ? 0 : -errno;
}

void hashmark_futex_wait(const void *word, uint32_t expected, uint32_t bits) {
    int error = errno;
    syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, expected, NULL, NULL, bits);
    errno = error;
}

void hashmark_futex_wake(const void *word, uint32_t bits) {
    int error = errno;
    syscall(SYS_futex, word, FUTEX_WAKE_BITSET_PRIVATE, INT_MAX, NULL, NULL, bits);
    errno = error;
}

int hashmark_set_memory_policy(int mode, const unsigned long *nodes, unsigned long bits) {
    // The mask's length counts one more than its bits.
    return syscall(SYS_set_mempolicy, mode, nodes, nodes ? bits + 1 : 0ul) == 0 ? 0 : -errno;
}

int hashmark_probe_memory_policy(void) {
    int mode;
    return syscall(SYS_get_mempolicy, &mode, 0, 0ul, 0, 0ul) == 0 ? 0 : -errno;
}

// Everything between vfork and exec is async-signal-safe and changes no memory but its own stack's,
// for the memory is the parent's; a failure goes back through `report`.
static void exec_child(const char *file, char *const argv[], char *const envp[],
                       const struct hashmark_spawn *how, pid_t parent, int report) {
    int fds[3] = {how->stdin_fd, how->stdout_fd, how->stderr_fd};
    sigset_t none;
    int error;

    if (how->new_group && setpgid(0, 0) != 0) goto failed;
    if (how->die_with_parent) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) goto failed;
        if (getppid() != parent) _exit(127);  // it was gone before the request was in place
    }
    if (how->no_aslr && personality(ADDR_NO_RANDOMIZE) == -1) goto failed;
    if (how->cpu_count && hashmark_pin_thread(how->cpus, how->cpu_count) != 0) goto failed;
    if (how->memory_mode
        && hashmark_set_memory_policy(how->memory_mode, how->memory_nodes, how->memory_bits) != 0)
        goto failed;
    for (int i = 0; i < 3; i++) {
        int fd = fds[i] >= 0 ? fds[i] : open("/dev/null", O_RDWR);
        if (fd < 0 || dup2(fd, i) < 0) goto failed;
        if (fd == i) fcntl(i, F_SETFD, 0);
    }
    if (how->folder && chdir(how->folder) != 0) goto failed;
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, 0);
    execvpe(file, argv, envp ? envp : environ);
failed:
    error = errno;
    (void)!write(report, &error, sizeof error);
    _exit(127);
}

pid_t hashmark_spawn(const char *file, char *const argv[], char *const envp[],
                     const struct hashmark_spawn *how) {
    int report[2];
    int error = 0;
    pid_t parent = getpid();
    sigset_t all, before;
    if (pipe2(report, O_CLOEXEC) != 0) return -errno;
    // vfork, for a fork copies the page tables of whatever the parent holds. No handler of the
    // parent's may run in the child.
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t pid = vfork();
    if (pid == 0) exec_child(file, argv, envp, how, parent, report[1]);
    if (pid < 0) error = errno;
    pthread_sigmask(SIG_SETMASK, &before, 0);
    close(report[1]);
    if (pid > 0) {
        ssize_t got;
        do got = read(report[0], &error, sizeof error);
        while (got < 0 && errno == EINTR);
        if (got != sizeof error) error = 0;  // the pipe closed on exec: it runs
        else waitpid(pid, 0, 0);
    }
    close(report[0]);
    return error ? -error : pid;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place) {
    remove(path);
    return 0;
}

void hashmark_remove_tree(const char *path) {
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}
