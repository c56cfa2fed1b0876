// hashmark-mpi -n K: mpirun with the options that a load needs, and rank 0's verdict as the exit
// code. mpirun's own says nothing of the run: 137 where a rank was killed, 0 where it was told to
// go on all the same.
#include "hashmark_mpi.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/// Daemons on all hosts, a process on each.
static const uint64_t start_ns = 60000000000ull;
/// Rank 0 touches its file every second; it ends a lost run itself within `silence_ns`.
static const uint64_t stale_ns = 7000000000ull;
/// From the verdict on, for mpirun to end by itself.
static const uint64_t end_ns = 1000000000ull;

static volatile sig_atomic_t signalled;

static void note(int number) { signalled = number; }

static void add(char **words, int *count, const char *word) {
    words[(*count)++] = (char *)word;
}

static char **command(const struct options *options, const char *self, const char *verdict) {
    int length = 0;
    while (options->words[length]) length++;
    char **words = calloc((size_t)(length + options->mpirun_count + 64), sizeof *words);
    char *ranks = malloc(16);
    snprintf(ranks, 16, "%d", options->ranks);
    int count = 0;
    // A rank on each host before any has two, and no core is a rank's alone; ranks that wait do not
    // spin, a dead one does not end the others, and a link that is down is found out.
    const char *const usual[] = {
        "mpirun", "-n", ranks, "--map-by", "node", "--bind-to", "none", "--oversubscribe",
        "--enable-recovery",
        "--mca", "mpi_yield_when_idle", "1", "--mca", "btl", "tcp,self",
        "--mca", "mpi_warn_on_fork", "0", "--mca", "oob_tcp_keepalive_time", "3",
        "--mca", "oob_tcp_keepalive_intvl", "1", "--mca", "oob_tcp_keepalive_probes", "3",
    };
    for (size_t index = 0; index < sizeof usual / sizeof *usual; index++)
        add(words, &count, usual[index]);
    if (geteuid() == 0) add(words, &count, "--allow-run-as-root");
    if (options->hostfile) {
        add(words, &count, "--hostfile");
        add(words, &count, options->hostfile);
    }
    for (int index = 0; index < options->mpirun_count; index++)
        add(words, &count, options->mpirun[index]);
    add(words, &count, self);
    add(words, &count, "--verdict");
    add(words, &count, verdict);
    add(words, &count, "--ranks");
    add(words, &count, options->folder);
    for (int index = 0; index < length; index++) add(words, &count, options->words[index]);
    return words;
}

/// The path of this program, for mpirun: what has no slash it looks for itself.
static char *own_path(const char *self) {
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length < 0) return strdup(self);
    path[length] = 0;
    return strdup(path);
}

/// The code after `end`; -1 before rank 0 has said it.
static int verdict_code(const char *path) {
    FILE *file = fopen(path, "r");
    int code = -1;
    if (!file) return -1;
    if (fscanf(file, "end %d", &code) != 1) code = -1;
    fclose(file);
    return code;
}

/// Ends mpirun and what it has started: asks, and then does not.
static void end(pid_t mpirun) {
    kill(mpirun, SIGTERM);
    for (int step = 0; step < 20; step++) {
        if (waitpid(mpirun, NULL, WNOHANG) != 0) return;
        sleep_ms(100);
    }
    kill(-mpirun, SIGKILL);
    waitpid(mpirun, NULL, 0);
}

static pid_t start(char **words) {
    pid_t pid = fork();
    if (pid < 0) fail(exit_error, "cannot start mpirun: %s", strerror(errno));
    if (pid > 0) return pid;
    // A group of its own: Ctrl-C is ours to hand on, once.
    setpgid(0, 0);
    // Of a job in the background, the terminal asks for nothing.
    if (!freopen("/dev/null", "r", stdin)) _exit(127);
    execvp(words[0], words);
    fprintf(stderr, "hashmark-mpi: there is no mpirun; install it (Debian: openmpi-bin)\n");
    _exit(127);
}

/// Waits for mpirun's end or the verdict, whichever is first.
static int await(pid_t mpirun, const char *path) {
    uint64_t seen = now_ns() + start_ns - stale_ns, decided = 0;
    time_t last = 0;
    long last_ns = 0;
    for (int handed = 0;; sleep_ms(100)) {
        int status = 0;
        pid_t ended = waitpid(mpirun, &status, WNOHANG);
        int code = verdict_code(path);
        if (ended == mpirun) {
            if (code >= 0) return code;
            if (WIFEXITED(status) && WEXITSTATUS(status) == 127) return exit_error;
            if (signalled) return 128 + signalled;
            // Before rank 0 was there, mpirun has said why.
            if (last == 0) return exit_error;
            fprintf(stderr, "hashmark-mpi: rank 0 was lost, and with it the sum; what each rank "
                            "measured is in its own file\n");
            return exit_invalid;
        }
        uint64_t now = now_ns();
        if (signalled && !handed) handed = kill(mpirun, SIGINT) == 0;
        if (code >= 0) {
            if (!decided) decided = now;
            if (now - decided < end_ns) continue;
            end(mpirun);
            return code;
        }
        struct stat file;
        if (stat(path, &file) == 0
            && (file.st_mtim.tv_sec != last || file.st_mtim.tv_nsec != last_ns)) {
            last = file.st_mtim.tv_sec;
            last_ns = file.st_mtim.tv_nsec;
            seen = now;
        }
        if (now > seen && now - seen > stale_ns) {
            fprintf(stderr, "hashmark-mpi: rank 0 gives no sign of life; what each rank measured "
                            "is in its own file\n");
            end(mpirun);
            return exit_invalid;
        }
    }
}

int launch(const struct options *options, const char *self) {
    const char *parent = getenv("TMPDIR");
    char path[4096];
    snprintf(path, sizeof path, "%s/hashmark-mpi-XXXXXX", parent && *parent ? parent : "/tmp");
    int file = mkstemp(path);
    if (file < 0) fail(exit_error, "cannot make %s: %s", path, strerror(errno));
    close(file);
    // Rank 0 makes it, on this host: until then it is not there.
    unlink(path);
    struct sigaction action = {.sa_handler = note};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    pid_t mpirun = start(command(options, own_path(self), path));
    int code = await(mpirun, path);
    unlink(path);
    return code;
}
