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
import Distributions
import RESP

public final class CompiledWorkload: @unchecked Sendable {
    public let workload: Workload
    /// What it was read from; nil of one that was made in code.
    public internal(set) var origin: WorkloadOrigin?
    /// The workload's operations in its order, then those that follow others, then what is sent
    /// for missed keys, then the prefill's.
    public let operations: [CompiledOperation]
    /// Index of the prefill phase's command in `operations`.
    public let prefillOperation: Int?
    /// Index of a keyspace's own prefill command, where it has one, else of the phase's.
    public let prefillOperations: [Int?]
    /// Index of the command for keys that a look-up missed, by keyspace.
    public let missOperations: [Int?]
    let slots: AliasTable
    let slotList: UnsafeMutablePointer<Slot>
    let keyspaces: UnsafeMutablePointer<CompiledKeyspace>
    /// Tables of `{keys}`' lengths, one for each of the workload's operations.
    let lengths: UnsafeMutablePointer<BoundSize>
    /// By operation and keyspace.
    private let needsList: UnsafeMutablePointer<Needs>
    /// Whether any slot needs more than key, value and time to live.
    let hasExtras: Bool

    /// One alternative of the first choice of a request.
    struct Slot {
        var operation: UInt32
        var keyspace: UInt32
        var needs: Needs
        var source: KeySource
        /// Index of the operation that is sent with the same key afterwards, or −1.
        var then: Int32 = -1
    }

    /// Where the key comes from; see `KeyChoice` and `Popularity`.
    enum KeySource: UInt8 {
        // of those up to here, ids follow from ranks alone (`ScrambledRange`)
        case popular, churning, lone, missing
        case none, sequential, latest, new

        @inline(__always)
        var isScrambled: Bool { rawValue <= Self.missing.rawValue }

        /// Index into `CompiledKeyspace.ranges`.
        @inline(__always)
        var range: Int {
            let value = Int(rawValue)
            return value &- (value > 0 ? 1 : 0)
        }
    }

    /// What has to be drawn for a request.
    struct Needs: OptionSet {
        let rawValue: UInt8

        static let key = Needs(rawValue: 1)
        static let value = Needs(rawValue: 2)
        static let timeToLive = Needs(rawValue: 4)
        static let member = Needs(rawValue: 8)
        static let otherKey = Needs(rawValue: 16)
        static let length = Needs(rawValue: 32)
        /// The key of the request before it.
        static let sameKey = Needs(rawValue: 64)
        /// The size of the value that the reply must hold, where it hangs on the key.
        static let answer = Needs(rawValue: 128)
        static let extras: Needs = [.member, .otherKey, .length]

        init(rawValue: UInt8) { self.rawValue = rawValue }

        init(_ command: CommandTemplate, _ space: KeyspaceSpec) {
            self = []
            if command.hasKey { insert(.key) }
            if command.hasValue { insert(.value) }
            if command.hasTimeToLive && space.ttl != nil { insert(.timeToLive) }
            if command.hasMember { insert(.member) }
            if command.hasOtherKey { insert(.otherKey) }
            if command.hasKeys { insert(.length) }
            // a write that answers with the value before it writes one of the same size
            if !command.hasValue && command.readsValue, let sizes = space.valueSize,
                sizes.binding == .key, sizes.wholeSizes.count > 1
            {
                insert(.answer)
            }
        }
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
        keyspaceCount = workload.keyspaces.count
        var operations = workload.operations.map {
            CompiledOperation(name: $0.name, command: $0.command, wait: $0.wait)
        }
        func add(_ name: String, _ command: CommandTemplate) -> Int {
            operations.append(CompiledOperation(name: name, command: command))
            return operations.count - 1
        }
        let thens = workload.operations.map { operation in
            operation.then.map { add("\(operation.name)_then", $0) }
        }
        let isSingle = workload.keyspaces.count == 1
        missOperations = workload.keyspaces.map { space in
            space.onMiss.map { add(isSingle ? "on_miss" : "on_miss_\(space.name)", $0) }
        }
        var prefillOperation: Int?
        for case .prefill(let command, _) in workload.phases {
            prefillOperation = add("prefill", command)
        }
        let phasePrefill = prefillOperation
        prefillOperations = workload.keyspaces.map { space in
            guard phasePrefill != nil else { return nil }
            return space.prefill.map { add("prefill_\(space.name)", $0) } ?? phasePrefill
        }
        self.prefillOperation = prefillOperation
        self.operations = operations

        keyspaces = .allocate(capacity: workload.keyspaces.count)
        for (index, spec) in workload.keyspaces.enumerated() {
            (keyspaces + index).initialize(
                to: CompiledKeyspace(spec, loneKeys: workload.loneKeys(ofKeyspace: index)))
        }
        lengths = .allocate(capacity: workload.operations.count)
        for (index, operation) in workload.operations.enumerated() {
            (lengths + index).initialize(
                to: BoundSize(operation.length ?? SizeSpec(.constant(0)), keys: 1))
        }
        needsList = .allocate(capacity: operations.count * workload.keyspaces.count)
        for (row, operation) in operations.enumerated() {
            for (column, space) in workload.keyspaces.enumerated() {
                (needsList + row * workload.keyspaces.count + column).initialize(
                    to: Needs(operation.command, space))
            }
        }
        let choices = Self.slots(of: workload, thens)
        let commands = workload.operations.flatMap { [$0.command, $0.then].compactMap(\.self) }
        hasExtras = commands.contains { $0.hasMember || $0.hasOtherKey || $0.hasKeys }
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
        lengths.deinitialize(count: workload.operations.count)
        lengths.deallocate()
        needsList.deallocate()
    }

    func needs(operation: Int, keyspace: Int) -> Needs {
        needsList[operation * keyspaceCount + keyspace]
    }

    /// An operation without a keyspace is spread over all by their weights, and look-ups in part
    /// over keys that nobody writes.
    private static func slots(
        of workload: Workload, _ thens: [Int?]
    ) -> [(slot: Slot, weight: Double)] {
        var slots: [(slot: Slot, weight: Double)] = []
        for (index, operation) in workload.operations.enumerated() {
            let spaces = workload.keyspaces.enumerated().filter {
                operation.keyspace == nil || $0.element.name == operation.keyspace
            }
            let total = spaces.reduce(0) { $0 + $1.element.weight }
            for (position, space) in spaces {
                var slot = Slot(
                    operation: UInt32(index), keyspace: UInt32(position),
                    needs: Needs(operation.command, space), source: source(operation, space))
                if let then = thens[index] { slot.then = Int32(then) }
                let weight = operation.weight * space.weight / total
                let isLookUp = operation.command.access == .read && operation.keys == .popular
                let missed = isLookUp ? space.negativeLookups : 0
                slots.append((slot, weight * (1 - missed)))
                if missed > 0 {
                    slot.source = .missing
                    slots.append((slot, weight * missed))
                }
            }
        }
        return slots
    }

    private static func source(_ operation: OperationSpec, _ space: KeyspaceSpec) -> KeySource {
        guard operation.command.hasKey else { return .none }
        switch operation.keys {
        case .new: return .new
        case .lone: return .lone
        case .missing: return .missing
        case .popular:
            switch space.popularity {
            case .sequential: return .sequential
            case .latest: return .latest
            default: return space.churn == nil ? .popular : .churning
            }
        }
    }

    public let keyspaceCount: Int

    /// Keys that the prefill writes, all keyspaces together; 0 without a prefill.
    public var populatedKeys: UInt64 {
        prefillOperation == nil ? 0 : workload.keyspaces.reduce(0) { $0 + $1.populatedKeys }
    }

    /// Bytes of the longest key.
    public var largestKeySize: Int {
        Int(workload.keyspaces.map { $0.keySize.support.upperBound }.max()!.rounded())
    }

    /// Bytes of a key, as every request for it has it.
    public func keySize(keyspace: Int, key: UInt64) -> Int {
        keyspaces[keyspace].keySize(ofRank: keyspaces[keyspace].rank(ofKey: key))
    }

    /// Members of a key that is a set, a sorted set or a hash; 0 for a string.
    public func cardinality(keyspace: Int, key: UInt64) -> Int {
        keyspaces[keyspace].cardinality(ofRank: keyspaces[keyspace].rank(ofKey: key))
    }

    /// Bytes of a member of a keyspace's collections.
    public func memberSize(keyspace: Int) -> Int { keyspaces[keyspace].memberSize }

    /// Writes a member's bytes: `m` and its number, zero-padded.
    /// - Precondition: `memberSize` bytes are free at `target`.
    @inline(__always)
    public func writeMember(
        keyspace: Int, member: UInt64, to target: UnsafeMutablePointer<UInt8>
    ) {
        target[0] = UInt8(ascii: "m")
        FixedDigits.write(member, width: keyspaces[keyspace].memberSize &- 1, to: target + 1)
    }

    /// Writes `count` bytes of the value with this salt.
    @inline(__always)
    public func writeValue(
        keyspace: Int, salt: UInt64, count: Int, to target: UnsafeMutablePointer<UInt8>
    ) {
        ValueFiller.copy(keyspaces[keyspace].filler.pool, target, count: count, salt: salt)
    }

    /// Bytes of a key's value; nil where each write draws its own, or there are no values.
    public func valueSize(keyspace: Int, key: UInt64) -> Int? {
        guard workload.keyspaces[keyspace].valueSize?.binding == .key else { return nil }
        let rank = keyspaces[keyspace].rank(ofKey: key)
        return keyspaces[keyspace].valueSize(
            ofRank: rank, keySize: keyspaces[keyspace].keySize(ofRank: rank), or: 0)
    }

    /// Whether a command is sent for a key that a look-up did not find: not for keys that nobody
    /// writes.
    public func isWrittenOnMiss(keyspace: Int, key: UInt64) -> Bool {
        missOperations[keyspace] != nil && key < keyspaces[keyspace].missingBase
    }

    /// Exact share of a keyspace's requests that its `top` most popular keys get.
    public func share(keyspace: Int, ofTop top: UInt64) -> Double {
        keyspaces[keyspace].popularity.share(ofTop: top)
    }

    /// Writes a key's bytes: the prefix, a hash tag if it has one, then its id in decimal,
    /// zero-padded to exactly `size`.
    /// - Precondition: `size` is `keySize(keyspace:key:)`, and as many bytes are free at `target`.
    /// - Complexity: O(size). - Allocations: none.
    @inline(__always)
    public func writeKey(
        keyspace: Int, key: UInt64, size: Int, to target: UnsafeMutablePointer<UInt8>
    ) {
        let space = keyspaces + keyspace
        var prefix = space.pointee.prefixCount
        if prefix > 0 { target.update(from: space.pointee.prefix, count: prefix) }
        if space.pointee.hashTags > 0 {
            target[prefix] = UInt8(ascii: "{")
            FixedDigits.write(
                key % space.pointee.hashTags, width: space.pointee.tagDigits,
                to: target + prefix + 1)
            prefix &+= space.pointee.tagDigits &+ 2
            target[prefix &- 1] = UInt8(ascii: "}")
        }
        FixedDigits.write(key, width: size &- prefix, to: target + prefix)
    }
}

/// An operation as a load generator needs it.
public struct CompiledOperation: Sendable {
    public let name: String
    public let command: CommandTemplate
    public let access: CommandTemplate.Access
    /// What is sent right behind it and answered with it.
    public let wait: DurabilityWait?

    init(name: String, command: CommandTemplate, wait: DurabilityWait? = nil) {
        self.name = name
        self.command = command
        self.wait = wait
        access = command.access
    }
}
