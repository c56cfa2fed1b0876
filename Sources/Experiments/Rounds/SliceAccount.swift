// What a slice of load cost both sides: accounts read before it and after it.
import LoadGenerator
import RunRecord

struct SliceAccount {
    private let host: any HostAccounts
    private let steal: UInt64?
    private let throttled: UInt64?
    private let cpu: ServerMeter

    /// Begins one. CPU time is read last here and first at the end: it is what counts.
    init(_ server: any MeasuredServer, _ host: any HostAccounts = ThisHost()) {
        self.host = host
        steal = host.stealNanoseconds(cpus: nil)
        throttled = host.throttledNanoseconds()
        cpu = ServerMeter(server)
    }

    /// CPU time of the server since it began; nil where that cannot be read.
    var serverCPUNanoseconds: Int? { cpu.nanoseconds }

    func slice(of sample: LoadSample, _ recorder: Recorder) -> RunRecord.Slice {
        let cpuSpent = serverCPUNanoseconds
        return RunRecord.Slice(
            startNanoseconds: recorder.time(of: sample.startNanoseconds),
            durationNanoseconds: Int(sample.spanNanoseconds), ops: Int(sample.operations),
            serverCPUNanoseconds: cpuSpent,
            clientCPUNanoseconds: Int(sample.clientCPUNanoseconds),
            stealNanoseconds: Self.difference(host.stealNanoseconds(cpus: nil), steal),
            throttledNanoseconds: Self.difference(host.throttledNanoseconds(), throttled),
            loadAverage: host.loadAverage())
    }

    private static func difference(_ after: UInt64?, _ before: UInt64?) -> Int? {
        guard let after, let before else { return nil }
        return Int(after) - Int(before)
    }
}
