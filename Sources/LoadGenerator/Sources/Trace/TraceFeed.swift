// The records of a trace on their way to the wire, with the moment at which each is due.
//
//     reader ─► | sent … head | scheduled … | read, their tick not whole yet … | free |
//
// Timestamps are whole ticks, seconds in most formats: the requests of one tick are spread evenly
// over it, so a tick must be read whole before its first request has a moment. The buffer grows for
// that up to a million records; of a tick with more, the rest is due at once. The schedule lasts to
// the end of its last tick, wherever in it the last request is due.
//
// One worker's: nothing here is shared.
import Traces

public final class TraceFeed {
    public let reader: TraceReader
    /// Times that the original gaps are divided by; nil: no schedule.
    public let speed: Double?
    /// Why the trace broke off.
    public private(set) var failure: TraceError?
    /// Records handed out.
    public private(set) var taken: UInt64 = 0

    private var records: UnsafeMutableBufferPointer<TraceRecord>
    private var moments: UnsafeMutableBufferPointer<UInt64>
    private var head = 0
    private var scheduled = 0
    private var filled = 0
    private var isAtEnd = false
    /// The format's, in ns of the trace.
    private let tick: UInt64
    private var origin: UInt64?
    /// Time of the latest tick scheduled, and the moment of its last request.
    private var latestTime: UInt64 = 0
    private var lastMoment: UInt64 = 0

    /// Without a schedule: a read of the file's worth; with one, some seconds of a usual trace.
    private static let startRecords = 4_096
    /// 50 MB with the moments.
    private static let mostRecords = 1 << 20

    public init(_ reader: TraceReader, speed: Double? = nil) {
        self.reader = reader
        self.speed = speed
        tick = reader.format.tick
        records = .allocate(capacity: Self.startRecords)
        records.initialize(repeating: TraceRecord())
        moments = .allocate(capacity: Self.startRecords)
        moments.initialize(repeating: 0)
    }

    deinit {
        records.deallocate()
        moments.deallocate()
    }

    /// Whether every record was handed out, and the trace did not break off.
    public var isExhausted: Bool { isAtEnd && head == filled && failure == nil }

    /// Until the end of the latest tick that has its moments, in ns since the trace's first.
    var scheduleNanoseconds: UInt64 {
        origin.map { nanoseconds((ticks(from: $0, to: latestTime) + 1) * tickNanoseconds) } ?? 0
    }

    /// What a tick of the trace takes, in ns.
    private var tickNanoseconds: Double { Double(tick) / (speed ?? 1) }

    private func ticks(from start: UInt64, to end: UInt64) -> Double {
        Double((end &- start) / tick)
    }

    /// Of a moment: centuries, and far from where a clock's reading and it overflow together.
    private static let latest = 9e18

    private func nanoseconds(_ value: Double) -> UInt64 { UInt64(min(value, Self.latest)) }

    /// How many of `wanted` records can be taken now.
    @inline(__always)
    func ready(_ wanted: Int) -> Int {
        if filled &- head < wanted && !isAtEnd { readMore() }
        return min(wanted, filled &- head)
    }

    /// The next record. - Precondition: `ready` said that there is one.
    @inline(__always)
    func take() -> TraceRecord {
        precondition(head < filled, "a record is taken without asking whether there is one")
        let record = records[head]
        head &+= 1
        taken &+= 1
        return record
    }

    /// The moment of the record `ahead` places after the next, in ns since the trace's first.
    @inline(__always)
    func due(_ ahead: Int) -> UInt64? {
        while head &+ ahead >= scheduled {
            guard scheduleNextTick() else { return nil }
        }
        return moments[head &+ ahead]
    }

    /// Reads until the buffer is full.
    @inline(never)
    private func readMore() {
        if head > 0 {
            records.baseAddress!.update(from: records.baseAddress! + head, count: filled - head)
            moments.baseAddress!.update(from: moments.baseAddress! + head, count: filled - head)
            filled -= head
            scheduled = max(scheduled - head, 0)
            head = 0
        }
        guard filled < records.count else { return }
        do throws(TraceError) {
            let free = UnsafeMutableBufferPointer(rebasing: records[filled...])
            let count = try reader.read(free)
            filled += count
            isAtEnd = count == 0
        } catch {
            failure = error
            isAtEnd = true
        }
    }

    private func grow() {
        let capacity = records.count * 2
        let more = UnsafeMutableBufferPointer<TraceRecord>.allocate(capacity: capacity)
        more.initialize(repeating: TraceRecord())
        more.baseAddress!.update(from: records.baseAddress!, count: filled)
        records.deallocate()
        records = more
        let later = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: capacity)
        later.initialize(repeating: 0)
        later.baseAddress!.update(from: moments.baseAddress!, count: filled)
        moments.deallocate()
        moments = later
    }

    /// Gives the records of the next tick their moments; false at the end.
    @inline(never)
    private func scheduleNextTick() -> Bool {
        scheduled = max(scheduled, head)
        if scheduled == filled && !isAtEnd { readMore() }
        guard scheduled < filled else { return false }
        let time = records[scheduled].time
        var end = scheduled
        while true {
            while end < filled && records[end].time == time { end += 1 }
            guard end == filled, !isAtEnd else { break }
            if head == 0 && filled == records.count {
                guard records.count < Self.mostRecords else { break }
                grow()
            }
            end -= head
            readMore()  // moves everything down by `head`
        }
        schedule(from: scheduled, to: end, time)
        return true
    }

    private func schedule(from start: Int, to end: Int, _ time: UInt64) {
        // The rest of a tick that did not fit, or a time that runs backwards: at once.
        let isLate = origin != nil && time <= latestTime
        let first = origin ?? time
        origin = first
        let begin = ticks(from: first, to: time) * tickNanoseconds
        let gap = tickNanoseconds / Double(end - start)
        for index in start..<end {
            if !isLate { lastMoment = nanoseconds(begin + Double(index - start) * gap) }
            moments[index] = lastMoment
        }
        latestTime = max(latestTime, time)
        scheduled = end
    }
}
