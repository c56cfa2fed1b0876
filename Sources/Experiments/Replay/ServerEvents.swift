// Commands that a server gets while it is under load: sent by a thread of their own at their times,
// each marked in the record as a phase (`event: BGSAVE`) over the series of the load's latencies.
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

    /// Starts the thread, whose clock begins now; none without events.
    init(_ events: [ServerEvent], _ server: RunningServer) throws(ExperimentFailure) {
        self.server = server
        guard !events.isEmpty else { return }
        let start = Clock.monotonicNanoseconds()
        let ordered = events.sorted { $0.atMilliseconds < $1.atMilliseconds }
        let shared = self.shared
        let body: @Sendable () -> Void = { ServerEvents.run(ordered, start, server, shared) }
        do throws(SystemCallError) {
            worker = try Worker(body)
        } catch {
            throw ExperimentFailure(.setUp, "no thread for the events of a phase: \(error)")
        }
    }

    private static func run(
        _ events: [ServerEvent], _ start: UInt64, _ server: RunningServer, _ shared: Shared
    ) {
        // A minute: SAVE answers when it is done.
        let connection = try? server.connect(milliseconds: 60_000)
        for event in events {
            let due = start + Nanoseconds(milliseconds: event.atMilliseconds).count
            while Clock.monotonicNanoseconds() < due {
                if shared.stop.load(ordering: .acquiring) { return }
                Clock.sleep(milliseconds: step)
            }
            let sentAt = Clock.monotonicNanoseconds()
            var refusal: String?
            do throws(TargetError) {
                let words = event.command.split(separator: " ").map { String($0) }
                guard let connection else {
                    throw TargetError("no connection for it", remedy: "look in the server's log")
                }
                if case .error(let text) = try connection.send(words) { refusal = text }
            } catch {
                refusal = "\(error)"
            }
            let outcome = Outcome(
                event: event, sentAt: sentAt, answeredAt: Clock.monotonicNanoseconds(),
                refusal: refusal)
            shared.outcomes.withLock { $0.append(outcome) }
        }
    }

    /// Waits for the thread (events that are not due yet are left out) and adds what happened to
    /// the record.
    func finish(_ recorder: Recorder) {
        shared.stop.store(true, ordering: .releasing)
        worker.take()?.join()
        for outcome in shared.outcomes.withLock({ $0 }) {
            recorder.add(
                RunRecord.Phase(
                    name: "event: \(outcome.event.command)", target: server.target.label,
                    startNanoseconds: recorder.time(of: outcome.sentAt),
                    durationNanoseconds: Int(outcome.answeredAt - outcome.sentAt)))
            if let refusal = outcome.refusal {
                recorder.warn(
                    "\(outcome.event.command) was refused: \(refusal)",
                    remedy: "remove the event, or measure a server that has it",
                    target: server.target.label)
            }
        }
    }
}
