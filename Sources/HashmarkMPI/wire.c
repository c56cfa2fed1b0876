// Messages between ranks: what is sent waits here until MPI has taken it, and what comes is waited
// for as long as somebody wants to and no longer.
#include "hashmark_mpi.h"

#include <mpi.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

/// A message that MPI has not taken yet.
struct outgoing {
    MPI_Request request;
    void *bytes;
    struct outgoing *next;
};

static struct outgoing *outgoing;
static int is_open;

/// Of a message: it is under way, so it comes soon or not at all.
static const uint64_t arrival_ns = 3000000000ull;

void wire_open(int *argc, char ***argv, int *rank, int *count) {
    // We start hashmark, and never speak MPI in it.
    setenv("OMPI_MCA_mpi_warn_on_fork", "0", 0);
    if (MPI_Init(argc, argv) != MPI_SUCCESS) fail(exit_error, "MPI_Init failed");
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Comm_rank(MPI_COMM_WORLD, rank);
    MPI_Comm_size(MPI_COMM_WORLD, count);
    is_open = 1;
}

/// Forgets what has left.
static void sweep(void) {
    for (struct outgoing **place = &outgoing; *place;) {
        struct outgoing *message = *place;
        int is_done = 0;
        if (MPI_Test(&message->request, &is_done, MPI_STATUS_IGNORE) != MPI_SUCCESS) is_done = 1;
        if (!is_done) {
            place = &message->next;
            continue;
        }
        *place = message->next;
        free(message->bytes);
        free(message);
    }
}

void wire_send(int rank, enum tag tag, const void *bytes, size_t length) {
    if (!is_open) return;
    struct outgoing *message = malloc(sizeof *message);
    void *copy = malloc(length + 1);
    if (!message || !copy) fail(exit_error, "no memory for a message");
    if (length) memcpy(copy, bytes, length);
    message->bytes = copy;
    if (MPI_Isend(copy, (int)length, MPI_BYTE, rank, tag, MPI_COMM_WORLD, &message->request)
        != MPI_SUCCESS) {
        free(copy);
        free(message);
        return;
    }
    message->next = outgoing;
    outgoing = message;
    sweep();
}

/// Receives what a probe has found.
static int receive(const MPI_Status *found, struct message *message) {
    int length = 0, is_done = 0;
    MPI_Request request;
    MPI_Get_count(found, MPI_BYTE, &length);
    message->source = found->MPI_SOURCE;
    message->tag = (enum tag)found->MPI_TAG;
    message->length = length;
    message->bytes = malloc((size_t)length + 1);
    if (!message->bytes) fail(exit_error, "no memory for a message");
    message->bytes[length] = 0;
    if (MPI_Irecv(message->bytes, length, MPI_BYTE, message->source, message->tag, MPI_COMM_WORLD,
                  &request) != MPI_SUCCESS)
        return 0;
    for (uint64_t deadline = now_ns() + arrival_ns; now_ns() < deadline; sched_yield()) {
        if (MPI_Test(&request, &is_done, MPI_STATUS_IGNORE) != MPI_SUCCESS) return 0;
        if (is_done) return 1;
    }
    // The bytes stay MPI's, which may write to them yet; its sender is found to be silent.
    return 0;
}

static int probe(int rank, int tag, struct message *message) {
    int is_there = 0;
    MPI_Status found;
    if (!is_open) return 0;
    if (MPI_Iprobe(rank, tag, MPI_COMM_WORLD, &is_there, &found) != MPI_SUCCESS) return 0;
    return is_there && receive(&found, message);
}

int wire_receive(struct message *message) {
    sweep();
    return probe(MPI_ANY_SOURCE, MPI_ANY_TAG, message);
}

int wire_await(int rank, enum tag tag, struct message *message, uint64_t deadline) {
    do {
        if (probe(rank, tag, message)) return 1;
        sched_yield();
    } while (now_ns() < deadline);
    return 0;
}

int wire_flush(uint64_t deadline) {
    while (outgoing && now_ns() < deadline) {
        sweep();
        sched_yield();
    }
    return outgoing == NULL;
}

void wire_close(void) {
    if (is_open) MPI_Finalize();
}

void wire_abort(int code) {
    if (is_open) MPI_Abort(MPI_COMM_WORLD, code);
    exit(code);
}
