// The kernel's records as far as they matter here, read where they lie in a ring.
//
// Source: perf_event_open(2), "PERF_RECORD_*".
import CPerf

package enum PerfRecord {
    package struct Sample {
        package var thread: Int32
        /// Of CLOCK_MONOTONIC where the event was opened so.
        package var time: UInt64
        /// How many of what is counted this sample stands for.
        package var period: UInt64
        /// It interrupted user code.
        package var isUser: Bool
        /// Words, leaf first, with marks among them.
        package var chain: UnsafeRawBufferPointer
        /// Of user mode; empty for threads of the kernel.
        package var registers: UnsafeRawBufferPointer
        package var stack: UnsafeRawBufferPointer
        /// There is more of the stack than was copied.
        package var isStackCut: Bool
        package var address: UInt64
    }

    case sample(Sample)
    case mapping(AddressSpace.Mapping)
    /// A thread of process `pid` began.
    case fork(pid: Int32, thread: Int32)
    case exit(thread: Int32)
    /// The process runs another program now.
    case exec
    case lost(UInt64)
    /// The kernel took fewer samples than it was asked for.
    case throttled
    /// A thread got a CPU again.
    case switchedIn(thread: Int32, time: UInt64)

    /// PROT_EXEC, of a mapping.
    private static let executable: UInt32 = 4
    /// perf_event_header.misc.
    private static let modeMask: UInt16 = 7
    private static let userMode: UInt16 = 2
    private static let flag13: UInt16 = 1 << 13

    /// Nil for other records and damaged ones. - Parameter body: after the header.
    package init?(
        type: UInt32, misc: UInt16, _ body: UnsafeRawBufferPointer, hasChain: Bool,
        _ architecture: Architecture = .current
    ) {
        var reader = ByteReader(body)
        switch perf_event_type(type) {
        case PERF_RECORD_SAMPLE:
            self = .sample(Self.sample(&reader, misc, hasChain, architecture))
        case PERF_RECORD_MMAP2:
            reader.skip(8)
            let (start, length, offset) = (reader.u64(), reader.u64(), reader.u64())
            reader.skip(8)
            let inode = reader.u64()
            reader.skip(8)
            let protection = reader.u32()
            reader.skip(4)
            guard protection & Self.executable != 0, start &+ length > start else { return nil }
            self = .mapping(
                AddressSpace.Mapping(
                    start: start, end: start &+ length, offset: offset, inode: inode,
                    path: String(decoding: reader.string(), as: UTF8.self)))
        case PERF_RECORD_FORK:
            let process = Int32(bitPattern: reader.u32())
            reader.skip(4)
            self = .fork(pid: process, thread: Int32(bitPattern: reader.u32()))
        case PERF_RECORD_EXIT:
            reader.skip(8)
            self = .exit(thread: Int32(bitPattern: reader.u32()))
        case PERF_RECORD_COMM where misc & Self.flag13 != 0: self = .exec
        case PERF_RECORD_LOST:
            reader.skip(8)
            self = .lost(reader.u64())
        case PERF_RECORD_LOST_SAMPLES: self = .lost(reader.u64())
        case PERF_RECORD_THROTTLE: self = .throttled
        case PERF_RECORD_SWITCH where misc & Self.flag13 == 0:
            reader.skip(4)
            self = .switchedIn(thread: Int32(bitPattern: reader.u32()), time: reader.u64())
        default: return nil
        }
        if reader.isDamaged { return nil }
    }

    /// In the order that the kernel writes the fields of `SamplingEvent.sampleType` in.
    private static func sample(
        _ reader: inout ByteReader, _ misc: UInt16, _ hasChain: Bool, _ architecture: Architecture
    ) -> Sample {
        let address = reader.u64()
        reader.skip(4)
        let thread = Int32(bitPattern: reader.u32())
        let (time, period) = (reader.u64(), reader.u64())
        let empty = UnsafeRawBufferPointer(start: nil, count: 0)
        var chain = empty
        if hasChain {
            let count = reader.u64()
            chain = reader.take(count.multipliedReportingOverflow(by: 8).partialValue)
        }
        var (registers, stack) = (empty, empty)
        if reader.u64() != 0 { registers = reader.take(UInt64(architecture.dumpedCount) * 8) }
        let size = reader.u64()
        if size > 0 {
            let dump = reader.take(size)
            // So much of it was there to be copied.
            stack = UnsafeRawBufferPointer(rebasing: dump.prefix(Int(min(reader.u64(), size))))
        }
        return Sample(
            thread: thread, time: time, period: period,
            isUser: misc & modeMask == userMode, chain: chain, registers: registers, stack: stack,
            isStackCut: stack.count == size, address: address)
    }
}
