// hashmark-mpi: several load hosts as one, over MPI.
//
//     mpirun ─► hashmark-mpi, rank 0 ◄── MPI ──► hashmark-mpi, rank 1 …
//                    │ socket                         │ socket
//               hashmark bench …                 hashmark bench …      each with its share
//
// This program starts a hashmark and carries its words: it finds out how the hosts' clocks differ,
// has all of them begin a window at one moment, and brings their shares to rank 0. It counts
// nothing and reads no document. What the words are says Sources/Experiments/Fleet.
//
// MPI is used for messages from rank to rank alone, each with somebody who looks after it: a
// collective operation has no end where a rank is gone. While a window runs a rank looks ten times
// a second whether there is news, and sleeps in between.
//
//   main.c      the command line         child.c   the hashmark of this rank, and its socket
//   launcher.c  -n K: starts mpirun      wire.c    messages between ranks
//   rank.c      the loop of a rank       clock.c   what a clock is off by
//   windows.c   windows of load, at rank 0
#ifndef HASHMARK_MPI_H
#define HASHMARK_MPI_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    exit_error = 1,
    exit_invalid = 3,
    exit_usage = 64,
};

/// How often a rank tells that it lives, and after how long a silence it does not: both far below
/// the ten seconds within which a run with a lost rank has to end, and far above a pause of a
/// process on a busy machine.
static const uint64_t beat_ns = 1000000000ull;
static const uint64_t silence_ns = 3000000000ull;

struct options {
    int ranks;             ///< -n: to start; 0: started by mpirun, or alone
    const char *hostfile;  ///< --hostfile
    const char *folder;    ///< --ranks: of the files of ranks
    const char *verdict;   ///< --verdict: where rank 0 says how it ended
    char **mpirun;         ///< --mpirun: more options of mpirun
    int mpirun_count;
    char **words;  ///< the verb and its words
};

/// Ends with a line on standard error and this code.
void fail(int code, const char *format, ...) __attribute__((noreturn, format(printf, 2, 3)));

/// Of CLOCK_MONOTONIC.
uint64_t now_ns(void);
void sleep_ms(int milliseconds);

// MARK: launcher.c

/// Starts mpirun, waits for rank 0's verdict, and returns it.
int launch(const struct options *options, const char *self);

// MARK: child.c

struct child {
    pid_t pid;
    int socket;
    unsigned char *bytes;  ///< of a frame that is not whole yet
    size_t count, capacity;
    int has_ended;
    int code;  ///< as a shell tells it
};

struct frame {
    unsigned char kind;
    unsigned char *bytes;  ///< the caller's to free
    uint32_t length;
};

/// Starts hashmark. Of other ranks than 0 outputs are left out, and what they print goes to a file.
void child_start(
    struct child *child, const struct options *options, int rank, int count, uint64_t seed,
    const char *host);
/// One frame, if there is a whole one within so many ms; 1, or 0.
int child_receive(struct child *child, struct frame *frame, int milliseconds);
void child_send(struct child *child, unsigned char kind, const void *bytes, uint32_t length);
/// Notes its end; 1 where it has ended.
int child_check(struct child *child);
/// Whether somebody has stopped it (SIGSTOP).
int child_is_stopped(const struct child *child);

// MARK: wire.c

enum tag {
    tag_hello = 1,  ///< to 0: the host's name
    tag_welcome,    ///< from 0: the seed
    tag_beat,       ///< both ways
    tag_ready,      ///< to 0: its hashmark waits for a window
    tag_ping,       ///< from 0
    tag_pong,       ///< to 0: the time
    tag_start,      ///< from 0: start, offset, bound
    tag_share,      ///< to 0: what the window was there
    tag_total,      ///< from 0: what it was in all
    tag_stop,       ///< from 0: break the burst off
    tag_done,       ///< to 0: its hashmark has ended, and how
    tag_end,        ///< from 0: the run is over, and how
};

struct message {
    int source;
    enum tag tag;
    unsigned char *bytes;  ///< the caller's to free
    int length;
};

void wire_open(int *argc, char ***argv, int *rank, int *count);
/// Copies the bytes; returns at once.
void wire_send(int rank, enum tag tag, const void *bytes, size_t length);
/// The next message from anybody with any tag; 1, or 0 where there is none.
int wire_receive(struct message *message);
/// The next from this rank with this tag, waited for until `deadline`; 1, or 0.
int wire_await(int rank, enum tag tag, struct message *message, uint64_t deadline);
/// Waits a little for what was sent. 1 where all of it has left.
int wire_flush(uint64_t deadline);
/// Ends MPI in peace, which takes all ranks.
void wire_close(void);
/// Ends all ranks.
void wire_abort(int code) __attribute__((noreturn));

// MARK: clock.c

struct offset {
    int64_t offset;  ///< their clock less ours
    uint64_t bound;  ///< half the shortest round trip
};

/// Asks a rank for the time; 1, or 0 where it does not answer.
int clock_measure(int rank, struct offset *offset);
/// Answers one question.
void clock_answer(void);

// MARK: rank.c

/// Runs one rank to its end; returns the exit code.
int run_rank(const struct options *options, int rank, int count);

#endif
