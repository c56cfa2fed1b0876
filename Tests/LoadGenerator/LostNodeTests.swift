// A node of a cluster that dies or falls silent: the others go on, what is for it waits and is
// seen to wait, and after a while the run ends with its name, or its requests count as failed.
import Glibc
import LinuxSystem
import LoadGenerator
import RESP
import TestSupport
import Testing

private func session(
    _ cluster: FakeCluster, stallSeconds: Double, policy: ErrorPolicy = .invalid
) throws -> RoutedSession {
    var options = LoadOptions()
    (options.connections, options.pipeline, options.threads) = (3, 4, 1)
    options.stallNanoseconds = UInt64(stallSeconds * 1e9)
    options.errorPolicy = policy
    let template = RequestTemplate(
        RequestEncoder.encode(["SET", "key:__rand_int__", "x"]), [CommandLabel("SET")])
    return try RoutedSession(to: ClusterLoad(seeds: cluster.seeds), options) {
        ErasedSource(TemplateSource(template, range: 1_000, seed: 1, fillsTags: true, $0))
    }
}

/// Ends a node, and waits until nothing takes connections there.
private func takeDown(_ cluster: FakeCluster, _ node: Int) {
    cluster.servers[node].stop()
    for _ in 0..<5_000 {
        guard let descriptor = try? Socket.connect(to: cluster.servers[node].address) else {
            return
        }
        close(descriptor)
        Clock.sleep(milliseconds: 1)
    }
    Issue.record("it still listens")
}

/// Runs until the load gives a node up, and returns that and what was measured.
private func loseNode(
    _ load: inout RoutedSession, _ points: inout [LoadProgress]
) throws -> (node: LostNode, failure: LoadFailure)? {
    var seen: [LoadProgress] = []
    defer { points = seen }
    do throws(LoadFailure) {
        _ = try load.run(.duration(nanoseconds: 60_000_000_000)) { seen.append($0) }
    } catch {
        guard case .lostNode(let node) = error.reason else {
            Issue.record("\(error)")
            return nil
        }
        return (node, error)
    }
    Issue.record("it went on")
    return nil
}

@Suite(.serialized) struct LostNodeTests {
    @Test func aPrimaryThatDiesIsNamedAndTheOthersGoOn() throws {
        let cluster = try FakeCluster(3)
        defer { cluster.stop() }
        var load = try session(cluster, stallSeconds: 1.5)
        takeDown(cluster, 2)
        var points: [LoadProgress] = []
        guard let (node, failure) = try loseNode(&load, &points) else { return }
        #expect(node.address == cluster.servers[2].address)
        #expect(node.waited > 0)
        let text = "\(failure)"
        #expect(text.contains("slots 10923-16383") && text.contains("requests waited"), "\(text)")
        #expect(!text.contains("\(cluster.servers[0].address) sent nothing"))
        // Far more than fits into pipelines and queues together.
        for healthy in 0...1 { #expect(cluster.executed[healthy].count > 300) }
        #expect(points.contains { $0.waiting > 0 })
        #expect(failure.sample.longestStallNanoseconds >= 1_000_000_000)
        let row = failure.sample.cluster?.nodes.first { $0.address == node.address }
        #expect(row?.longestAwayNanoseconds ?? 0 >= 1_000_000_000)
        #expect(row?.waited ?? 0 > 0)
    }

    /// It takes connections and requests, and says nothing.
    @Test func aSilentNodeHoldsUpItselfAlone() throws {
        let cluster = try FakeCluster(3) { _, node, _, _ in node == 1 ? .reply("") : nil }
        defer { cluster.stop() }
        var load = try session(cluster, stallSeconds: 2.5)
        var points: [LoadProgress] = []
        guard let (node, failure) = try loseNode(&load, &points) else { return }
        #expect(node.address == cluster.servers[1].address)
        #expect("\(failure)".contains("slots 5462-10922"), "\(failure)")
        for healthy in [0, 2] { #expect(cluster.executed[healthy].count > 300) }
        #expect(points.contains { $0.waiting > 0 })
    }

    @Test func itsRequestsCountAsFailedWhereErrorsAreWanted() throws {
        let cluster = try FakeCluster(3)
        defer { cluster.stop() }
        var load = try session(cluster, stallSeconds: 0.5, policy: .ignore)
        takeDown(cluster, 2)
        let sample = try load.run(.requests(5_000))
        #expect(sample.operations == 5_000)
        #expect(sample.errorKinds.map(\.kind) == ["NONODE"])
        #expect((1_000...2_500).contains(sample.errors), "\(sample.errors)")
        let executed = cluster.executed.map(\.count).reduce(0, +)
        #expect(executed + Int(sample.errors) == 5_000)
        // It is not waited for again.
        let second = try load.run(.requests(600))
        #expect(second.operations == 600 && second.errors > 0)
    }

    /// What has waited is executed where the slots have gone, each once, and its latency says so.
    @Test func whatWaitedIsSentToTheSuccessor() throws {
        let cluster = try FakeCluster(3)
        defer { cluster.stop() }
        var load = try session(cluster, stallSeconds: 20)
        takeDown(cluster, 2)
        var isTaken = false
        let sample = try load.run(.requests(20_000)) { progress in
            guard !isTaken, progress.waiting >= 100 else { return }
            isTaken = true
            cluster.core.state.withLock { state in
                state.owners = state.owners.map { min($0, 1) }
                state.told = state.owners
            }
        }
        #expect(isTaken)
        #expect(sample.operations == 20_000 && sample.errors == 0)
        #expect(cluster.executed.map(\.count).reduce(0, +) == 20_000)
        #expect(sample.latency.count == 20_000)
        #expect(sample.latency.max ?? 0 >= 50_000_000)
        let row = sample.cluster?.nodes.first { $0.address == cluster.servers[2].address }
        #expect(row?.waited ?? 0 >= 100 && row?.operations == 0)
    }
}
