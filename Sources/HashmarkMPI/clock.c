// By how much the clock of another host differs from this one: of many questions for the time the
// one whose answer came soonest. Its answer was given within the round trip, so it is wrong by half
// of that at most, whatever the ways there and back were (Cristian, "Probabilistic clock
// synchronization", 1989).
#include "hashmark_mpi.h"

#include <stdlib.h>
#include <string.h>

/// The shortest round trip of so many is within some per cent of the shortest there is, and all of
/// them take some 10 ms between hosts of one hall.
static const int questions = 200;
/// Of one answer, and of all of a rank.
static const uint64_t answer_ns = 1000000000ull;
static const uint64_t all_ns = 3000000000ull;

int clock_measure(int rank, struct offset *offset) {
    uint64_t shortest = UINT64_MAX, end = now_ns() + all_ns;
    for (int question = 0; question < questions; question++) {
        struct message answer;
        uint64_t sent = now_ns(), theirs;
        if (sent > end) break;
        wire_send(rank, tag_ping, NULL, 0);
        if (!wire_await(rank, tag_pong, &answer, sent + answer_ns)) return 0;
        uint64_t came = now_ns();
        if (answer.length != sizeof theirs) return 0;
        memcpy(&theirs, answer.bytes, sizeof theirs);
        free(answer.bytes);
        if (came - sent >= shortest) continue;
        shortest = came - sent;
        offset->offset = (int64_t)(theirs - (sent + shortest / 2));
        // Upwards, and never 0: half of an odd number of ns is not known.
        offset->bound = shortest / 2 + 1;
    }
    return shortest < UINT64_MAX;
}

void clock_answer(void) {
    uint64_t time = now_ns();
    wire_send(0, tag_pong, &time, sizeof time);
}
