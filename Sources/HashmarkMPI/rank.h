// What a rank knows, and what rank 0 does with it.
#ifndef HASHMARK_MPI_RANK_H
#define HASHMARK_MPI_RANK_H

#include "hashmark_mpi.h"

enum state { living, done, lost };

struct peer {
    char host[256];
    enum state state;
    uint64_t heard;
    int is_ready;
    unsigned char *share;  ///< of the window; null before it has come
    uint32_t share_length;
    char reason[512];  ///< why it is lost
    struct offset clock;
};

struct rank {
    const struct options *options;
    int rank, count;
    struct peer *peers;  ///< by rank; our own holds our hashmark's share
    struct child child;
    unsigned char waits;      ///< W or G: what our hashmark waits for an answer to; else 0
    unsigned char *command;   ///< rank 0: of the window that is waited for; null where it has none
    uint32_t command_length;
    uint64_t clocks_at;       ///< rank 0: when all clocks were asked last; 0: never
    uint64_t next_beat;
    uint64_t attentive_until;
    uint64_t lost_at;         ///< the first loss; 0: none
    uint64_t stopped_since;   ///< our own hashmark; 0: it is not
    uint64_t told_at;         ///< a signal asked us to end
    uint64_t ends_at;         ///< rank 0's hashmark has ended, or we have heard so
    int has_told_done;
    int code;
};

// MARK: windows.c

/// Tells rank 0, or from there all others, that we live; at most once in `beat_ns`.
void beat(struct rank *rank);
/// Keeps the bytes, which are no longer the caller's.
void keep_share(struct peer *peer, unsigned char *bytes, uint32_t length);
/// Rank 0: finds those that are silent.
void lose_silent(struct rank *rank);
/// Rank 0: answers its hashmark as soon as there is an answer.
void answer(struct rank *rank);
/// Rank 0: says for `hashmark-mpi -n` how the run goes.
void write_verdict(const struct rank *rank, const char *text);

#endif
