// Regressions made to order: a known slow-down, known bytes, known cache misses, to see whether a
// comparison finds them. Off by default; INFO and every record show what is injected.
//
//     inject=cpu-ns:N        N ns of arithmetic per command, spent once per batch: a processor
//                            hides most of 20 ns behind the command's own work, and little of
//                            their sum
//     inject=entry-bytes:N   an allocation of N bytes per entry, in size classes as its own
//     inject=chase:N         N dependent reads per command with a key, each from a line of its own
//                            in an array larger than any last-level cache that is simulated
//     inject=touch:N         one read per command with a key, of a line that belongs to the key in
//                            such an array (touch:1), or the same line read by a check before it
//                            (touch:2): the miss is the check's then, and the later read's without
import Glibc
import Keyspaces
import LinuxSystem
import Quantities

/// What a configuration asks for.
public struct InjectionOptions: Sendable, Equatable {
    public var cpuNanoseconds = 0
    public var entryBytes = 0
    public var chase = 0
    public var touch = 0

    public init() {}

    public var isActive: Bool { self != InjectionOptions() }

    /// `cpu-ns:100,chase:1`, or `none`.
    public var spelling: String {
        let amounts = [
            ("cpu-ns", cpuNanoseconds), ("entry-bytes", entryBytes), ("chase", chase),
            ("touch", touch),
        ]
        let parts = amounts.filter { $0.1 > 0 }.map { "\($0.0):\($0.1)" }
        return parts.isEmpty ? "none" : parts.joined(separator: ",")
    }

    /// Longest spin per command: more is a stalled server, not a regression.
    private static let maxNanoseconds = 1_000_000
    /// Largest block per entry: the small classes end there.
    private static let maxBytes = 8_192
    /// Most reads per command.
    private static let maxChase = 1_000
    /// The read that stays, and the check before it.
    private static let maxTouch = 2

    /// What `add` takes.
    static let ranges =
        "cpu-ns:N with N from 1 to \(maxNanoseconds), entry-bytes:N from 1 to \(maxBytes),"
        + " chase:N from 1 to \(maxChase) or touch:N from 1 to \(maxTouch)"

    /// Adds one `KIND:N`, or several separated by commas; false when it is none.
    public mutating func add(_ text: String) -> Bool {
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pair = item.split(separator: ":", omittingEmptySubsequences: false)
            guard pair.count == 2 else { return false }
            func count(upTo most: Int) -> Int? { try? Count.parse(pair[1], in: 1...most) }
            switch pair[0] {
            case "cpu-ns":
                guard let amount = count(upTo: Self.maxNanoseconds) else { return false }
                cpuNanoseconds = amount
            case "entry-bytes":
                guard let bytes = try? ByteCount.parse(pair[1], in: 1...Self.maxBytes) else {
                    return false
                }
                entryBytes = bytes
            case "chase":
                guard let amount = count(upTo: Self.maxChase) else { return false }
                chase = amount
            case "touch":
                guard let amount = count(upTo: Self.maxTouch) else { return false }
                touch = amount
            default: return false
            }
        }
        return true
    }
}

/// The machinery; nothing is set up for what is not asked for.
struct Injection: ~Copyable {
    let isActive: Bool
    private let options: InjectionOptions
    /// Turns of the spin that take a nanosecond.
    private let turnsPerNanosecond: Double
    private var spun: UInt64 = 1
    private var commandsOwed = 0

    private var slab: Slab
    /// The last block; each holds the address of the one before it.
    private var lastBlock: UnsafeMutableRawPointer?
    private var blocks = 0

    /// One cycle through all lines, in random order: the next line is known only once this one has
    /// been read.
    private let ring: UnsafeMutablePointer<Line>?
    private var position: UnsafeMutablePointer<Line>?

    private struct Line {
        var next: UnsafeMutablePointer<Line>?
        var padding: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)
    }

    /// 64 MiB of lines: more than a last-level cache's share that one process keeps.
    private static let lineCount = 1 << 20

    init(_ options: InjectionOptions, _ quantum: SizeClasses.Quantum) {
        self.options = options
        isActive = options.isActive
        slab = Slab(quantum: quantum)
        turnsPerNanosecond = options.cpuNanoseconds > 0 ? Self.calibrate() : 0
        ring = options.chase > 0 || options.touch > 0 ? Self.makeRing() : nil
        position = ring
    }

    deinit { ring?.deallocate() }

    /// What the blocks take.
    var memory: MemoryReport {
        MemoryReport(
            requested: slab.requested, allocated: slab.allocated, allocations: slab.allocations)
    }

    /// The reads of one command; its spin is owed until the end of the batch.
    /// - Parameter hash: of its key; nil where it has none.
    @inline(never)
    mutating func disturb(hash: UInt64?) {
        commandsOwed &+= 1
        guard let hash else { return }
        for _ in 0..<options.chase { position = position.unsafelyUnwrapped.pointee.next }
        guard options.touch > 0, let ring else { return }
        let line = ring + Int(truncatingIfNeeded: hash) & (Self.lineCount - 1)
        if options.touch > 1 { spun &+= Self.injectedCheck(line) }
        spun &+= Self.injectedUse(line)
    }

    /// The touch that can be left out. In counts by function its misses are its own.
    @inline(never)
    private static func injectedCheck(_ line: UnsafeMutablePointer<Line>) -> UInt64 {
        line.pointee.padding.0
    }

    /// The touch that stays: of another word of the same line.
    @inline(never)
    private static func injectedUse(_ line: UnsafeMutablePointer<Line>) -> UInt64 {
        line.pointee.padding.6
    }

    /// The end of a batch: the spin of its commands, and as many blocks as there are entries.
    @inline(never)
    mutating func settle(entries: Int) {
        let turns = Double(commandsOwed * options.cpuNanoseconds) * turnsPerNanosecond
        commandsOwed = 0
        spun = Self.injectedSpin(Int(turns), spun)
        match(entries: entries)
    }

    /// As many blocks as entries.
    private mutating func match(entries: Int) {
        guard options.entryBytes > 0 else { return }
        // A block holds an address; smaller ones would be rounded up to it by any allocator.
        let bytes = max(options.entryBytes, MemoryLayout<UnsafeMutableRawPointer>.size)
        while blocks < entries {
            let block = slab.allocate(bytes)
            block.storeBytes(of: lastBlock, as: UnsafeMutableRawPointer?.self)
            lastBlock = block
            blocks += 1
        }
        while blocks > entries, let block = lastBlock {
            lastBlock = block.load(as: UnsafeMutableRawPointer?.self)
            slab.free(block, bytes)
            blocks -= 1
        }
    }

    /// A chain of multiplications that no compiler shortens, about 1 ns a turn. In profiles it is a
    /// function of its own.
    @inline(never)
    static func injectedSpin(_ turns: Int, _ start: UInt64) -> UInt64 {
        var value = start
        for _ in 0..<turns { value = value &* 6_364_136_223_846_793_005 &+ 1 }
        return value
    }

    /// The fastest of several runs: an interruption only ever adds time.
    private static func calibrate() -> Double {
        let turns = 1_000_000
        var best = UInt64.max
        var value: UInt64 = 1
        for _ in 0..<8 {
            let start = Clock.threadCPUNanoseconds()
            value = injectedSpin(turns, value)
            best = min(best, Clock.threadCPUNanoseconds() - start)
        }
        return value == 0 ? 1 : Double(turns) / Double(max(best, 1))
    }

    /// Sattolo's algorithm: a random permutation that is one cycle.
    private static func makeRing() -> UnsafeMutablePointer<Line> {
        let lines = UnsafeMutableRawPointer.allocate(
            byteCount: lineCount * MemoryLayout<Line>.stride, alignment: 64)
        let ring = lines.bindMemory(to: Line.self, capacity: lineCount)
        var order = Array(0..<lineCount)
        var state: UInt64 = 1
        for index in stride(from: lineCount - 1, to: 0, by: -1) {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            order.swapAt(index, Int((state >> 33) % UInt64(index)))
        }
        for index in 0..<lineCount {
            (ring + index).initialize(
                to: Line(next: ring + order[index], padding: (0, 0, 0, 0, 0, 0, 0)))
        }
        return ring
    }
}
