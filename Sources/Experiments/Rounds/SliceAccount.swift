// What a slice of load cost both sides: accounts read before it and after it.
import LinuxSystem
import LoadGenerator
import RunRecord
import Targets

struct SliceAccount {
    private let server: RunningServer
    private let steal = HostAccounting.stealNanoseconds()
    private let throttled = HostAccounting.throttledNanoseconds()
    private let cpu: UInt64?

    /// Begins one. CPU time is read last here and first at the end: it is what counts.
    init(_ server: RunningServer) {
        self.server = server
        cpu = server.pid.flatMap { ProcessAccounting.cpuNanoseconds($0) }
    }

    /// CPU time of the server since it began; nil where that cannot be read.
    var serverCPUNanoseconds: Int? {
        Self.difference(server.pid.flatMap { ProcessAccounting.cpuNanoseconds($0) }, cpu)
    }

    func slice(of sample: LoadSample, _ recorder: Recorder) -> RunRecord.Slice {
        let cpuSpent = serverCPUNanoseconds
        return RunRecord.Slice(
            startNanoseconds: recorder.time(of: sample.startNanoseconds),
            durationNanoseconds: Int(sample.spanNanoseconds), ops: Int(sample.operations),
            serverCPUNanoseconds: cpuSpent,
            clientCPUNanoseconds: Int(sample.clientCPUNanoseconds),
            stealNanoseconds: Self.difference(HostAccounting.stealNanoseconds(), steal),
            throttledNanoseconds: Self.difference(
                HostAccounting.throttledNanoseconds(), throttled),
            loadAverage: HostAccounting.loadAverage())
    }

    private static func difference(_ after: UInt64?, _ before: UInt64?) -> Int? {
        guard let after, let before else { return nil }
        return Int(after) - Int(before)
    }
}
