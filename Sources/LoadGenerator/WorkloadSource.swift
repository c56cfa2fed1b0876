// The requests of a workload, encoded: what fleet workloads plug into a load session.
//
// Each operation is compiled into pieces once. Literals are copied as they will stand on the wire;
// only holes (key, value, expiry) are written per request:
//
//     SET {key} {value} {expiry}   →   [*3 or *5] [$3\r\nSET\r\n] [key] [value] [$2\r\nEX\r\n ttl]
import RESP
import Workloads

/// A stretch of an encoded command.
private enum Piece {
    /// `count` bytes at `offset` of the literals.
    case literal(offset: Int, count: Int)
    case key, value
    /// `EX seconds`, or nothing without a time to live.
    case expiry
    case seconds
}

/// Operations of a workload as pieces; shared by nothing, owned by one source.
private struct EncodingPlan: ~Copyable {
    private struct Operation {
        var firstPiece: Int
        var pieceCount: Int
        /// Arguments with and without an expiry.
        var arguments: Int
        var argumentsWithExpiry: Int
        /// Bytes besides key and value, at most.
        var overhead: Int
    }

    let commands: [CommandLabel]
    private let literals: UnsafeMutablePointer<UInt8>
    private let pieces: UnsafeMutablePointer<Piece>
    private let operations: UnsafeMutablePointer<Operation>

    /// Longest "$N\r\n" and the CR LF that ends a bulk string.
    private static let bulkOverhead = 26

    init(_ workload: CompiledWorkload) {
        self.init(workload.operations.map { ($0.name, $0.command, $0.access == .read) })
    }

    init(_ commandList: [(name: String, template: CommandTemplate, isRead: Bool)]) {
        var bytes: [UInt8] = []
        var list: [Piece] = []
        var plans: [Operation] = []
        for command in commandList {
            var plan = Operation(
                firstPiece: list.count, pieceCount: 0, arguments: 0, argumentsWithExpiry: 0,
                overhead: Self.bulkOverhead)
            for argument in command.template.arguments {
                switch argument {
                case .literal(let text):
                    let start = bytes.count
                    RequestEncoder.appendBulk(text, to: &bytes)
                    list.append(.literal(offset: start, count: bytes.count - start))
                    plan.overhead += bytes.count - start
                case .key: list.append(.key)
                case .value: list.append(.value)
                case .expiry: list.append(.expiry)
                case .ttl: list.append(.seconds)
                }
                plan.overhead += 2 * Self.bulkOverhead
                plan.arguments += argument == .expiry ? 0 : 1
                plan.argumentsWithExpiry += argument == .expiry ? 2 : 1
            }
            plan.pieceCount = list.count - plan.firstPiece
            plans.append(plan)
        }
        commands = commandList.map { CommandLabel($0.name, nullIsMiss: $0.isRead) }
        literals = .allocate(capacity: max(bytes.count, 1))
        literals.initialize(from: bytes, count: bytes.count)
        pieces = .allocate(capacity: max(list.count, 1))
        pieces.initialize(from: list, count: list.count)
        operations = .allocate(capacity: max(plans.count, 1))
        operations.initialize(from: plans, count: plans.count)
    }

    deinit {
        literals.deallocate()
        pieces.deallocate()
        operations.deallocate()
    }

    /// Appends `request` to the batch as its `index`-th.
    @inline(__always)
    func append(
        _ request: Request, _ workload: CompiledWorkload, to batch: inout RequestBatch, _ index: Int
    ) {
        let operation = operations[Int(request.operation)]
        let needed =
            batch.length &+ operation.overhead &+ request.keySize &+ request.valueSize
        if needed > batch.capacity { batch.reserve(needed * 2) }
        batch.commands[index] = UInt8(truncatingIfNeeded: request.operation)
        var target = batch.bytes + batch.length
        header(
            UInt8(ascii: "*"),
            request.ttlSeconds > 0 ? operation.argumentsWithExpiry : operation.arguments, &target)
        for position in 0..<operation.pieceCount {
            switch pieces[operation.firstPiece &+ position] {
            case .literal(let offset, let count):
                target.update(from: literals + offset, count: count)
                target += count
            case .key:
                header(UInt8(ascii: "$"), request.keySize, &target)
                workload.writeKey(
                    keyspace: Int(request.keyspace), key: request.key, size: request.keySize,
                    to: target)
                end(&target, request.keySize)
            case .value:
                header(UInt8(ascii: "$"), request.valueSize, &target)
                ValueFiller.shared.fill(target, count: request.valueSize, salt: request.salt)
                end(&target, request.valueSize)
            case .expiry where request.ttlSeconds > 0:
                header(UInt8(ascii: "$"), 2, &target)
                target[0] = UInt8(ascii: "E")
                target[1] = UInt8(ascii: "X")
                end(&target, 2)
                number(request.ttlSeconds, &target)
            case .expiry: break
            case .seconds: number(request.ttlSeconds, &target)
            }
        }
        batch.length = target - batch.bytes
    }

    @inline(__always)
    private func header(_ type: UInt8, _ value: Int, _ target: inout UnsafeMutablePointer<UInt8>) {
        target[0] = type
        target += 1
        end(&target, Decimal.write(UInt64(truncatingIfNeeded: value), to: target))
    }

    /// A number as a bulk string.
    @inline(__always)
    private func number(_ value: Int, _ target: inout UnsafeMutablePointer<UInt8>) {
        let value = UInt64(truncatingIfNeeded: value)
        header(UInt8(ascii: "$"), Decimal.length(value), &target)
        end(&target, Decimal.write(value, to: target))
    }

    /// Steps over `count` bytes and ends the line.
    @inline(__always)
    private func end(_ target: inout UnsafeMutablePointer<UInt8>, _ count: Int) {
        target += count
        target[0] = UInt8(ascii: "\r")
        target[1] = UInt8(ascii: "\n")
        target += 2
    }
}

/// The requests of a workload's mix, for as long as it is asked.
public struct WorkloadSource: RequestSource, ~Copyable {
    public var commands: [CommandLabel] { plan.commands }
    private let plan: EncodingPlan
    private var generator: RequestGenerator

    public init(_ workload: CompiledWorkload, seed: UInt64, _ place: WorkerPlace) {
        plan = EncodingPlan(workload)
        generator = RequestGenerator(workload, seed: seed, worker: place.index)
    }

    public mutating func fill(_ batch: inout RequestBatch, _ count: Int) {
        batch.length = 0
        for index in 0..<count {
            plan.append(generator.next(), generator.workload, to: &batch, index)
        }
    }
}

/// Every populated key of a workload, written once: ask for exactly `populatedKeys` requests.
public struct PrefillSource: RequestSource, ~Copyable {
    public var commands: [CommandLabel] { plan.commands }
    private let plan: EncodingPlan
    private var generator: PrefillGenerator

    public init(_ workload: CompiledWorkload, seed: UInt64, _ place: WorkerPlace) {
        plan = EncodingPlan(workload)
        generator = PrefillGenerator(
            workload, seed: seed, worker: place.index, of: place.count)
    }

    /// - Precondition: no more requests are asked for, over all calls, than the workload has keys.
    public mutating func fill(_ batch: inout RequestBatch, _ count: Int) {
        batch.length = 0
        for index in 0..<count {
            guard let request = generator.next() else {
                preconditionFailure("a prefill writes each key once")
            }
            plan.append(request, generator.workload, to: &batch, index)
        }
    }
}

/// GETs of `sample` populated keys, spread evenly over all of them: a miss is a key that the prefill
/// lost.
public struct ReadBackSource: RequestSource, ~Copyable {
    public var commands: [CommandLabel] { plan.commands }
    private let plan = EncodingPlan([("get", .get, true)])
    private var generator: PrefillGenerator
    private let step: UInt64

    /// - Precondition: 0 < sample ≤ populated keys, and no more than `sample` requests are asked for.
    public init(_ workload: CompiledWorkload, sample: UInt64, _ place: WorkerPlace) {
        generator = PrefillGenerator(workload, seed: 0, worker: place.index, of: place.count)
        step = max(1, workload.populatedKeys / sample)
    }

    public mutating func fill(_ batch: inout RequestBatch, _ count: Int) {
        batch.length = 0
        for index in 0..<count {
            guard var request = generator.next() else {
                preconditionFailure("no more keys than were populated are read back")
            }
            for _ in 1..<step { _ = generator.next() }
            request.operation = 0
            request.ttlSeconds = 0
            plan.append(request, generator.workload, to: &batch, index)
        }
    }
}
