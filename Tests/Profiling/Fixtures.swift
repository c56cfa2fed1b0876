// What the profiler's tests share: whether the kernel lets us sample, and a C program whose call
// chains are known, compiled as distributions compile theirs.
import Glibc
import LinuxSystem
import Profiling
import RunRecord
import Testing

enum Fixtures {
    /// Why nothing can be sampled here; nil: it can.
    static let refusal: Comment? = {
        do throws(ProfilerError) {
            _ = try Profiler(pid: getpid())
            return nil
        } catch {
            return Comment(rawValue: "\(error)")
        }
    }()

    /// What it does by its argument. `spin`: main → middle × 6 → leaf; `threads`: threads that live
    /// for 20 ms of CPU time, one after the other; `code`: the leaf is machine code without a file;
    /// `deep`: its stack takes more than 16 KiB; `folded`: outer has another inlined; `sleep`: 2 ms
    /// at a time; `exec`: after a tenth of a second of CPU time it is `spin`; `takeover`: the same
    /// by a thread that is not the first; `fork`: it starts a process that ends at once, and spins;
    /// `orphan`: its first thread ends, and another spins; `late`: as `code`, made after a tenth of
    /// a second.
    static let source = """
        #include <pthread.h>
        #include <string.h>
        #include <sys/mman.h>
        #include <time.h>
        #include <unistd.h>

        volatile unsigned long work;
        unsigned long (*made)(unsigned long);

        __attribute__((noinline)) void leaf(void) {
            for (int i = 0; i < 1000; i++) work += i;
        }
        __attribute__((noinline)) void middle(int depth) {
            if (depth) middle(depth - 1); else for (;;) leaf();
            work++;
        }
        __attribute__((noinline)) void deep(int depth) {
            volatile char room[128];
            room[depth & 127] = 1;
            if (depth) deep(depth - 1); else for (;;) leaf();
            work += room[0];
        }
        __attribute__((noinline)) void *briefly(void *unused) {
            struct timespec now;
            do {
                leaf();
                clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
            } while (now.tv_sec == 0 && now.tv_nsec < 20000000);
            return unused;
        }
        __attribute__((noinline)) void caller(void) {
            for (;;) work += made(100000);
        }
        static inline __attribute__((always_inline)) void folded(void) {
            for (int i = 0; i < 1000; i++) work += i;
        }
        __attribute__((noinline)) void outer(void) { for (;;) folded(); }

        __attribute__((noinline)) void burn(long nanoseconds) {
            struct timespec now;
            do {
                leaf();
                clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
            } while (now.tv_sec == 0 && now.tv_nsec < nanoseconds);
        }

        __attribute__((noinline)) void *taking(void *program) {
            burn(100000000);
            execl(program, program, "spin", (char *)0);
            return 0;
        }
        void *spinning(void *unused) {
            middle(5);
            return unused;
        }

        int main(int count, char **words) {
            const char *mode = count > 1 ? words[1] : "spin";
            if (!strcmp(mode, "threads")) {
                for (;;) {
                    pthread_t thread;
                    pthread_create(&thread, 0, briefly, 0);
                    pthread_join(thread, 0);
                }
            } else if (!strcmp(mode, "takeover")) {
                pthread_t thread;
                pthread_create(&thread, 0, taking, words[0]);
                pthread_join(thread, 0);
            } else if (!strcmp(mode, "orphan")) {
                pthread_t thread;
                pthread_create(&thread, 0, spinning, 0);
                pthread_exit(0);
            } else if (!strcmp(mode, "code") || !strcmp(mode, "late")) {
                if (!strcmp(mode, "late")) burn(100000000);
                // push rbp; mov rbp, rsp; dec rdi; jne -5; pop rbp; ret
                static const unsigned char code[] = {
                    0x55, 0x48, 0x89, 0xe5, 0x48, 0xff, 0xcf, 0x75, 0xfb, 0x5d, 0xc3};
                void *page = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                memcpy(page, code, sizeof code);
                made = (unsigned long (*)(unsigned long))page;
                caller();
            } else if (!strcmp(mode, "sleep")) {
                struct timespec span = {0, 2000000};
                for (;;) nanosleep(&span, 0);
            } else if (!strcmp(mode, "exec")) {
                burn(100000000);
                execl(words[0], words[0], "spin", (char *)0);
            } else if (!strcmp(mode, "fork")) {
                burn(60000000);
                if (!fork()) _exit(0);
                middle(5);
            } else if (!strcmp(mode, "deep")) {
                deep(140);
            } else if (!strcmp(mode, "folded")) {
                outer();
            } else {
                middle(5);
            }
        }
        """

    static func write(_ bytes: [UInt8], to path: String) {
        let file = fopen(path, "w")!
        precondition(fwrite(bytes, 1, bytes.count, file) == bytes.count)
        fclose(file)
    }

    /// Runs the program and samples it while it uses some tenths of a second of CPU time.
    static func sample(
        _ program: TestProgram, _ mode: String, _ options: Profiler.Options,
        windows: UInt64 = 1
    ) throws -> StackProfile {
        let child = try ChildProcess([program.path, mode])
        defer {
            child.kill()
            withExtendedLifetime(program) {}
        }
        // Until it is where it stays.
        if mode != "sleep" { wait(until: child.pid, hasUsed: 5) }
        let profiler = try Profiler(pid: child.pid, options)
        var rounds: [StackProfile.Round] = []
        for _ in 0..<windows {
            profiler.start()
            if mode == "sleep" {
                Clock.sleep(milliseconds: 200)
            } else {
                wait(until: child.pid, hasUsed: 240 / windows)
            }
            rounds.append(profiler.stop(operations: 10))
        }
        child.kill()
        return profiler.profile(target: mode, rounds: rounds)
    }

    /// Waits, for as long as the machine needs to give a process so many ms of CPU time.
    static func wait(until pid: pid_t, hasUsed milliseconds: UInt64) {
        let start = ProcessAccounting.cpuNanoseconds(pid) ?? 0
        let deadline = Clock.deadline(milliseconds: 20_000)
        while let now = ProcessAccounting.cpuNanoseconds(pid),
            now - start < milliseconds * 1_000_000, Clock.monotonicNanoseconds() < deadline
        {
            Clock.sleep(milliseconds: 5)
        }
    }
}

/// The program compiled without frame pointers, as distributions do; it goes away with the value.
final class TestProgram {
    let path: String
    private let folder: ScratchFolder

    private struct NotCompiled: Error {}

    /// - Parameter options: `-g`, `-s`.
    init(_ options: String...) throws {
        folder = try ScratchFolder("hashmark-profiling")
        path = "\(folder.path)/chain"
        Fixtures.write(Array(Fixtures.source.utf8), to: "\(path).c")
        let arguments =
            ["cc", "-O2", "-fomit-frame-pointer", "-fno-optimize-sibling-calls", "-pthread"]
            + options + ["-o", path, "\(path).c"]
        try Self.run(arguments)
    }

    private static func run(_ arguments: [String]) throws {
        guard try Tool.run(arguments, milliseconds: 60_000).succeeded else { throw NotCompiled() }
    }

    /// Moves symbols and debug information to a file beside it, which it names.
    func splitDebugInformation() throws {
        try Self.run(["objcopy", "--only-keep-debug", path, "\(path).debug"])
        try Self.run(["objcopy", "--strip-all", "--add-gnu-debuglink=\(path).debug", path])
    }

    /// Moves symbols, compressed, to a section of the stripped program, as Fedora does.
    func embedSymbols() throws {
        try Self.run(["objcopy", "--only-keep-debug", path, "\(path).mini"])
        try Self.run(["xz", "\(path).mini"])
        try Self.run(["objcopy", "--strip-all", path])
        let section = ".gnu_debugdata=\(path).mini.xz"
        try Self.run(["objcopy", "--add-section", section, path])
    }
}

extension StackProfile {
    /// The share of all weights that stacks have whose functions, root first, are so.
    func share(where isSo: ([String]) -> Bool) -> Double {
        var (matching, all) = (0.0, 0.0)
        for round in rounds {
            for (stack, weight) in round.weights.enumerated() {
                all += weight
                if isSo(stacks[stack].map { frames[$0].function }) { matching += weight }
            }
        }
        return all > 0 ? matching / all : 0
    }
}
