// The hashmark of this rank: a process with a socket to us, that goes when we go.
#include "hashmark_mpi.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/// Where the child has its end of the socket.
static const int child_descriptor = 3;
static const size_t head_bytes = 5;
static const uint32_t most_bytes = 1u << 30;

/// Outputs with a value, which are rank 0's.
static const char *const outputs[] = {
    "--json", "--out", "--export", "--hdr-log", "--record", "--history",
};

static void make_folders(const char *folder) {
    char path[4096];
    snprintf(path, sizeof path, "%s", folder);
    for (char *slash = path + 1; *slash; slash++) {
        if (*slash != '/') continue;
        *slash = 0;
        mkdir(path, 0777);
        *slash = '/';
    }
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        fail(exit_error, "cannot make the folder %s: %s; name another with --ranks", folder,
             strerror(errno));
}

/// hashmark beside this program; where there is none, that of PATH.
static char *program(void) {
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 16);
    if (length < 0) return strdup("hashmark");
    path[length] = 0;
    char *slash = strrchr(path, '/');
    strcpy(slash + 1, "hashmark");
    return strdup(access(path, X_OK) == 0 ? path : "hashmark");
}

/// The words of a rank: of others than 0 without outputs.
static char **words(const struct options *options, int rank) {
    int count = 0, kept = 0;
    while (options->words[count]) count++;
    char **result = calloc((size_t)count + 2, sizeof *result);
    // Under this name the record has them: as they were typed, but for what is ours.
    result[kept++] = "hashmark-mpi";
    int is_command = 0;
    for (int index = 0; index < count; index++) {
        char *word = options->words[index];
        if (!strcmp(word, "--")) is_command = 1;
        int is_output = 0, has_value = 0;
        for (size_t output = 0; output < sizeof outputs / sizeof *outputs; output++) {
            size_t length = strlen(outputs[output]);
            if (strncmp(word, outputs[output], length)) continue;
            if (word[length] == 0) is_output = 1;
            if (word[length] == '=') is_output = has_value = 1;
        }
        if (rank > 0 && is_output && !is_command) {
            if (!has_value && index + 1 < count) index++;
            continue;
        }
        result[kept++] = word;
    }
    return result;
}

/// In the child: everything up to exec.
static void become(
    const struct options *options, int rank, int socket, const char *log, const char *link,
    pid_t parent) {
    // Both before anything that takes time: the parent may be gone already.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    int end = fcntl(socket, F_DUPFD, 16);
    dup2(end, child_descriptor);
    for (int descriptor = 4; descriptor < 1024; descriptor++) close(descriptor);
    if (rank > 0) {
        int file = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0644);
        if (file >= 0) {
            dup2(file, STDOUT_FILENO);
            dup2(file, STDERR_FILENO);
            close(file);
        }
    }
    setenv("HASHMARK_FLEET", link, 1);
    char *path = program();
    execvp(path, words(options, rank));
    fprintf(stderr, "hashmark-mpi: cannot start %s: %s; put hashmark beside hashmark-mpi\n", path,
            strerror(errno));
    _exit(127);
}

void child_start(
    struct child *child, const struct options *options, int rank, int count, uint64_t seed,
    const char *host) {
    int ends[2];
    char link[8192], log[4200], name[256];
    memset(child, 0, sizeof *child);
    make_folders(options->folder);
    // A blank would end it.
    snprintf(name, sizeof name, "%s", *host ? host : "host");
    for (char *letter = name; *letter; letter++)
        if (*letter == ' ') *letter = '_';
    snprintf(log, sizeof log, "%s/rank-%d.log", options->folder, rank);
    snprintf(link, sizeof link, "%d %d %d %llu %s %s/rank-%d.ndjson", child_descriptor, rank, count,
             (unsigned long long)seed, name, options->folder, rank);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        fail(exit_error, "cannot make a socket: %s", strerror(errno));
    pid_t parent = getpid();
    child->pid = fork();
    if (child->pid < 0) fail(exit_error, "cannot start hashmark: %s", strerror(errno));
    if (child->pid == 0) become(options, rank, ends[1], log, link, parent);
    close(ends[1]);
    child->socket = ends[0];
}

/// Takes a whole frame out of the bytes that are there.
static int take(struct child *child, struct frame *frame) {
    if (child->count < head_bytes) return 0;
    uint32_t length = 0;
    for (int byte = 4; byte > 0; byte--) length = length << 8 | child->bytes[byte];
    if (length > most_bytes) fail(exit_error, "hashmark sent what is no frame; use one build");
    size_t whole = head_bytes + length;
    if (child->count < whole) return 0;
    frame->kind = child->bytes[0];
    frame->length = length;
    frame->bytes = malloc(length + 1);
    memcpy(frame->bytes, child->bytes + head_bytes, length);
    child->count -= whole;
    memmove(child->bytes, child->bytes + whole, child->count);
    return 1;
}

int child_receive(struct child *child, struct frame *frame, int milliseconds) {
    if (take(child, frame)) return 1;
    if (child->socket < 0) {
        sleep_ms(milliseconds);
        return 0;
    }
    struct pollfd poller = {.fd = child->socket, .events = POLLIN};
    if (poll(&poller, 1, milliseconds) <= 0) return 0;
    if (child->capacity - child->count < 65536) {
        child->capacity = 2 * child->capacity + 131072;
        child->bytes = realloc(child->bytes, child->capacity);
        if (!child->bytes) fail(exit_error, "no memory for what hashmark says");
    }
    ssize_t count = recv(
        child->socket, child->bytes + child->count, child->capacity - child->count, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    if (count <= 0) {
        close(child->socket);
        child->socket = -1;
        return 0;
    }
    child->count += (size_t)count;
    return take(child, frame);
}

void child_send(struct child *child, unsigned char kind, const void *bytes, uint32_t length) {
    unsigned char head[5] = {
        kind, length & 255, length >> 8 & 255, length >> 16 & 255, length >> 24 & 255};
    const unsigned char *parts[] = {head, bytes};
    const size_t lengths[] = {sizeof head, length};
    for (int part = 0; part < 2; part++) {
        for (size_t sent = 0; sent < lengths[part] && child->socket >= 0;) {
            ssize_t count = send(
                child->socket, parts[part] + sent, lengths[part] - sent, MSG_NOSIGNAL);
            if (count < 0 && errno == EINTR) continue;
            if (count <= 0) return;
            sent += (size_t)count;
        }
    }
}

int child_check(struct child *child) {
    int status;
    if (child->has_ended) return 1;
    if (waitpid(child->pid, &status, WNOHANG) != child->pid) return 0;
    child->has_ended = 1;
    child->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return 1;
}

int child_is_stopped(const struct child *child) {
    char path[64], text[512];
    if (child->has_ended) return 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)child->pid);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    size_t count = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[count] = 0;
    // The state stands behind the name, which is in brackets and may hold some.
    char *name = strrchr(text, ')');
    return name && name[1] == ' ' && (name[2] == 'T' || name[2] == 't');
}
