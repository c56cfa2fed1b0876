// A running server's commands as a workload file: what MONITOR says for a while, read as a trace.
// It costs the server a good part of its throughput, and tells what counters cannot: which keys are
// asked for how often, and how long the values are that are written.
//
//     server ─► [pump: a thread, until the time is over] ─► pipe ─► TraceCapture
//
// The pump hands on whole lines, so that the end of the time damages none.
import Glibc
import LinuxSystem
import Progress
import Quantities
import Targets
import Traces

public struct MonitorCapture {
    /// Seconds for which it listens.
    public var interval = 10.0
    public var name: String?
    /// How far it is, for people.
    public var progress = ProgressBar(quiet: true)

    public init() {}

    /// Listens to a server for `interval` seconds and makes a workload of what it heard.
    /// - Throws: where the server cannot be reached, refuses MONITOR or was sent nothing.
    public func run(_ target: Target) throws(ExperimentFailure) -> CapturedWorkload {
        let endpoint = try ServerCapture.running(target)
        let connection: ControlConnection
        let source: (descriptor: CInt, received: [UInt8])
        do throws(TargetError) {
            connection = try ControlConnection(to: endpoint)
            source = try connection.monitor()
        } catch {
            throw ExperimentFailure(.setUp, "\(error)")
        }
        let pipe: Pipe
        do throws(SystemCallError) {
            pipe = try Pipe()
        } catch {
            throw ExperimentFailure(.setUp, "\(error)")
        }
        let pump = MonitorPump(
            source: source.descriptor, target: pipe.writing, received: source.received,
            nanoseconds: Nanoseconds(seconds: min(interval, ServerCapture.longestSeconds)).count)
        let worker: Worker
        do throws(SystemCallError) {
            worker = try Worker { pump.run() }
        } catch {
            close(pipe.reading)
            close(pipe.writing)
            throw ExperimentFailure(.setUp, "\(error)")
        }
        var capture = TraceCapture()
        capture.descriptor = pipe.reading  // the reader closes it, and with it ends the pump
        capture.format = TraceFormats.withName("monitor")
        capture.skipsDamaged = true
        capture.name = name ?? "captured"
        capture.progress = progress
        let result: Result<CapturedWorkload, ExperimentFailure>
        do throws(ExperimentFailure) {
            result = .success(try capture.run("MONITOR"))
        } catch {
            result = .failure(error)
        }
        worker.join()
        withExtendedLifetime(connection) {}
        return try result.get()
    }
}

/// Hands on what a server says, until the time is over or nobody reads it.
private struct MonitorPump: Sendable {
    let source: CInt
    let target: CInt
    let received: [UInt8]
    let nanoseconds: UInt64

    /// A longer line is handed on in pieces.
    private static let mostHeld = 1 << 20
    private static let chunk = 64 << 10

    func run() {
        defer { close(target) }
        let end = Clock.monotonicNanoseconds() + nanoseconds
        var held = received
        while Clock.monotonicNanoseconds() < end && !Interruption.requested {
            let whole =
                held.count > Self.mostHeld
                ? held.count : (held.lastIndex(of: 0x0a) ?? -1) + 1
            if whole > 0 {
                guard write(held[..<whole]) else { return }
                held.removeFirst(whole)
            }
            let wait = min(max(Clock.milliseconds(until: end), 1), 100)
            guard Socket.waitReadable(source, milliseconds: wait) else { continue }
            guard receive(into: &held) else { break }
        }
        if let last = held.lastIndex(of: 0x0a) { _ = write(held[...last]) }
    }

    /// False where the server has gone.
    private func receive(into held: inout [UInt8]) -> Bool {
        let start = held.count
        held.append(contentsOf: repeatElement(0, count: Self.chunk))
        let result = held.withUnsafeMutableBytes {
            LinuxSystem.receive(source, into: $0.baseAddress! + start, Self.chunk)
        }
        var count = 0
        if case .bytes(let received) = result { count = received }
        held.removeLast(Self.chunk - count)
        return count > 0 || result == .wouldBlock
    }

    /// False where nobody reads any more.
    private func write(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.withUnsafeBytes { writeAll($0, to: target) == nil }
    }
}
