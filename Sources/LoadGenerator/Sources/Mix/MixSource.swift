// Requests of a mix, written one by one: command by an alias table, key by its distribution, sizes
// by inversion. Also the writer of every key once, which a mix is populated by.
//
//     [*N $n VERB] [$16 key:000000000042] [$64 value] [$2 EX $3 300]
//      prepared     number patched in       unique      prepared
//
// Values are letters of a pool with a number in front, sixteen letters of four bits each, so that
// no two writes of a run store the same (as far as a value is long enough to hold the number).
import Distributions
import RESP
import Workloads

public struct MixSource: RequestSource, ~Copyable {
    public let commands: [CommandLabel]

    private struct Shape {
        /// Of `literals`.
        var offset: Int
        var count: Int
        var hasValue: Bool
        /// Whether a time to live stands at the end.
        var expires: Bool
    }

    private let choice: AliasTable
    private let shapes: UnsafeMutablePointer<Shape>
    private let literals: UnsafeMutablePointer<UInt8>
    private let expiry: UnsafeMutablePointer<UInt8>
    private let expiryCount: Int
    private let keySizer: KeySizer
    private let valueSizes: SizeTable
    private let valueClasses: SizeClasses
    private var keys: KeySampler
    private let keyClassCount: Int
    /// How often each command, class of keys and class of value sizes was drawn, in that order.
    private let tally: UnsafeMutablePointer<UInt64>
    private var random: Xoshiro256PlusPlus
    private var serial: UInt64
    /// Population: the next key to write.
    private var next: UInt64?

    /// Bytes of headers around key and value, at most.
    private static let overhead = 2 * RequestWriter.bulkOverhead

    /// The mix itself, without end.
    public init(_ plan: MixPlan, seed: UInt64, _ place: WorkerPlace) {
        self.init(plan, seed: seed, place, next: nil)
    }

    /// Every key of `plan` written once: ask for exactly `plan.keys` requests.
    public init(populating plan: MixPlan, seed: UInt64, _ place: WorkerPlace) {
        var plan = plan
        plan.commands = [MixPlan.Command(name: "set", weight: 1)]
        self.init(plan, seed: seed, place, next: place.part(of: plan.keys).lowerBound)
    }

    private init(_ plan: MixPlan, seed: UInt64, _ place: WorkerPlace, next: UInt64?) {
        commands = plan.labels
        choice = AliasTable(weights: plan.commands.map(\.weight))
        self.next = next
        var bytes: [UInt8] = []
        shapes = .allocate(capacity: plan.commands.count)
        for (index, command) in plan.commands.enumerated() {
            let hasValue = MixPlan.known[command.name] ?? false
            let expires = command.name == "set" && plan.ttlSeconds > 0
            let arguments = (hasValue ? 3 : 2) + (expires ? 2 : 0)
            let start = bytes.count
            bytes += Array("*\(arguments)\r\n".utf8)
            RequestEncoder.appendBulk(Array(command.name.uppercased().utf8), to: &bytes)
            (shapes + index).initialize(
                to: Shape(
                    offset: start, count: bytes.count - start, hasValue: hasValue, expires: expires)
            )
        }
        literals = .allocate(capacity: bytes.count)
        literals.initialize(from: bytes, count: bytes.count)
        var tail: [UInt8] = []
        if plan.ttlSeconds > 0 {
            RequestEncoder.appendBulk(Array("EX".utf8), to: &tail)
            RequestEncoder.appendBulk(Array("\(plan.ttlSeconds)".utf8), to: &tail)
        }
        expiryCount = tail.count
        expiry = .allocate(capacity: max(tail.count, 1))
        expiry.initialize(from: tail, count: tail.count)
        keySizer = KeySizer(plan.keySizes, seed: seed)
        valueSizes = SizeTable(plan.valueSizes)
        valueClasses = SizeClasses(plan.valueSizes)
        keyClassCount = KeyClasses(plan.distribution, keys: plan.keys).count
        let tallied = plan.commands.count + keyClassCount + valueClasses.count
        tally = .allocate(capacity: tallied)
        tally.initialize(repeating: 0, count: tallied)
        var seeds = SplitMix64(seed: seed)
        _ = seeds.next()  // the key sizer's
        keys = KeySampler(
            plan.distribution, keys: plan.keys, seed: seeds.next(),
            first: place.part(of: plan.keys).lowerBound)
        // 16 bits of worker above 48 of count; populations count in the upper half.
        serial = UInt64(truncatingIfNeeded: place.index + (next == nil ? 0 : 1 << 15)) << 48
        for _ in 0..<place.index { _ = seeds.next() }
        random = Xoshiro256PlusPlus(seed: seeds.next())
    }

    deinit {
        shapes.deallocate()
        literals.deallocate()
        expiry.deallocate()
        tally.deallocate()
    }

    /// What was drawn so far.
    public borrowing func tallied() -> MixTally {
        func list(_ offset: Int, _ count: Int) -> [UInt64] {
            Array(UnsafeBufferPointer(start: tally + offset, count: count))
        }
        let firstValue = commands.count + keyClassCount
        return MixTally(
            commands: list(0, commands.count), keys: list(commands.count, keyClassCount),
            valueSizes: list(firstValue, valueClasses.count))
    }

    public mutating func fill(_ batch: inout RequestBatch, _ count: Int) {
        batch.length = 0
        for index in 0..<count {
            let command: Int
            let key: UInt64
            if let number = next {
                (command, key) = (0, number)
                next = number &+ 1
            } else {
                command = choice.choose(random.next())
                let drawn = keys.draw(&random)
                key = drawn.key
                tally[command] &+= 1
                tally[commands.count &+ drawn.class] &+= 1
            }
            batch.commands[index] = UInt8(truncatingIfNeeded: command)
            append(command, key, to: &batch)
        }
    }

    @inline(__always)
    private mutating func append(_ command: Int, _ key: UInt64, to batch: inout RequestBatch) {
        let shape = shapes[command]
        let keySize = keySizer.size(of: key)
        let valueSize = shape.hasValue ? valueSizes.size(at: random.nextUnit()) : 0
        let needed =
            batch.length &+ shape.count &+ keySize &+ valueSize &+ expiryCount &+ Self.overhead
        if needed > batch.capacity { batch.reserve(needed * 2) }
        var writer = RequestWriter(batch.bytes + batch.length)
        writer.encoded(literals + shape.offset, shape.count)
        writer.bulk(keySize) { target in
            target.update(from: MixPlan.prefix, count: MixPlan.prefix.count)
            let digits = keySize &- MixPlan.prefix.count
            if digits == 12 {
                FixedDigits.writeTwelve(key, to: target + MixPlan.prefix.count)
            } else {
                FixedDigits.write(key, width: digits, to: target + MixPlan.prefix.count)
            }
        }
        if shape.hasValue {
            tally[commands.count &+ keyClassCount &+ valueClasses.index(of: valueSize)] &+= 1
            let salt = random.next()
            let serial = serial
            self.serial = serial &+ 1
            writer.bulk(valueSize) { target in
                ValueFiller.shared.fill(target, count: valueSize, salt: salt)
                Self.write(serial, valueSize, target)
            }
            if shape.expires { writer.encoded(expiry, expiryCount) }
        }
        batch.length = writer.target - batch.bytes
    }

    /// Puts this write's number, in letters, in front of a value of `count` bytes.
    @inline(__always)
    private static func write(
        _ serial: UInt64, _ count: Int, _ target: UnsafeMutablePointer<UInt8>
    ) {
        var rest = serial
        for index in 0..<min(count, 16) {
            target[index] = UInt8(ascii: "a") &+ UInt8(truncatingIfNeeded: rest & 15)
            rest &>>= 4
        }
    }
}
