// Windows of load as rank 0 runs them: when they begin, where the shares go, and who is lost.
#include "rank.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// mpirun that ends a job kills a second after it has asked; until then the record has to be there.
static const uint64_t told_ns = 400000000ull;
/// From the agreement on a start to the start: for the message to arrive everywhere.
static const uint64_t lead_ns = 50000000ull;
static const uint64_t lead_per_rank_ns = 100000ull;
/// The same for a window with a command, of which there are many: ranks that wait look every ms.
static const uint64_t command_lead_ns = 10000000ull;
/// So long such windows go by what the clocks were: quartz is off by some 10 µs/s at most, which is
/// what the bound grows by meanwhile.
static const uint64_t clocks_last_ns = 5000000000ull;
static const uint64_t drift_per_s_ns = 10000ull;

void write_verdict(const struct rank *rank, const char *text) {
    if (!rank->options->verdict) return;
    FILE *file = fopen(rank->options->verdict, "w");
    if (!file) return;
    fputs(text, file);
    fclose(file);
}

// MARK: losses, as rank 0 sees them

static void lose(struct rank *rank, int peer, const char *why) {
    struct peer *missing = &rank->peers[peer];
    if (missing->state == lost) return;
    missing->state = lost;
    snprintf(missing->reason, sizeof missing->reason, "load host %s (rank %d) was lost: %s",
             missing->host, peer, why);
    fprintf(stderr, "hashmark-mpi: %s\n", missing->reason);
    if (rank->lost_at) return;
    rank->lost_at = now_ns();
    for (int other = 1; other < rank->count; other++)
        if (rank->peers[other].state == living) wire_send(other, tag_stop, NULL, 0);
    // One that waits for an answer is told by that.
    if (!rank->waits && !child_check(&rank->child)) kill(rank->child.pid, SIGTERM);
}

/// The first rank that is no part of the run any more; 0: all are.
static int missing(const struct rank *rank) {
    for (int peer = 1; peer < rank->count; peer++)
        if (rank->peers[peer].state != living) return peer;
    return 0;
}

void lose_silent(struct rank *rank) {
    uint64_t now = now_ns();
    for (int peer = 1; peer < rank->count; peer++) {
        struct peer *other = &rank->peers[peer];
        if (other->state == living && now > other->heard && now - other->heard > silence_ns)
            lose(rank, peer, "it gave no sign of life for 3 s");
    }
}

/// Our hashmark needs those that have ended already.
static void lose_ended(struct rank *rank) {
    for (int peer = 1; peer < rank->count; peer++) {
        char why[128];
        if (rank->peers[peer].state != done || rank->peers[peer].share) continue;
        snprintf(why, sizeof why, "its hashmark ended early; see rank-%d.log there", peer);
        lose(rank, peer, why);
    }
}

static void lose_late(struct rank *rank) {
    for (int peer = 1; peer < rank->count; peer++)
        if (rank->peers[peer].state == living && !rank->peers[peer].share)
            lose(rank, peer, "the run was ended before it had answered");
}

// MARK: windows, as rank 0 runs them

void beat(struct rank *rank) {
    uint64_t now = now_ns();
    if (now < rank->next_beat) return;
    rank->next_beat = now + beat_ns;
    if (rank->rank == 0) {
        for (int peer = 1; peer < rank->count; peer++)
            if (rank->peers[peer].state != lost) wire_send(peer, tag_beat, NULL, 0);
        write_verdict(rank, "alive\n");
    } else if (!rank->stopped_since) {
        wire_send(0, tag_beat, NULL, 0);
    }
}

static void tell_missing(struct rank *rank, int peer) {
    const char *reason = rank->peers[peer].reason;
    rank->waits = 0;
    child_send(&rank->child, 'L', reason, (uint32_t)strlen(reason));
}

/// 1, or 0 where one was lost over it.
static int measure_clocks(struct rank *rank) {
    for (int peer = 1; peer < rank->count; peer++) {
        beat(rank);
        if (!clock_measure(peer, &rank->peers[peer].clock)) {
            lose(rank, peer, "it did not say what time it is there");
            return 0;
        }
    }
    rank->clocks_at = now_ns();
    return 1;
}

static void start_window(struct rank *rank) {
    uint64_t now = now_ns();
    int is_known = rank->command && rank->clocks_at && now - rank->clocks_at < clocks_last_ns;
    if (!is_known && !measure_clocks(rank)) return;
    now = now_ns();
    uint64_t drift = (now - rank->clocks_at) / 1000 * drift_per_s_ns / 1000000;
    uint64_t start = now + (rank->command ? command_lead_ns : lead_ns)
        + lead_per_rank_ns * (uint64_t)rank->count;
    size_t length = 3 * sizeof(uint64_t) + rank->command_length;
    unsigned char *bytes = malloc(length);
    if (!bytes) fail(exit_error, "no memory for a command");
    for (int peer = 1; peer < rank->count; peer++) {
        const struct offset *clock = &rank->peers[peer].clock;
        uint64_t words[3] = {
            start + (uint64_t)clock->offset, (uint64_t)clock->offset, clock->bound + drift};
        memcpy(bytes, words, sizeof words);
        if (rank->command) memcpy(bytes + sizeof words, rank->command, rank->command_length);
        rank->peers[peer].is_ready = 0;
        wire_send(peer, tag_start, bytes, length);
    }
    free(bytes);
    uint64_t words[3] = {start, 0, 0};
    rank->waits = 0;
    child_send(&rank->child, 'S', words, sizeof words);
}

static void put(
    unsigned char *bytes, size_t *count, int status, const void *body, uint32_t length) {
    bytes[(*count)++] = (unsigned char)status;
    for (int byte = 0; byte < 4; byte++) bytes[(*count)++] = length >> 8 * byte & 255;
    if (length) memcpy(bytes + *count, body, length);
    *count += length;
}

/// Hands all shares to our hashmark, and of those that are lost the reason.
static void hand_shares(struct rank *rank) {
    size_t room = 0, count = 0;
    for (int peer = 0; peer < rank->count; peer++)
        room += 5 + rank->peers[peer].share_length + sizeof rank->peers[peer].reason;
    unsigned char *bytes = malloc(room);
    if (!bytes) fail(exit_error, "no memory for the shares of %d hosts", rank->count);
    for (int peer = 0; peer < rank->count; peer++) {
        struct peer *from = &rank->peers[peer];
        if (from->share) put(bytes, &count, 0, from->share, from->share_length);
        // Whose share came before it was lost has both.
        if (from->state == lost)
            put(bytes, &count, 1, from->reason, (uint32_t)strlen(from->reason));
        free(from->share);
        from->share = NULL;
        from->share_length = 0;
    }
    rank->waits = 0;
    child_send(&rank->child, 'R', bytes, (uint32_t)count);
    free(bytes);
}

void answer(struct rank *rank) {
    if (rank->waits && rank->told_at && now_ns() - rank->told_at > told_ns) lose_late(rank);
    if (rank->waits == 'W') {
        lose_ended(rank);
        int gone = missing(rank);
        if (gone) {
            tell_missing(rank, gone);
            return;
        }
        for (int peer = 1; peer < rank->count; peer++)
            if (!rank->peers[peer].is_ready) return;
        start_window(rank);
    } else if (rank->waits == 'G') {
        lose_ended(rank);
        for (int peer = 1; peer < rank->count; peer++)
            if (rank->peers[peer].state != lost && !rank->peers[peer].share) return;
        hand_shares(rank);
    }
}

void keep_share(struct peer *peer, unsigned char *bytes, uint32_t length) {
    free(peer->share);
    peer->share = bytes;
    peer->share_length = length;
}
