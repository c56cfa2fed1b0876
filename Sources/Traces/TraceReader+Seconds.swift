// How many requests a trace has in each second: all that a schedule needs of it.

extension TraceReader {
    /// Three years, 400 MB: a trace that seems to last longer has damaged times.
    private static let longest = 100_000_000 * TraceRecord.second

    /// Requests in each second from the trace's first to its last: reads all that is left of it.
    /// - Throws: what ends the reading; also times that go back to before the first one.
    /// - Complexity: O(records), and memory for as many numbers as the trace has seconds.
    public func requestsPerSecond() throws(TraceError) -> [UInt32] {
        let block = UnsafeMutableBufferPointer<TraceRecord>.allocate(capacity: 4_096)
        defer { block.deallocate() }
        var counts: [UInt32] = []
        var first: UInt64?
        while true {
            let count = try read(block)
            if count == 0 { return counts }
            for record in block[..<count] {
                let start = first ?? record.time
                first = start
                guard record.time >= start, record.time - start < Self.longest else {
                    throw TraceError(
                        path, .file,
                        "a record of second \(record.time / TraceRecord.second) in a trace from "
                            + "\(start / TraceRecord.second) on",
                        remedy: "use a trace in the order of its times")
                }
                let second = Int((record.time - start) / TraceRecord.second)
                if second >= counts.count {
                    counts.append(contentsOf: repeatElement(0, count: second + 1 - counts.count))
                }
                counts[second] += 1
            }
        }
    }
}
