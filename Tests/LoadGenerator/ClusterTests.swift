// Load on a cluster: every request at the node of its slot, detours followed, nodes that come and
// go, and nothing sent twice that must not be.
import LinuxSystem
import LoadGenerator
import RESP
import Synchronization
import TestSupport
import Testing

private func template(_ words: String...) -> RequestTemplate {
    RequestTemplate(RequestEncoder.encode(words), [CommandLabel(words[0])])
}

private let set = template("SET", "key:__rand_int__", "x")

private func slot(_ key: String) -> Int {
    Array(key.utf8).withUnsafeBytes { HashSlot.slot(of: $0) }
}

private func session(
    _ cluster: FakeCluster, _ template: RequestTemplate, connections: Int = 3, pipeline: Int = 4,
    threads: Int = 1, range: UInt64 = 1_000, stallSeconds: Double = 10
) throws -> RoutedSession {
    var options = LoadOptions()
    options.connections = connections
    options.pipeline = pipeline
    options.threads = threads
    options.stallNanoseconds = UInt64(stallSeconds * 1e9)
    return try RoutedSession(to: ClusterLoad(seeds: cluster.seeds), options) {
        ErasedSource(TemplateSource(template, range: range, seed: 1, fillsTags: true, $0))
    }
}

/// Some numbers, downwards, and then none.
private final class Countdown: Sendable {
    private let left: Mutex<Int>

    init(_ count: Int) { left = Mutex(count) }

    func next() -> Int? {
        left.withLock { left in
            guard left > 0 else { return nil }
            left -= 1
            return left
        }
    }
}

@Suite(.serialized) struct ClusterTests {
    @Test(arguments: [(1, 1, 1), (3, 4, 1), (5, 16, 2)])
    func everyKeyIsAtItsNode(_ connections: Int, _ pipeline: Int, _ threads: Int) throws {
        let cluster = try FakeCluster(3)
        defer { cluster.stop() }
        var load = try session(
            cluster, set, connections: connections, pipeline: pipeline, threads: threads)
        let sample = try load.run(.requests(2_003))
        #expect(sample.operations == 2_003 && sample.errors == 0)
        #expect(sample.latency.count == 2_003)
        let met = try #require(sample.cluster)
        #expect(met.redirects == 0 && met.resent == 0 && met.unanswered == 0)
        let executed = cluster.executed
        let owners = cluster.core.state.withLock { $0.owners }
        for (node, commands) in executed.enumerated() {
            #expect(commands.allSatisfy { owners[slot($0[1])] == node })
            let row = try #require(
                met.nodes.first { $0.address == cluster.servers[node].address })
            #expect(row.operations == UInt64(commands.count))
            #expect(row.latency.count == UInt64(commands.count))
            #expect(row.slots == owners.count(where: { $0 == node }))
        }
        #expect(executed.map(\.count).reduce(0, +) == 2_003)
    }

    @Test func movedIsFollowedAndNotMetForEver() throws {
        let cluster = try FakeCluster(2)
        defer { cluster.stop() }
        // Node 0 is emptied behind the load's back, as a migration would.
        var load = try session(cluster, set)
        cluster.core.state.withLock { state in
            state.owners = state.owners.map { _ in 1 }
            state.told = state.owners
        }
        let first = try load.run(.requests(1_000))
        #expect(first.operations == 1_000 && first.errors == 0)
        let met = try #require(first.cluster)
        #expect(met.moved > 0)
        #expect(met.nodes[0].redirected == met.moved && met.nodes[0].operations == 0)
        // Patches and the new map have taken effect: nobody asks node 0 any more.
        let second = try load.run(.requests(1_000))
        #expect(second.operations == 1_000 && second.errors == 0)
        #expect(second.cluster?.moved ?? 1 < met.moved || met.refreshes > 0)
        let third = try load.run(.requests(1_000))
        #expect(third.errors == 0 && third.cluster?.nodes[0].operations == 0)
        #expect(cluster.executed[1].count == 3_000 && cluster.executed[0].isEmpty)
    }

    @Test func nodesThatAppearAreMet() throws {
        let cluster = try FakeCluster(3, serving: 2)
        defer { cluster.stop() }
        var load = try session(cluster, set)
        cluster.core.state.withLock { state in
            state.owners = state.owners.enumerated().map { $0.offset % 2 == 0 ? 2 : $0.element }
            state.told = state.owners
        }
        let sample = try load.run(.requests(1_000))
        #expect(sample.operations == 1_000 && sample.errors == 0)
        #expect(sample.cluster?.nodes.count == 3)
        #expect(!cluster.executed[2].isEmpty)
    }

    /// The slot stays where it is, and every request for it is asked of the other node, once.
    @Test func askIsAskedOnce() throws {
        let cluster = try FakeCluster(2) { state, node, words, isAsking in
            guard node == 0 else { return nil }
            return .reply("-ASK \(slot(words[1])) \(state.name(1))\r\n")
        }
        defer { cluster.stop() }
        var load = try session(cluster, set)
        let sample = try load.run(.requests(600))
        #expect(sample.operations == 600 && sample.errors == 0)
        let met = try #require(sample.cluster)
        #expect(met.asked > 0 && met.moved == 0)
        #expect(cluster.executed[0].isEmpty && cluster.executed[1].count == 600)
        let half = cluster.executed[1].count(where: { slot($0[1]) < HashSlot.count / 2 })
        #expect(met.asked == UInt64(half))
    }

    @Test func whatHasToWaitIsSentAgain() throws {
        let refusals = Countdown(20)
        let cluster = try FakeCluster(2) { _, _, _, _ in
            guard let number = refusals.next() else { return nil }
            return .reply(
                number % 2 == 0
                    ? "-TRYAGAIN Multiple keys request during rehashing of slot\r\n"
                    : "-CLUSTERDOWN The cluster is down\r\n")
        }
        defer { cluster.stop() }
        var load = try session(cluster, set)
        let sample = try load.run(.requests(300))
        #expect(sample.operations == 300 && sample.errors == 0)
        #expect(sample.cluster?.retried == 20)
        // Latency counts from the first sending on, the wait included.
        #expect(sample.latency.max ?? 0 >= 1_000_000)
    }

    /// Nodes that name each other for ever: the reply is counted as what it is.
    @Test func detoursEnd() throws {
        let cluster = try FakeCluster(2) { state, node, words, _ in
            .reply("-MOVED \(slot(words[1])) \(state.name(1 - node))\r\n")
        }
        defer { cluster.stop() }
        var load = try session(cluster, set, connections: 1, pipeline: 1)
        let sample = try load.run(.requests(3))
        #expect(sample.operations == 3 && sample.errors == 3)
        #expect(sample.errorKinds.map(\.kind) == ["MOVED"])
    }

    /// The first request of all takes its connection with it, executed or not.
    @Test(arguments: [("INCR", UInt64(1), UInt64(0)), ("GET", 0, 1)])
    func lostConnections(_ command: String, _ unanswered: UInt64, _ resent: UInt64) throws {
        let losses = Countdown(1)
        let cluster = try FakeCluster(2) { _, _, _, _ in losses.next() == nil ? nil : .hangUp }
        defer { cluster.stop() }
        var load = try session(
            cluster, template(command, "key:__rand_int__"), connections: 2, pipeline: 1)
        let sample = try load.run(.requests(100))
        let met = try #require(sample.cluster)
        #expect(sample.operations == 100)
        #expect(sample.errors == unanswered && met.unanswered == unanswered)
        #expect(met.resent == resent)
        #expect(cluster.executed.map(\.count).reduce(0, +) == 100 - Int(unanswered))
    }

    @Test func aScheduleIsKept() throws {
        let cluster = try FakeCluster(3)
        defer { cluster.stop() }
        var load = try session(cluster, set, connections: 8)
        let sample = try load.run(.requests(500), pace: Pace(rate: 5_000))
        #expect(sample.operations == 500 && sample.errors == 0)
        #expect(sample.pacing?.planned == 500 && sample.pacing?.unsent == 0)
        #expect(sample.intendedLatency?.count == 500)
    }

    /// Detours, pushes and attributes in single bytes, from the first map on.
    @Test func dripFedRepliesAreRead() throws {
        let turns = Countdown(60)
        let cluster = try FakeCluster(2, isDripping: true) { state, node, words, isAsking in
            guard !isAsking, let turn = turns.next() else { return nil }
            switch turn % 4 {
            case 0: return .reply("-TRYAGAIN Multiple keys request during rehashing of slot\r\n")
            case 1: return .reply("-ASK \(slot(words[1])) \(state.name(1 - node))\r\n")
            case 2: return nil
            default:
                return .reply(
                    ">2\r\n+invalidate\r\n*1\r\n$1\r\nk\r\n|1\r\n+ttl\r\n:3600\r\n$1\r\nx\r\n")
            }
        }
        defer { cluster.stop() }
        var load = try session(cluster, template("GET", "key:__rand_int__"), connections: 3)
        let sample = try load.run(.requests(150))
        #expect(sample.operations == 150 && sample.errors == 0)
        #expect(sample.latency.count == 150 && sample.pushes == 15)
        let met = try #require(sample.cluster)
        #expect(met.asked == 15 && met.retried == 15 && met.moved == 0)
        #expect(cluster.executed.map(\.count).reduce(0, +) == 135)
    }

    /// Acknowledged keys are kept, each once; and nothing is where nobody asks.
    @Test(arguments: [false, true]) func writesAreNoted(_ isAsked: Bool) throws {
        let refusals = Countdown(10)
        let cluster = try FakeCluster(2) { _, _, _, _ in
            refusals.next() == nil ? nil : .reply("-OOM command not allowed\r\n")
        }
        defer { cluster.stop() }
        var options = LoadOptions()
        (options.connections, options.pipeline, options.threads) = (4, 3, 2)
        options.stallNanoseconds = 10_000_000_000
        var target = ClusterLoad(seeds: cluster.seeds)
        target.notesWrites = isAsked
        var load = try RoutedSession(to: target, options) {
            ErasedSource(TemplateSource(set, range: 50, seed: 1, $0))
        }
        let sample = try load.run(.requests(400))
        #expect(sample.errors == 10)
        let written = sample.cluster?.written
        #expect((written != nil) == isAsked)
        guard let written else { return }
        #expect(written.acknowledged == 390 && written.weight == 1)
        let executed = cluster.executed.flatMap { $0 }.map { Array($0[1].utf8) }
        #expect(written.keys == Set(executed))
        // All of them are there: each is asked for once.
        let keys = Array(written.keys)
        var reading = try RoutedSession(to: ClusterLoad(seeds: cluster.seeds), options) {
            ErasedSource(WrittenKeySource(keys, $0))
        }
        let read = try reading.run(.requests(UInt64(keys.count)))
        #expect(read.operations == UInt64(keys.count) && read.errors == 0 && read.misses == 0)
        let asked = cluster.executed.flatMap { $0 }.filter { $0[0] == "GET" }.map { $0[1] }
        #expect(Set(asked).count == keys.count && asked.count == keys.count)
    }

    @Test func tagsSpreadOverAllNodes() throws {
        let cluster = try FakeCluster(3)
        defer { cluster.stop() }
        var load = try session(cluster, template("LPUSH", "mylist:{tag}", "x"))
        let sample = try load.run(.requests(900))
        #expect(sample.errors == 0)
        for commands in cluster.executed { #expect(commands.count > 150) }
    }
}
