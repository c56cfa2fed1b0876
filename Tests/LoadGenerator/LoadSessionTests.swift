// Sessions against a real server: what was sent is what the server counted.
import Glibc
import LinuxSystem
import LoadGenerator
import RESP
import TestSupport
import Testing

private func get(_ key: String) -> RequestTemplate {
    RequestTemplate(
        RequestEncoder.encode(["GET", key]), [CommandLabel("GET", nullIsMiss: true)])
}

private let set = RequestTemplate(
    RequestEncoder.encode(["SET", "key:__rand_int__", "value"]), [CommandLabel("SET")])

private func session(
    _ address: SocketAddress, _ template: RequestTemplate, connections: Int = 7,
    pipeline: Int = 16, threads: Int = 1, seed: UInt64 = 1, stallSeconds: Double = 30
) throws -> LoadSession<TemplateSource> {
    var options = LoadOptions()
    options.connections = connections
    options.pipeline = pipeline
    options.threads = threads
    options.stallNanoseconds = UInt64(stallSeconds * 1e9)
    return try LoadSession(to: address, options) {
        TemplateSource(template, range: 1_000, seed: seed, $0)
    }
}

@Suite(.serialized) struct LoadSessionTests {
    @Test(arguments: [(1, 1, 1), (7, 16, 1), (7, 16, 3), (50, 64, 2), (2, 100, 4)])
    func countsAreExact(_ connections: Int, _ pipeline: Int, _ threads: Int) throws {
        let server = try RedisServer()
        var load = try session(
            server.address, set, connections: connections, pipeline: pipeline, threads: threads)
        let sample = try load.run(.requests(10_007))
        #expect(sample.operations == 10_007)
        #expect(sample.errors == 0)
        #expect(sample.latency.count == 10_007)
        #expect(sample.durationNanoseconds > 0)
        #expect(sample.bytesSent == UInt64(set.bytes.count) * 10_007)
        #expect(sample.bytesReceived == 5 * 10_007)
        #expect(try server.client().calls("set") == 10_007)
    }

    /// Two servers take turns in one process, in short slices.
    @Test(arguments: [1, 3])
    func sessionsCloseTheirConnections(_ threads: Int) throws {
        let server = try RedisServer()
        for _ in 0..<5 {
            var load = try session(
                server.address, set, connections: 20, pipeline: 1, threads: threads)
            _ = try load.run(.requests(100))
        }
        let client = try server.client()
        var connected = ""
        // The server notes a closed connection when it next looks at its sockets.
        for _ in 0..<100 where connected != "connected_clients:1" {
            connected =
                (try client.ask("INFO", "clients").text ?? "").split(whereSeparator: \.isNewline)
                .first { $0.hasPrefix("connected_clients:") }.map(String.init) ?? ""
            Clock.sleep(milliseconds: 10)
        }
        #expect(connected == "connected_clients:1")
    }

    @Test(arguments: [1, 2])
    func sessionsAlternate(_ threads: Int) throws {
        let servers = [try RedisServer(), try RedisServer()]
        var first = try session(servers[0].address, set, threads: threads)
        var second = try session(servers[1].address, set, threads: threads)
        var operations: [UInt64] = [0, 0]
        for _ in 0..<10 {
            let a = try first.run(.duration(nanoseconds: 5_000_000))
            let b = try second.run(.requests(100))
            operations[0] += a.operations
            operations[1] += b.operations
            #expect(a.durationNanoseconds >= 4_000_000)
            #expect(a.operations > 0 && b.operations == 100)
            #expect(a.latency.count == a.operations)
            #expect(a.endNanoseconds <= b.startNanoseconds)
        }
        for index in 0..<2 {
            #expect(try servers[index].client().calls("set") == Int(operations[index]))
        }
    }

    @Test func missesAndErrorsAreCounted() throws {
        let server = try RedisServer()
        var misses = try session(server.address, get("nothing"))
        let missed = try misses.run(.requests(500))
        #expect(missed.misses == 500 && missed.errors == 0)

        _ = try server.client().ask("SET", "text", "x")
        let push = RequestTemplate(
            RequestEncoder.encode(["LPUSH", "text", "y"]), [CommandLabel("LPUSH")])
        var errors = try session(server.address, push)
        let failed = try errors.run(.requests(300))
        #expect(failed.operations == 300 && failed.errors == 300)
        #expect(failed.errorKinds.count == 1)
        #expect(failed.errorKinds.first?.kind == "WRONGTYPE")
        #expect(failed.errorKinds.first?.count == 300)
        #expect(failed.errorKinds.first?.firstText.contains("wrong kind of value") == true)
    }

    @Test func repliesLargerThanTheBuffer() throws {
        let server = try RedisServer()
        _ = try server.client().ask("SET", "big", String(repeating: "x", count: 1_000_000))
        var load = try session(server.address, get("big"), connections: 3, pipeline: 4)
        let sample = try load.run(.requests(50))
        #expect(sample.operations == 50 && sample.misses == 0)
        #expect(sample.bytesReceived == 50 * (1_000_000 + "$1000000\r\n\r\n".utf8.count))
    }

    /// Requests that no socket buffer holds at once are sent as room comes.
    @Test func requestsLargerThanTheSocket() throws {
        let server = try RedisServer()
        let big = RequestTemplate(
            RequestEncoder.encode([
                Array("SET".utf8), Array("big".utf8), BenchmarkData.bytes(2_000_000),
            ]), [CommandLabel("SET")])
        var load = try session(server.address, big, connections: 2, pipeline: 4)
        #expect(try load.run(.requests(21)).operations == 21)
        #expect(try server.client().ask("STRLEN", "big") == .integer(2_000_000))
    }

    @Test func populationIsExact() throws {
        let server = try RedisServer()
        var options = LoadOptions()
        options.connections = 3
        options.pipeline = 10
        options.threads = 2
        for (format, sample) in [
            (KeyFormat.benchmark, "key:000000001233"), (.decimal(bytes: 8), "00001233"),
            (.decimal(bytes: 12), "000000001233"), (.decimal(bytes: 16), "0000000000001233"),
        ] {
            _ = try server.client().ask("FLUSHALL")
            var fill = try LoadSession(to: server.address, options) {
                PopulationSource(
                    total: 1234, keys: format, valueBytes: 20, expirySeconds: 1000, $0)
            }
            _ = try fill.run(.requests(1234))
            #expect(try server.client().ask("DBSIZE") == .integer(1234))
            #expect(try server.client().ask("STRLEN", sample) == .integer(20))
            #expect(try (server.client().ask("TTL", sample).number ?? 0) > 900)
        }
    }

    @Test func progressComesEvery250Milliseconds() throws {
        let server = try RedisServer()
        for threads in [1, 2] {
            var load = try session(server.address, set, threads: threads)
            var seen: [LoadProgress] = []
            let sample = try load.run(.duration(nanoseconds: 900_000_000)) { seen.append($0) }
            #expect(seen.count >= 2 && seen.count <= 4)
            #expect(
                seen.last.map { $0.operations > 0 && $0.operations <= sample.operations } == true)
            #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.operations <= $1.operations })
        }
    }

    /// The loop does not allocate: a burst fifty times as long costs no allocation more.
    @Test func requestsDoNotAllocate() throws {
        let server = try RedisServer()
        for template in [set, get("nothing")] {
            var load = try session(server.address, template)
            _ = try load.run(.requests(5_000))
            func count(_ requests: UInt64) -> Int {
                allocations { _ = try? load.run(.requests(requests)) }
            }
            // Histograms of longer runs have more buckets to list; the smallest of a few bursts
            // each leaves that and lazy set-up out.
            let short = (0..<5).map { _ in count(1_000) }.min()!
            let long = (0..<5).map { _ in count(50_000) }.min()!
            #expect(long - short < 10, "1,000 requests: \(short), 50,000: \(long)")
        }
    }
}

@Suite(.serialized) struct LoadFailureTests {
    private func reason(_ body: () throws -> LoadSample) -> LoadFailure? {
        do {
            _ = try body()
            return nil
        } catch {
            return error as? LoadFailure
        }
    }

    @Test func refusedConnection() throws {
        let port = freePort()
        let failure = reason {
            var load = try session(.tcp(host: "127.0.0.1", port: port), set)
            return try load.run(.requests(1))
        }
        #expect(failure?.description.contains("is the server running") == true)
    }

    @Test(arguments: [1, 2])
    func killedServer(_ threads: Int) throws {
        let server = try RedisServer()
        var load = try session(server.address, set, threads: threads)
        let failure = reason {
            try load.run(.duration(nanoseconds: 20_000_000_000)) { _ in server.child.kill() }
        }
        switch failure?.reason {
        case .closed, .broken: break
        default: Issue.record("\(String(describing: failure))")
        }
        #expect((failure?.sample.operations ?? 0) > 0)
        #expect(failure?.sample.latency.count == failure?.sample.operations)
        let again = reason { try load.run(.requests(1)) }
        if case .unusable = again?.reason {} else { Issue.record("usable after its end") }
    }

    @Test func stalledServer() throws {
        let server = try RedisServer()
        var load = try session(server.address, set, stallSeconds: 0.4)
        let start = Clock.monotonicNanoseconds()
        let failure = reason {
            try load.run(.duration(nanoseconds: 20_000_000_000)) { _ in server.child.signal(SIGSTOP)
            }
        }
        guard case .stalled = failure?.reason else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect((failure?.sample.operations ?? 0) > 0)
        #expect(Clock.monotonicNanoseconds() - start < 3_000_000_000)
    }

    @Test func garbageIsNoServer() throws {
        let server = try ScriptedServer { _, _, _ in .bytes(Array("HTTP/1.1 400\r\n".utf8)) }
        defer { server.stop() }
        let failure = reason {
            var load = try session(server.address, set)
            return try load.run(.requests(100))
        }
        #expect(failure?.description.contains("does not answer in RESP") == true)
    }

    @Test func idleConnectionsAreWatched() throws {
        let server = try RedisServer()
        var load = try session(server.address, set, connections: 5, threads: 2)
        server.child.kill()
        #expect(throws: LoadFailure.self) { try load.idle() }
    }

    @Test func repliesThatNobodyAskedFor() throws {
        let server = try ScriptedServer { _, _, _ in .bytes(Array("+OK\r\n+OK\r\n".utf8)) }
        defer { server.stop() }
        let failure = reason {
            var load = try session(server.address, set, connections: 1, pipeline: 1)
            return try load.run(.requests(100))
        }
        if case .unexpectedReply = failure?.reason {
        } else {
            Issue.record("\(String(describing: failure))")
        }
    }

    /// An error before the hang-up is what the user needs to read.
    @Test func lastWordsAreReported() throws {
        let server = try ScriptedServer { _, all, new in
            all.count == new
                ? .bytes(Array("-ERR max number of clients reached\r\n".utf8)) : .hangUp
        }
        defer { server.stop() }
        let failure = reason {
            var load = try session(server.address, set, connections: 1, pipeline: 1)
            return try load.run(.requests(100))
        }
        #expect(failure?.description.contains("max number of clients") == true)
    }

    @Test func refusedSetUp() throws {
        let server = try RedisServer()
        var options = LoadOptions()
        options.prelude = [["AUTH", "nobody", "wrong"]]
        let failure = reason {
            var load = try LoadSession(to: server.address, options) {
                TemplateSource(set, range: 10, seed: 1, $0)
            }
            return try load.run(.requests(1))
        }
        #expect(failure?.description.contains("WRONGPASS") == true)
    }
}
