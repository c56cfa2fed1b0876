// A sample of a server's keys by SCAN: how long keys and values are, and how long they live. Keys
// are looked at and forgotten.
//
//     SCAN ─► for each key, in one pipeline:   OBJECT IDLETIME   before STRLEN touches the key
//                                              STRLEN            an error tells another type
//                                              PTTL
//
// SCAN walks the hash table, so its first keys are as good a sample as any: their order has to do
// with a hash and with nothing else. The budget bounds how many are looked at, the rate how fast.
import Glibc
import LinuxSystem
import Quantities
import RESP
import Targets
import Workloads

struct KeySample {
    var keySizes: [Int] = []
    var valueSizes: [Int] = []
    /// Seconds, 0 for none.
    var timesToLive: [Int] = []
    /// Keys that hold something else than a string.
    var otherTypes = 0
    /// Whether the time since the last touch could be added to what is left to live.
    var knowsIdleTime = true

    /// - Parameters:
    ///   - budget: most keys looked at.
    ///   - rate: most keys per second; nil: no limit.
    ///   - progress: called after each batch with the number of keys so far.
    init(
        _ connection: ControlConnection, budget: Int, rate: Double?, progress: (Int) -> Void
    ) throws(TargetError) {
        let start = Clock.monotonicNanoseconds()
        var scan = try KeyScan(connection)
        repeat {
            let keys = try scan.next(atMost: budget - scan.count)
            for first in stride(from: 0, to: keys.count, by: KeyScan.batch) {
                try add(keys[first..<min(first + KeyScan.batch, keys.count)], connection)
            }
            progress(scan.count)
            if let rate { Self.wait(Double(scan.count) / rate, since: start) }
        } while !scan.isAtEnd && scan.count < budget && !Interruption.requested
    }

    /// Waits until so long after `start`, or for an interruption.
    private static func wait(_ seconds: Double, since start: UInt64) {
        let due = start + Nanoseconds(seconds: min(seconds, ServerCapture.longestSeconds)).count
        while !Interruption.requested {
            let now = Clock.monotonicNanoseconds()
            guard due > now else { return }
            Clock.sleep(milliseconds: Int(min(Nanoseconds(due - now).whole(.milliseconds), 100)))
        }
    }

    /// Cuts what the format has no room for.
    /// - Returns: a line for each kind of it.
    mutating func cut() -> [String] {
        [
            CapturedLimit.keySize.cut(&keySizes), CapturedLimit.valueSize.cut(&valueSizes),
            CapturedLimit.timeToLive.cut(&timesToLive),
        ].compactMap(\.self)
    }

    private mutating func add(
        _ keys: ArraySlice<[UInt8]>, _ connection: ControlConnection
    ) throws(TargetError) {
        var commands: [[[UInt8]]] = []
        for key in keys {
            commands.append([Array("OBJECT".utf8), Array("IDLETIME".utf8), key])
            commands.append([Array("STRLEN".utf8), key])
            commands.append([Array("PTTL".utf8), key])
        }
        let replies = try connection.pipeline(commands)
        for (index, key) in keys.enumerated() {
            let idle = replies[3 * index].number
            guard let length = replies[3 * index + 1].number else {
                otherTypes += 1
                continue
            }
            guard length >= 0 else {
                throw TargetError(
                    "the server answers STRLEN with \(length)",
                    remedy: "capture from a server that follows the protocol's commands")
            }
            guard let left = replies[3 * index + 2].number, left != -2 else { continue }
            keySizes.append(key.count)
            valueSizes.append(Int(length))
            if left < 0 {
                timesToLive.append(0)
            } else {
                if idle == nil { knowsIdleTime = false }
                // What is left, and the time since the key was last touched: for a key that was
                // not read since it was written, what it was given.
                let rest = Int((Double(left) / 1_000).rounded(.up))
                let (sum, isTooLong) = rest.addingReportingOverflow(Int(max(idle ?? 0, 0)))
                timesToLive.append(isTooLong ? .max : sum)
            }
        }
    }
}

extension KeySample {
    /// Times to live are read some seconds after they were given, and to the second: values so
    /// close to each other are one, the most frequent of them. Only where few are left: else it is
    /// a curve, in which a second does not matter.
    static func joined(_ seconds: [Int]) -> [Int] {
        var counts: [Int: Int] = [:]
        for value in seconds { counts[value, default: 0] += 1 }
        let values = counts.keys.sorted()
        var groups: [[Int]] = []
        for value in values {
            if let first = groups.last?.first, let last = groups.last?.last, value > 0, first > 0,
                value - last <= mostGap, value - first <= mostSpan
            {
                groups[groups.count - 1].append(value)
            } else {
                groups.append([value])
            }
        }
        guard groups.count <= mostGroups, groups.count < values.count else { return seconds }
        var joined: [Int: Int] = [:]
        for group in groups {
            let mode = group.max { (counts[$0]!, $0) < (counts[$1]!, $1) }!
            for value in group { joined[value] = mode }
        }
        return seconds.map { joined[$0]! }
    }

    private static let mostGap = 2
    private static let mostSpan = 5
    private static let mostGroups = 12
}
