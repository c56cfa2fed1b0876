// Rounds in which clients listen to what some of the servers execute (MONITOR), as a user's
// debugging session does: what that costs the server.
//
//     fill ─► MONITOR ─► [reader: a thread that throws everything away, until the server ends]
//
// The reader needs CPU time as well: on a machine without a CPU to spare it takes wall-clock time
// from everybody, and only CPU time of the server says what listening costs that.
import Glibc
import LinuxSystem
import RESP
import RunRecord
import Targets
import Workloads

final class MonitoredRounds: RoundHost {
    private let host: any RoundHost
    private let labels: Set<String>
    private var readers: WorkerGroup

    /// - Parameters:
    ///   - labels: of the targets that are listened to.
    ///   - rounds: how often each of them is launched at most.
    init(_ host: any RoundHost, listeningTo labels: Set<String>, rounds: Int) {
        self.host = host
        self.labels = labels
        readers = WorkerGroup(capacity: labels.count * rounds)
    }

    var accounts: any HostAccounts { host.accounts }

    func fill(
        _ target: Target, _ workloads: [CompiledWorkload], _ plan: RoundPlan, seed: UInt64,
        readsMemory: Bool, allowFlush: Bool, _ recorder: Recorder
    ) throws(ExperimentFailure) -> any MeasuredServer {
        let server = try host.fill(
            target, workloads, plan, seed: seed, readsMemory: readsMemory, allowFlush: allowFlush,
            recorder)
        guard labels.contains(target.label) else { return server }
        let running = server as? RunningServer
        guard let running, running.target.isOwned, listen(to: running.endpoint) else {
            server.stop()
            throw ExperimentFailure(
                .setUp,
                "nobody can listen to \(target.label) by MONITOR; give a server that is started "
                    + "here")
        }
        return server
    }

    /// False where the server does not take the connection or the request.
    private func listen(to endpoint: Target.Endpoint) -> Bool {
        guard let descriptor = try? Socket.connect(to: endpoint.address) else { return false }
        var request: [UInt8] = []
        for command in endpoint.setUp { request += RequestEncoder.encode(command) }
        request += RequestEncoder.encode(["MONITOR"])
        // A new connection takes a few dozen bytes at once.
        let sent = request.withUnsafeBytes {
            LinuxSystem.send(descriptor, $0.baseAddress!, $0.count)
        }
        if sent == .bytes(request.count) {
            do throws(SystemCallError) {
                try readers.start { MonitorReader(source: descriptor).run() }
                return true
            } catch {
                // no room for another thread: as if it had not been taken
            }
        }
        close(descriptor)
        return false
    }
}

/// Reads until the other side hangs up.
private struct MonitorReader: Sendable {
    let source: CInt

    private static let chunk = 256 << 10

    func run() {
        defer { close(source) }
        withUnsafeTemporaryAllocation(byteCount: Self.chunk, alignment: 16) { chunk in
            while true {
                switch LinuxSystem.receive(source, into: chunk.baseAddress!, Self.chunk) {
                case .bytes(0), .failed: return
                case .bytes: continue
                case .wouldBlock: _ = Socket.waitReadable(source, milliseconds: 100)
                }
            }
        }
    }
}
