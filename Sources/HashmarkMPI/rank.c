// The loop of a rank: words of its hashmark on one side, messages of the other ranks on the other.
//
// Rank 0 knows of all others whether they live. One that is silent, whose hashmark has ended before
// the others' or is stopped, is lost, and with it the run: all that still measure break off and
// hand over what they have, and rank 0's hashmark writes that down and ends. The others know the
// same of rank 0, without which nothing is worth going on.
#include "rank.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/// All ranks have started within this; a hashmark that was told of the end writes its record within
/// this; and ranks that are told of it answer within this, and have sent all within this. Together
/// with the silence before, and what mpirun takes to end, these are less than ten seconds.
static const uint64_t hello_ns = 60000000000ull;
static const uint64_t wind_up_ns = 3000000000ull;
static const uint64_t farewell_ns = 1000000000ull;
static const uint64_t flush_ns = 500000000ull;
/// After a question for the time comes the next one: it is not to wait for our sleep.
static const uint64_t attention_ns = 20000000ull;

static volatile sig_atomic_t signalled;

static void note(int number) { signalled = number; }

// MARK: what comes in

/// Lets our hashmark go on that waits for a window which will not be; 0 where it does not.
static int refuse_window(struct rank *rank, const char *text) {
    if (rank->waits != 'W') return 0;
    rank->waits = 0;
    child_send(&rank->child, 'L', text, (uint32_t)strlen(text));
    return 1;
}

static void hear(struct rank *rank, struct message *message) {
    struct peer *from = &rank->peers[message->source];
    from->heard = now_ns();
    switch (message->tag) {
    case tag_ready: from->is_ready = 1; break;
    case tag_share:
        keep_share(from, message->bytes, (uint32_t)message->length);
        return;
    case tag_done:
        if (from->state == living) from->state = done;
        break;
    case tag_ping:
        clock_answer();
        rank->attentive_until = now_ns() + attention_ns;
        break;
    case tag_start:
        child_send(&rank->child, 'S', message->bytes, (uint32_t)message->length);
        rank->waits = 0;
        break;
    case tag_total:
        child_send(&rank->child, 'B', message->bytes, (uint32_t)message->length);
        rank->waits = 0;
        break;
    case tag_stop:
        if (!refuse_window(rank, "another load host was lost") && !child_check(&rank->child))
            kill(rank->child.pid, SIGTERM);
        break;
    case tag_end:
        if (message->length == sizeof rank->code)
            memcpy(&rank->code, message->bytes, sizeof rank->code);
        if (!rank->ends_at) rank->ends_at = now_ns();
        refuse_window(rank, "rank 0 has ended the run");
        break;
    case tag_hello: case tag_welcome: case tag_beat: case tag_pong: break;
    }
    free(message->bytes);
}

static void listen(struct rank *rank, struct frame *frame) {
    switch (frame->kind) {
    case 'W':
        rank->waits = 'W';
        if (rank->rank > 0) {
            wire_send(0, tag_ready, NULL, 0);
            break;
        }
        free(rank->command);
        rank->command = frame->length > 0 ? frame->bytes : NULL;
        rank->command_length = frame->length;
        if (rank->command) return;
        break;
    case 'G':
        rank->waits = 'G';
        if (rank->rank == 0) {
            keep_share(&rank->peers[0], frame->bytes, frame->length);
            return;
        }
        wire_send(0, tag_share, frame->bytes, frame->length);
        break;
    case 'B':
        for (int peer = 1; peer < rank->count; peer++)
            if (rank->peers[peer].state == living)
                wire_send(peer, tag_total, frame->bytes, frame->length);
        break;
    default: fail(exit_error, "hashmark said what nobody understands; use one build");
    }
    free(frame->bytes);
}

// MARK: the loop

/// How long there is probably nothing to do, in ms.
static int patience(const struct rank *rank) {
    if (now_ns() < rank->attentive_until) return 0;
    if (rank->waits || rank->ends_at) return 1;
    return 100;
}

static void look_after_child(struct rank *rank) {
    if (child_check(&rank->child)) {
        rank->stopped_since = 0;
        if (rank->rank > 0 && !rank->has_told_done) {
            rank->has_told_done = 1;
            wire_send(0, tag_done, NULL, 0);
        }
        return;
    }
    if (!child_is_stopped(&rank->child)) rank->stopped_since = 0;
    else if (!rank->stopped_since) rank->stopped_since = now_ns();
    if (signalled && !rank->told_at) {
        rank->told_at = now_ns();
        kill(rank->child.pid, SIGTERM);
    }
}

/// One turn. 1 where the rank has come to its end.
static int turn(struct rank *rank) {
    struct frame frame;
    struct message message;
    if (child_receive(&rank->child, &frame, patience(rank))) listen(rank, &frame);
    while (wire_receive(&message)) hear(rank, &message);
    look_after_child(rank);
    beat(rank);
    uint64_t now = now_ns();
    if (rank->rank > 0) {
        uint64_t heard = rank->peers[0].heard;
        if (!rank->ends_at && now > heard && now - heard > silence_ns) {
            fprintf(stderr, "hashmark-mpi: rank 0 is lost, so rank %d (%s) ends; what it measured "
                            "is in %s\n", rank->rank, rank->peers[rank->rank].host,
                    rank->options->folder);
            kill(rank->child.pid, SIGKILL);
            _exit(exit_invalid);
        }
        if (rank->ends_at && now > rank->ends_at + wind_up_ns && !rank->child.has_ended)
            kill(rank->child.pid, SIGKILL);
        return rank->ends_at && rank->has_told_done;
    }
    lose_silent(rank);
    answer(rank);
    if (rank->stopped_since && now > rank->stopped_since + silence_ns) {
        fprintf(stderr, "hashmark-mpi: the hashmark of rank 0 was stopped; nothing is merged\n");
        rank->lost_at = now;
        kill(rank->child.pid, SIGKILL);
    }
    // Somebody may have been lost after the clock was read: a difference would wrap.
    if (rank->lost_at && now > rank->lost_at + wind_up_ns && !rank->child.has_ended)
        kill(rank->child.pid, SIGKILL);
    return rank->child.has_ended;
}

/// Rank 0 ends all others, and says how the run ended.
static int conclude(struct rank *rank) {
    rank->code = rank->lost_at ? exit_invalid : rank->child.code;
    char text[32];
    for (int peer = 1; peer < rank->count; peer++)
        if (rank->peers[peer].state != lost)
            wire_send(peer, tag_end, &rank->code, sizeof rank->code);
    rank->ends_at = now_ns();
    for (uint64_t end = rank->ends_at + farewell_ns; now_ns() < end; sleep_ms(1)) {
        struct message message;
        int left = 0;
        while (wire_receive(&message)) hear(rank, &message);
        beat(rank);
        for (int peer = 1; peer < rank->count; peer++) left += rank->peers[peer].state == living;
        if (!left) break;
    }
    for (int peer = 1; peer < rank->count; peer++)
        if (rank->peers[peer].state == living) rank->peers[peer].state = lost;
    snprintf(text, sizeof text, "end %d\n", rank->code);
    write_verdict(rank, text);
    for (int peer = 1; peer < rank->count; peer++)
        if (rank->peers[peer].state == lost) wire_abort(rank->code);
    return rank->code;
}

/// Names and the seed, before anything else.
static uint64_t agree(struct rank *rank) {
    uint64_t seed = now_ns() ^ (uint64_t)getpid() << 40, end = now_ns() + hello_ns;
    struct message message;
    if (rank->rank > 0) {
        const char *host = rank->peers[rank->rank].host;
        wire_send(0, tag_hello, host, strlen(host));
        if (!wire_await(0, tag_welcome, &message, end) || message.length != sizeof seed)
            fail(exit_error, "rank 0 did not answer; start the same hashmark-mpi everywhere");
        memcpy(&seed, message.bytes, sizeof seed);
        free(message.bytes);
        return seed;
    }
    for (int peer = 1; peer < rank->count; peer++) {
        while (!wire_await(peer, tag_hello, &message, now_ns() + beat_ns / 2)) {
            beat(rank);
            if (now_ns() < end) continue;
            write_verdict(rank, "end 1\n");
            fail(exit_error, "rank %d did not say who it is; look at that host", peer);
        }
        snprintf(rank->peers[peer].host, sizeof rank->peers[peer].host, "%s",
                 (const char *)message.bytes);
        free(message.bytes);
    }
    for (int peer = 1; peer < rank->count; peer++)
        wire_send(peer, tag_welcome, &seed, sizeof seed);
    return seed;
}

int run_rank(const struct options *options, int number, int count) {
    struct rank rank = {.options = options, .rank = number, .count = count};
    rank.peers = calloc((size_t)count, sizeof *rank.peers);
    if (!rank.peers) fail(exit_error, "no memory for %d ranks", count);
    gethostname(rank.peers[number].host, sizeof rank.peers[number].host - 1);
    uint64_t seed = agree(&rank);
    for (int peer = 0; peer < count; peer++) rank.peers[peer].heard = now_ns();
    struct sigaction action = {.sa_handler = note};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    child_start(&rank.child, options, number, count, seed, rank.peers[number].host);
    while (!turn(&rank)) {}
    if (number == 0) rank.code = conclude(&rank);
    wire_flush(now_ns() + flush_ns);
    // A rank that does not come to the end of MPI must not keep this one from its own.
    signal(SIGALRM, SIG_DFL);
    alarm(10);
    wire_close();
    return rank.code;
}
