// What happens to a server while it is under load: done by a thread of its own at its times, each
// marked in the record as a phase (`event: BGSAVE`) over the series of the load's latencies.
//
// A snapshot lands in the folder that the server runs in: one that was started here has a folder of
// its own, which goes away with it.
import LinuxSystem
import Quantities
import RESP
import RunRecord
import Synchronization
import Targets
import Workloads

final class ServerEvents {
    /// What became of an event.
    private struct Outcome: Sendable {
        var event: ServerEvent
        /// On the monotonic clock.
        var sentAt: UInt64
        var answeredAt: UInt64
        /// Nil when it was carried out.
        var refusal: String?
    }

    /// What the thread and its owner share.
    private final class Shared: Sendable {
        let outcomes = Mutex<[Outcome]>([])
        let stop = Atomic<Bool>(false)
    }

    private let shared = Shared()
    private let server: RunningServer
    private var worker: Worker?

    /// How exactly a time is kept: far below what the series can show.
    private static let step = 1

    /// Starts the thread; none without events.
    /// - Parameters:
    ///   - successor: of a node that an event kills.
    ///   - start: the moment that their times count from, on the monotonic clock.
    init(
        _ events: [ServerEvent], _ server: RunningServer, _ successor: ClusterSuccessor?,
        from start: UInt64
    ) throws(ExperimentFailure) {
        self.server = server
        guard !events.isEmpty else { return }
        let ordered = events.sorted { $0.atMilliseconds < $1.atMilliseconds }
        let shared = self.shared
        let body: @Sendable () -> Void = {
            var thread = EventThread(server, successor) {
                shared.stop.load(ordering: .acquiring)
            }
            for event in ordered {
                let due = start + Nanoseconds(milliseconds: event.atMilliseconds).count
                guard thread.wait(until: due) else { return }
                let sentAt = Clock.monotonicNanoseconds()
                let refusal = thread.carryOut(event)
                let outcome = Outcome(
                    event: event, sentAt: sentAt, answeredAt: Clock.monotonicNanoseconds(),
                    refusal: refusal)
                shared.outcomes.withLock { $0.append(outcome) }
            }
            thread.waitForTheRest()
        }
        do throws(SystemCallError) {
            worker = try Worker(body)
        } catch {
            throw ExperimentFailure(.setUp, "no thread for the events of a phase: \(error)")
        }
    }

    /// What the thread has: its connection, and what it keeps from event to event.
    private struct EventThread {
        private let server: RunningServer
        /// Takes over once.
        private var successor: ClusterSuccessor?
        private let isStopped: () -> Bool
        private let connection: ControlConnection?
        private var readers: [SlowConnections] = []
        private var replicas: [RunningServer] = []

        /// SAVE answers when it is done.
        private static let patienceMilliseconds = 60_000

        init(
            _ server: RunningServer, _ successor: ClusterSuccessor?,
            isStopped: @escaping () -> Bool
        ) {
            self.server = server
            self.successor = successor
            self.isStopped = isStopped
            connection = try? server.connect(milliseconds: Self.patienceMilliseconds)
        }

        /// False where the phase is over before.
        mutating func wait(until due: UInt64) -> Bool {
            while true {
                let now = Clock.monotonicNanoseconds()
                readers.removeAll { $0.end <= now }
                if now >= due { return true }
                if isStopped() { return false }
                Clock.sleep(milliseconds: ServerEvents.step)
            }
        }

        /// Readers hang up at their times, and replicas end with the phase.
        mutating func waitForTheRest() {
            guard !readers.isEmpty || !replicas.isEmpty else { return }
            _ = wait(until: .max)
        }

        /// - Returns: why it was not; nil when it was.
        mutating func carryOut(_ event: ServerEvent) -> String? {
            guard let connection else { return "no connection for it; look in the server's log" }
            do throws(TargetError) {
                switch event.action {
                case .command(let text):
                    let words = text.split(separator: " ").map { String($0) }
                    if case .error(let text) = try connection.send(words) { return text }
                case .slowReaders(let readers):
                    let end =
                        Clock.monotonicNanoseconds()
                        + Nanoseconds(milliseconds: readers.milliseconds).count
                    do throws(SystemCallError) {
                        self.readers.append(
                            try SlowConnections(readers, server.endpoint, until: end))
                    } catch {
                        return "\(error)"
                    }
                case .replica:
                    replicas.append(
                        try ReplicaServer.attach(to: server, connection, isStopped: isStopped))
                case .cluster(.failover):
                    guard let successor else { return "the node that would fail is gone already" }
                    self.successor = nil
                    try successor.takeOver(isStopped: isStopped)
                case .cluster(.migrateSlots):
                    try SlotMigration(in: server).run(isStopped: isStopped)
                }
                return nil
            } catch {
                return "\(error)"
            }
        }
    }

    /// Waits for the thread (events that are not due yet are left out) and adds what happened to
    /// the record.
    /// - Returns: the events that were refused, with the reason.
    func finish(_ recorder: Recorder) -> [(name: String, reason: String)] {
        shared.stop.store(true, ordering: .releasing)
        worker.take()?.join()
        var refused: [(name: String, reason: String)] = []
        for outcome in shared.outcomes.withLock({ $0 }) {
            recorder.add(
                RunRecord.Phase(
                    name: "event: \(outcome.event.name)", target: server.target.label,
                    startNanoseconds: recorder.time(of: outcome.sentAt),
                    durationNanoseconds: Int(outcome.answeredAt - outcome.sentAt)))
            if let refusal = outcome.refusal {
                recorder.warn(
                    "\(outcome.event.name) was refused: \(refusal)",
                    remedy: "remove the event, or measure a server that has it",
                    target: server.target.label)
                refused.append((name: outcome.event.name, reason: refusal))
            }
        }
        return refused
    }
}
