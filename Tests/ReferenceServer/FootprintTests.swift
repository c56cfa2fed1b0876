// What the server holds: bytes of an entry, memory after load, connections, and what a stopped
// server leaves behind.
import Glibc
import Keyspaces
import LinuxSystem
import ReferenceServer
import Testing

@Suite(.serialized) struct FootprintTests {
    /// MEMORY USAGE is what the allocator's account grew by.
    @Test(arguments: Table.served) func memoryUsageIsExact(_ table: Table) throws {
        try withServer(ServerConfiguration(table: table)) { port in
            let client = try RawClient(port: port)
            // Room in the index first, so that nothing but the entry is allocated afterwards, nor
            // freed: a rehash ends before.
            try client.exchange(
                (0..<20).map { encode("SET", "fill\($0)", "v") }.joined(),
                String(repeating: "+OK\r\n", count: 20))
            try client.exchange("HASHMARK SETTLE\r\n", "+OK\r\n")
            for index in 0..<20 {
                try client.exchange(encode("DEL", "fill\(index)"), ":1\r\n")
                let before = try allocated(client)
                let size = [0, 1, 8, 40, 44, 45, 64, 100, 120, 200, 1_000, 5_000, 100_000]
                let value =
                    index < size.count ? String(repeating: "v", count: size[index]) : "\(index)"
                try client.exchange(encode("SET", "fill\(index)", value), "+OK\r\n")
                try client.exchange(
                    encode("MEMORY", "USAGE", "fill\(index)"),
                    ":\(try allocated(client) - before)\r\n")
            }
            try client.exchange(encode("MEMORY", "USAGE", "none"), "$-1\r\n")
        }
    }

    private func allocated(_ client: borrowing RawClient) throws -> Int {
        try client.send(encode("INFO", "memory") + encode("PING"))
        var text = ""
        while !text.hasSuffix("+PONG\r\n") {
            text += String(decoding: try #require(try client.receive()), as: UTF8.self)
        }
        let line = try #require(
            text.split(separator: "\r\n").first { $0.hasPrefix("allocator_allocated:") })
        return try #require(Int(line.drop { $0 != ":" }.dropFirst()))
    }

    /// A length prefix of half a gigabyte costs nothing until its bytes come.
    @Test func lengthPrefixesAllocateNothing() throws {
        try withServer(ServerConfiguration(table: .valkey91)) { port in
            var clients: [CInt] = []
            defer { for client in clients { close(client) } }
            let probe = try RawClient(port: port)
            try probe.exchange("PING\r\n", "+PONG\r\n")
            let before = mapped()
            let request = Array("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870912\r\nxxxx".utf8)
            for _ in 0..<20 {
                let client = try Socket.connect(to: .tcp(host: "127.0.0.1", port: port))
                clients.append(client)
                let sent = request.withUnsafeBytes { send(client, $0.baseAddress!, $0.count) }
                guard case .bytes(request.count) = sent else {
                    Issue.record("could not send")
                    return
                }
            }
            for _ in 0..<20 { try probe.exchange("PING\r\n", "+PONG\r\n") }
            #expect(mapped() - before < 20 << 20)
        }
    }

    /// What is longer than 512 MiB is refused by its length alone, and the connection ends.
    @Test func longerValuesAreRefused() throws {
        try withServer(ServerConfiguration(table: .valkey91)) { port in
            let client = try RawClient(port: port)
            try client.send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870913\r\n")
            #expect(
                try client.receiveAll() == "-ERR Protocol error: invalid bulk length\r\n")
            let other = try RawClient(port: port)
            let refused =
                "-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n"
            try other.exchange("SETRANGE k 536870911 xx\r\nEXISTS k\r\n", refused + ":0\r\n")
        }
    }

    /// Servers come and go in one process: what they mapped goes with them. The process is one of
    /// its own: other tests map memory meanwhile.
    @Test func aStoppedServerLeavesNothing() async {
        await #expect(processExitsWith: .success) {
            for table in Table.served {
                for threads in allThreadModels { try growth(table, threads) }
            }
        }
    }

    /// A process that is being started holds copies of all descriptors for a moment. A connection
    /// that is closed meanwhile must not have events any more: its memory is another's by then.
    /// (In a process of its own: descriptors' numbers are the process's.)
    @Test(arguments: ["single", "io:2"]) func aClosedConnectionIsNotWatched(
        _ threads: String
    ) async {
        await #expect(processExitsWith: .success) { [threads] in
            var configuration = ServerConfiguration(table: .valkey91)
            try configuration.set("threads", threads)
            try withServer(configuration) { port in
                let victim = try RawClient(port: port)
                try victim.send("CLIENT INFO\r\n")
                let line = String(decoding: try #require(try victim.receive()), as: UTF8.self)
                let number = try #require(line.firstMatch(of: /\ fd=(\d+)\ /)?.1)
                #expect(isWatched(number))
                let copy = dup(try #require(CInt(number)))
                defer { close(copy) }
                let killer = try RawClient(port: port)
                try killer.exchange("CLIENT KILL ID 1\r\n", ":1\r\n")
                try killer.exchange("PING\r\n", "+PONG\r\n")
                #expect(!isWatched(number))
            }
        }
    }
}

/// Whether an epoll set of this process has the descriptor of this number.
private func isWatched(_ descriptor: Substring) -> Bool {
    SmallFile.names(in: "/proc/self/fdinfo").contains { name in
        let lines = (SmallFile.read("/proc/self/fdinfo/\(name)") ?? "").split(separator: "\n")
        return lines.contains { line in
            let words = line.split(separator: " ")
            return words.first == "tfd:" && words.dropFirst().first == descriptor
        }
    }
}

/// What eight servers that came and went leave mapped.
private func growth(_ table: Table, _ threads: String) throws {
    var configuration = ServerConfiguration(table: table)
    try configuration.set("threads", threads)
    let value = String(repeating: "v", count: 1_000)
    func cycle() throws {
        try withServer(configuration) { port in
            let client = try RawClient(port: port)
            let sets = (0..<5_000).map { encode("SET", "key:\($0)", value) }
            try client.exchange(
                sets.joined(), String(repeating: "+OK\r\n", count: sets.count))
        }
    }
    // The allocator's arenas and the threads' stacks that are kept for the next.
    for _ in 0..<3 { try cycle() }
    let before = mapped()
    let cycles = 8
    for _ in 0..<cycles { try cycle() }
    // Each holds 5 MB of values; half of one in all is noise of the allocator.
    let bytes = mapped() - before
    #expect(bytes < 2_500_000, "\(table), \(threads): \(bytes / cycles) bytes a cycle")
}

/// Bytes of this process's address space.
private func mapped() -> Int {
    let pages = SmallFile.read("/proc/self/statm")?.split(separator: " ").first
    return (pages.flatMap { Int($0) } ?? 0) * Int(getpagesize())
}
