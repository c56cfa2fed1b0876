// Small C programs for tests that need a process which behaves the same way each time; built once
// per test run, where there is a compiler.
import Foundation
import Glibc
import LinuxSystem
import TestSupport

enum Fixtures {
    static let folder = TemporaryFolder()
    static let hasCompiler = Tool.path(of: "cc") != nil
    static let hasValgrind = Tool.path(of: "valgrind") != nil && Tool.path(of: "vgdb") != nil
    static var canSimulate: Bool { hasCompiler && hasValgrind }

    /// A server on a unix socket: for each byte `g` it walks through an 8 MiB table by a generator
    /// seeded from the kernel's randomness and answers; `p` is answered at once; `x` runs an
    /// instruction that valgrind does not know; `q` ends it.
    static let server = build(
        "walker",
        """
        #include <stdint.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/random.h>
        #include <sys/socket.h>
        #include <sys/un.h>
        #include <unistd.h>
        static uint64_t table[1 << 20], state;
        __attribute__((noinline)) uint64_t walk(void) {
            uint64_t sum = 0;
            for (int i = 0; i < 100; i++) {
                state = state * 6364136223846793005u + 1442695040888963407u;
                sum += table[state >> 44];
            }
            return sum;
        }
        int main(int argc, char **argv) {
            struct sockaddr_un a = {.sun_family = AF_UNIX};
            if (argc < 2) { fprintf(stderr, "no path given\\n"); return 3; }
            strcpy(a.sun_path, argv[1]);
            if (getrandom(&state, sizeof state, 0) != sizeof state) return 4;
            memset(table, 1, sizeof table);
            int s = socket(AF_UNIX, SOCK_STREAM, 0);
            if (bind(s, (void *)&a, sizeof a) || listen(s, 5)) return 5;
            for (;;) {
                int c = accept(s, 0, 0);
                char request;
                while (read(c, &request, 1) == 1) {
                    if (request == 'g') request = (char)walk();
                    if (request == 'x') __asm__ volatile(".byte 0x62,0xf1,0x7c,0x48,0x28,0xc1");
                    if (request == 'q') { fprintf(stderr, "told to quit\\n"); return 7; }
                    if (write(c, &request, 1) != 1) break;
                }
                close(c);
            }
        }
        """)

    /// Prints what each source of randomness gives, and checks that other files still open.
    static let random = build(
        "random",
        """
        #define _GNU_SOURCE
        #include <fcntl.h>
        #include <stdio.h>
        #include <string.h>
        #include <sys/random.h>
        #include <unistd.h>
        static void show(const char *name, const unsigned char *b, int n) {
            printf("%s ", name);
            for (int i = 0; i < n; i++) printf("%02x", b[i]);
            printf("\\n");
        }
        int main(int argc, char **argv) {
            unsigned char b[16];
            int fd;
            FILE *f;
            (void)argc;
            if (getrandom(b, 16, 0) != 16) return 1;
            show("getrandom", b, 16);
            if (getentropy(b, 16)) return 2;
            show("getentropy", b, 16);
            if ((fd = open("/dev/urandom", O_RDONLY)) < 0 || read(fd, b, 16) != 16) return 3;
            show("open", b, 16);
            if (pread(fd, b, 16, 0) != 16) return 4;
            show("pread", b, 16);
            if ((fd = openat(AT_FDCWD, "/dev/random", O_RDONLY | O_CLOEXEC)) < 0) return 5;
            if (read(fd, b, 16) != 16) return 6;
            show("openat", b, 16);
            if (!(f = fopen("/dev/urandom", "r")) || fread(b, 1, 16, f) != 16) return 7;
            show("fopen", b, 16);
            fclose(f);
            if (!(f = fopen(argv[1], "w")) || fputs("written", f) < 0 || fclose(f)) return 8;
            if ((fd = open(argv[1], O_RDWR | O_CREAT, 0600)) < 0) return 9;
            memset(b, 0, 16);
            if (read(fd, b, 7) != 7 || strcmp((char *)b, "written")) return 10;
            if (open("/no/such/file", O_RDONLY) >= 0 || fopen("/no/such/file", "r")) return 11;
            return 0;
        }
        """)

    private static func build(_ name: String, _ source: String) -> String {
        let (path, file) = (folder.file(name), folder.file(name + ".c"))
        try? source.write(toFile: file, atomically: true, encoding: .utf8)
        _ = try? Tool.run(["cc", "-O1", "-o", path, file])
        return path
    }
}

/// A connection to the walker.
final class WalkerClient {
    private let fd: CInt

    init?(_ path: String) {
        guard let fd = try? Socket.connect(to: .unix(path: path)) else { return nil }
        self.fd = fd
    }

    deinit { close(fd) }

    struct Closed: Error {}

    /// Sends `request` that often, each after the reply to the one before.
    func ask(_ request: Character, times: Int = 1) throws {
        var byte = request.asciiValue!
        for _ in 0..<times {
            guard case .bytes(1) = send(fd, &byte, 1),
                Socket.waitReadable(fd, milliseconds: 20_000),
                case .bytes(1) = receive(fd, into: &byte, 1)
            else { throw Closed() }
            byte = request.asciiValue!
        }
    }
}
