// What it costs to draw a request of a workload: it must stay small beside a server's work.
import LinuxSystem

extension CompiledWorkload {
    /// CPU time of drawing one request, in ns and tenths of it: the best of many short runs,
    /// because other work on the machine can only add to it.
    public func drawingNanoseconds() -> Double {
        var generator = RequestGenerator(self, seed: 1, worker: 0)
        let requests = 10_000
        var best = Double.infinity
        var sum = 0
        for _ in 0..<100 {
            let start = Clock.threadCPUNanoseconds()
            for _ in 0..<requests {
                let request = generator.next()
                sum &+= request.keySize &+ request.valueSize &+ request.ttlSeconds
            }
            best = min(best, Double(Clock.threadCPUNanoseconds() - start) / Double(requests))
        }
        // the sum is used, or nothing would be drawn
        return sum == .min ? 0 : (best * 10).rounded() / 10
    }
}
