// A workload turned into tables: immutable, shared by all workers, drawn from without allocating.
//
//     operations × keyspaces ── alias table ──► slot (operation, keyspace, what it needs)
//     keyspace: popularity ─► rank ─► scramble ─► key id ─► digits
//                              └─► places in [0,1)³ ─► key size, value size, time to live
//
// A key's sizes hang on its rank, and its rank on its id through the inverse of the scramble, so
// whoever knows an id (prefill, verification) finds the sizes that a request for it will have.
//
// Invariants: written in `init` alone; every keyspace has passed `Workload.findings`, so a key's
// digits always fit its size.

public final class CompiledWorkload: @unchecked Sendable {
    public let workload: Workload
    /// The workload's operations in its order, then the prefill's if it has one.
    public let operations: [CompiledOperation]
    /// Index of the prefill's command in `operations`.
    public let prefillOperation: Int?
    let slots: AliasTable
    let slotList: UnsafeMutablePointer<Slot>
    let keyspaces: UnsafeMutablePointer<CompiledKeyspace>

    /// One alternative of the first choice of a request.
    struct Slot {
        var operation: UInt32
        var keyspace: UInt32
        var needs: Needs
    }

    /// What has to be drawn for a request.
    struct Needs: OptionSet {
        let rawValue: UInt8

        static let key = Needs(rawValue: 1)
        static let value = Needs(rawValue: 2)
        static let timeToLive = Needs(rawValue: 4)
    }

    /// - Throws: what `Workload.findings` finds.
    public init(_ workload: Workload) throws(WorkloadProblems) {
        let findings = workload.findings()
        guard findings.isEmpty else {
            throw WorkloadProblems(
                findings.map {
                    WorkloadProblem(
                        file: workload.name, line: nil, problem: "\($0.path): \($0.problem)",
                        remedy: $0.remedy)
                })
        }
        self.workload = workload
        var operations = workload.operations.map {
            CompiledOperation(name: $0.name, command: $0.command)
        }
        var prefillOperation: Int?
        for case .prefill(let command, _) in workload.phases {
            prefillOperation = operations.count
            operations.append(CompiledOperation(name: "prefill", command: command))
        }
        self.operations = operations
        self.prefillOperation = prefillOperation

        keyspaces = .allocate(capacity: workload.keyspaces.count)
        for (index, spec) in workload.keyspaces.enumerated() {
            (keyspaces + index).initialize(to: CompiledKeyspace(spec))
        }
        let choices = Self.slots(of: workload)
        slots = AliasTable(weights: choices.map(\.weight))
        slotList = .allocate(capacity: choices.count)
        for (index, choice) in choices.enumerated() {
            (slotList + index).initialize(to: choice.slot)
        }
    }

    deinit {
        slotList.deallocate()
        keyspaces.deinitialize(count: workload.keyspaces.count)
        keyspaces.deallocate()
    }

    /// An operation without a keyspace is spread over all by their weights.
    private static func slots(of workload: Workload) -> [(slot: Slot, weight: Double)] {
        var slots: [(slot: Slot, weight: Double)] = []
        for (index, operation) in workload.operations.enumerated() {
            let spaces = workload.keyspaces.enumerated().filter {
                operation.keyspace == nil || $0.element.name == operation.keyspace
            }
            let total = spaces.reduce(0) { $0 + $1.element.weight }
            for (position, space) in spaces {
                var needs: Needs = []
                if operation.command.hasKey { needs.insert(.key) }
                if operation.command.hasValue { needs.insert(.value) }
                if operation.command.hasTimeToLive && space.ttl != nil { needs.insert(.timeToLive) }
                let slot = Slot(
                    operation: UInt32(index), keyspace: UInt32(position), needs: needs)
                slots.append((slot, operation.weight * space.weight / total))
            }
        }
        return slots
    }

    public var keyspaceCount: Int { workload.keyspaces.count }

    /// Keys that the prefill writes, all keyspaces together.
    public var populatedKeys: UInt64 {
        workload.keyspaces.reduce(0) { $0 + $1.populatedKeys }
    }

    /// Bytes of the longest key.
    public var largestKeySize: Int {
        Int(workload.keyspaces.map { $0.keySize.support.upperBound }.max()!.rounded())
    }

    /// Bytes of the longest value.
    public var largestValueSize: Int {
        Int(workload.keyspaces.map { $0.valueSize?.support.upperBound ?? 0 }.max()!.rounded())
    }

    /// Bytes of a key, as every request for it has it.
    public func keySize(keyspace: Int, key: UInt64) -> Int {
        keyspaces[keyspace].keySize(ofRank: keyspaces[keyspace].scramble.rank(ofKey: key))
    }

    /// Bytes of a key's value; nil where each write draws its own, or there are no values.
    public func valueSize(keyspace: Int, key: UInt64) -> Int? {
        guard workload.keyspaces[keyspace].valueSize?.binding == .key else { return nil }
        return keyspaces[keyspace].valueSize(
            ofRank: keyspaces[keyspace].scramble.rank(ofKey: key), or: 0)
    }

    /// Exact share of a keyspace's requests that its `top` most popular keys get.
    public func share(keyspace: Int, ofTop top: UInt64) -> Double {
        keyspaces[keyspace].popularity.share(ofTop: top)
    }

    /// Writes a key's bytes: the prefix, then its id in decimal, zero-padded to exactly `size`.
    /// - Precondition: `size` is `keySize(keyspace:key:)`, and as many bytes are free at `target`.
    /// - Complexity: O(size). - Allocations: none.
    @inline(__always)
    public func writeKey(
        keyspace: Int, key: UInt64, size: Int, to target: UnsafeMutablePointer<UInt8>
    ) {
        let space = keyspaces + keyspace
        let prefix = space.pointee.prefixCount
        if prefix > 0 { target.update(from: space.pointee.prefix, count: prefix) }
        writeDecimal(key, width: size &- prefix, to: target + prefix)
    }
}

/// An operation as a load generator needs it.
public struct CompiledOperation: Sendable {
    public let name: String
    public let command: CommandTemplate
    public let access: CommandTemplate.Access

    init(name: String, command: CommandTemplate) {
        self.name = name
        self.command = command
        access = command.access
    }
}

/// Zero-padded decimal digits, eight at a time: how long it takes depends on the width alone, while a
/// loop over the digits there are mispredicts its end.
@inline(__always)
func writeDecimal(_ number: UInt64, width: Int, to target: UnsafeMutablePointer<UInt8>) {
    var rest = number
    var end = width
    while end >= 8 {
        let (quotient, eight) = rest.quotientAndRemainder(dividingBy: 100_000_000)
        UnsafeMutableRawPointer(target + (end &- 8)).storeBytes(
            of: eightDigits(eight), as: UInt64.self)
        rest = quotient
        end &-= 8
    }
    guard end > 0 else { return }
    // the upper digits of eight, those that are left
    var digits = eightDigits(rest % 100_000_000) &>> UInt64(truncatingIfNeeded: (8 &- end) &* 8)
    for index in 0..<end {
        target[index] = UInt8(truncatingIfNeeded: digits)
        digits &>>= 8
    }
}

/// The digits of a number below 10⁸ as eight characters, the first one in the lowest byte.
///
/// Halves are split in parallel lanes: 8 digits → 2 × 4 → 4 × 2 → 8 × 1, each quotient by a
/// multiplication with the reciprocal that is exact for its range (after Khuong, "How to print
/// integers really fast", 2017).
@inline(__always)
func eightDigits(_ number: UInt64) -> UInt64 {
    let high = number / 10_000
    let fours = high | (number &- high &* 10_000) &<< 32
    // ⌊v·10486 / 2^20⌋ = ⌊v / 100⌋ for v < 10,000
    let hundreds = ((fours &* 10_486) &>> 20) & 0x0000_007f_0000_007f
    let twos = hundreds | (fours &- hundreds &* 100) &<< 16
    // ⌊v·103 / 2^10⌋ = ⌊v / 10⌋ for v < 100
    let tens = ((twos &* 103) &>> 10) & 0x000f_000f_000f_000f
    let ones = tens | (twos &- tens &* 10) &<< 8
    return ones | 0x3030_3030_3030_3030
}
