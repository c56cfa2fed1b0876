// The command line of hashmark-mpi.
#include "hashmark_mpi.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char help[] =
    "hashmark-mpi: the load of `hashmark bench`, `replay`, `compare` or `gate` from several hosts\n"
    "\n"
    "  hashmark-mpi -n K [OPTIONS] VERB …   starts mpirun; ends with the run's own code\n"
    "  mpirun -n K hashmark-mpi [OPTIONS] VERB …   also srun, or none: one rank\n"
    "\n"
    "Connections, requests, rate and keys are those of all hosts together, threads of each. Rank\n"
    "0 writes the outputs. Targets of bench and replay run already: bench -h HOST, replay\n"
    "--target tcp://HOST:PORT. `hashmark compare --load mpi:FILE` starts this program itself.\n"
    "\n"
    "  -n K             ranks to start, a host each\n"
    "  --hostfile FILE  the hosts, this one first, as mpirun takes them\n"
    "  --mpirun WORD    one more word for mpirun; repeat for more\n"
    "  --ranks FOLDER   files of each rank, on its host; Reports/latest/ranks if left out\n"
    "  --help           this\n"
    "\n"
    "Exit codes: those of hashmark; 3 where a rank was lost or late; what was measured is kept.\n";

void fail(int code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("hashmark-mpi: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(code);
}

uint64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000ull + (uint64_t)time.tv_nsec;
}

void sleep_ms(int milliseconds) {
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000l};
    nanosleep(&time, NULL);
}

static int number(const char *word, const char *option) {
    char *end;
    long value = strtol(word, &end, 10);
    if (*word == 0 || *end != 0 || value < 1 || value > 100000)
        fail(exit_usage, "%s %s: write a whole number from 1 to 100000", option, word);
    return (int)value;
}

static struct options parsed(char **words) {
    struct options options = {.folder = "Reports/latest/ranks"};
    size_t count = 0;
    while (words[count]) count++;
    options.mpirun = calloc(count + 1, sizeof *options.mpirun);
    for (; *words && **words == '-'; words += 2) {
        const char *option = words[0];
        if (!strcmp(option, "--help")) {
            fputs(help, stdout);
            exit(0);
        }
        if (!words[1]) fail(exit_usage, "%s needs a value; see hashmark-mpi --help", option);
        if (!strcmp(option, "-n")) options.ranks = number(words[1], option);
        else if (!strcmp(option, "--hostfile")) options.hostfile = words[1];
        else if (!strcmp(option, "--ranks")) options.folder = words[1];
        else if (!strcmp(option, "--verdict")) options.verdict = words[1];
        else if (!strcmp(option, "--mpirun")) options.mpirun[options.mpirun_count++] = words[1];
        else fail(exit_usage, "there is no option %s; see hashmark-mpi --help", option);
    }
    options.words = words;
    static const char *const verbs[] = {"bench", "replay", "compare", "gate"};
    if (!*words) fail(exit_usage, "bench, replay, compare or gate? see hashmark-mpi --help");
    for (size_t index = 0; index < sizeof verbs / sizeof *verbs; index++)
        if (!strcmp(*words, verbs[index])) return options;
    fail(exit_usage, "%s is no load of several hosts; use bench, replay, compare or gate", *words);
}

/// Whether a launcher has started this, and there is an MPI to speak to.
static int is_rank(void) {
    static const char *const signs[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"};
    for (size_t index = 0; index < sizeof signs / sizeof *signs; index++)
        if (getenv(signs[index])) return 1;
    return 0;
}

int main(int argc, char **argv) {
    struct options options = parsed(argv + 1);
    if (!is_rank()) {
        if (options.ranks > 0) return launch(&options, argv[0]);
        if (options.hostfile || options.mpirun_count)
            fail(exit_usage, "--hostfile and --mpirun need -n");
        // One rank needs nobody to speak to.
        return run_rank(&options, 0, 1);
    }
    int rank, count;
    wire_open(&argc, &argv, &rank, &count);
    return run_rank(&options, rank, count);
}
