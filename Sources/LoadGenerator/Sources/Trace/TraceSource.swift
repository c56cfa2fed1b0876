// The requests of a trace: each record as the command that its verb is.
//
//     get           GET key                       append                 APPEND key value
//     set           SET key value [EX ttl]        delete                 DEL key
//     setIfAbsent   SET key value NX [EX ttl]     increment, decrement   INCR key, DECR key
//     setIfPresent  SET key value XX [EX ttl]     expire                 EXPIRE key ttl
//
// (PX and PEXPIRE for a time to live that is no whole second.)
//
// They are reported under the trace's own words (`TraceDecoder.operations`).
//
// Keys are the record's identity in 64 letters, six bits each, padded to the key's size: eleven
// bytes hold it whole, shorter keys the lower bits of it. Values are letters, so that no server
// stores them as numbers.
//
// A cache's client writes what it did not find. Where a trace holds only look-ups (oracleGeneral)
// the source does so itself: a null reply is followed by a SET of that record's size.
import Distributions
import RESP
import Traces
import Workloads

public struct TraceOptions: Sendable {
    /// Bytes of keys whose size the trace does not say; nil: `usualKeySize`.
    public var keySize: Int?
    /// valkey-benchmark's, and the median key of a published fleet.
    public static let usualKeySize = 16
    /// Writes what a look-up did not find; nil: only for traces that hold nothing but look-ups.
    public var setsOnMiss: Bool?
    public var seed: UInt64 = 0

    public init() {}
}

public struct TraceSource: RequestSource, ~Copyable {
    public let commands: [CommandLabel]
    /// Of a SET that follows a miss.
    private let fillCommand: UInt8

    private let feed: TraceFeed
    private let keySize: UInt32
    private let setsOnMiss: Bool
    private var random: Xoshiro256PlusPlus

    /// Look-ups that missed, to be followed by their SETs; as many as are in flight at most.
    private var misses: [TraceRecord] = []
    private var missesTaken = 0
    /// The records in flight, batch by batch; a ticket is a place in it. A batch's `prepared` is
    /// its number from 1.
    private var inFlight: [TraceRecord] = []
    private var batches = 0
    /// When the latest request of the trace was due.
    private var lastMoment: UInt64 = 0

    /// - Precondition: one worker; the feed is this source's alone.
    public init(_ feed: TraceFeed, _ options: TraceOptions, _ place: WorkerPlace) {
        precondition(place.count == 1, "a trace is replayed in its order, by one worker")
        self.feed = feed
        let format = feed.reader.format
        let operations = format.operations
        commands =
            operations.map { CommandLabel($0.name, nullIsMiss: $0.verb.isRead) }
            + [CommandLabel("set_on_miss")]
        fillCommand = UInt8(operations.count)
        keySize = UInt32(max(options.keySize ?? TraceOptions.usualKeySize, 1))
        setsOnMiss = options.setsOnMiss ?? format.onlyLooksUp
        random = Xoshiro256PlusPlus(seed: options.seed)
    }

    @inline(__always)
    private var waiting: Int { misses.count &- missesTaken }

    public var wantsMisses: Bool { setsOnMiss }

    @inline(__always)
    public mutating func ready(_ wanted: Int) -> Int {
        let first = min(wanted, waiting)
        return first &+ (first < wanted ? feed.ready(wanted &- first) : 0)
    }

    /// What follows a miss is due with the latest request of the trace.
    @inline(__always)
    public mutating func due(_ ahead: Int) -> UInt64? {
        guard ahead >= waiting else { return lastMoment }
        return feed.due(ahead &- waiting)
    }

    public var scheduleNanoseconds: UInt64 { feed.scheduleNanoseconds }

    public mutating func missed(_ ticket: UInt64) {
        let record = inFlight[Int(truncatingIfNeeded: ticket)]
        // A look-up that found nothing in the trace either is followed by no write.
        if record.valueSize > 0 { misses.append(record) }
    }

    public mutating func fill(_ batch: inout RequestBatch, _ count: Int) {
        batch.length = 0
        if setsOnMiss && batch.prepared == 0 { admit(&batch) }
        let first = (batch.prepared &- 1) &* batch.requestCapacity
        for index in 0..<count {
            if waiting > 0 {
                batch.commands[index] = fillCommand
                append(nextWrite(), to: &batch)
                continue
            }
            if feed.speed != nil, let moment = feed.due(0) { lastMoment = moment }
            let record = feed.take()
            if setsOnMiss {
                inFlight[first &+ index] = record
                batch.tickets[index] = UInt64(truncatingIfNeeded: first &+ index)
            }
            batch.commands[index] = record.operation
            append(record, to: &batch)
        }
    }

    /// Gives a new batch its number and its places.
    private mutating func admit(_ batch: inout RequestBatch) {
        batches += 1
        batch.prepared = batches
        inFlight += [TraceRecord](repeating: TraceRecord(), count: batch.requestCapacity)
    }

    private mutating func nextWrite() -> TraceRecord {
        var record = misses[missesTaken]
        missesTaken &+= 1
        if missesTaken == misses.count {
            misses.removeAll(keepingCapacity: true)
            missesTaken = 0
        }
        record.verb = .set
        return record
    }

    /// Words and numbers of the longest request: SET, NX, EX, a time to live, and the headers.
    private static let overhead = 7 * RequestWriter.bulkOverhead + 32

    private mutating func append(_ record: TraceRecord, to batch: inout RequestBatch) {
        let knowsKey = record.keySize > 0
        let keySize = Int(knowsKey ? record.keySize : self.keySize)
        // An object's size counts its key where that is not told apart.
        let objectSize = Int(record.valueSize)
        let valueSize = knowsKey ? objectSize : max(objectSize &- keySize, 0)
        let verb = record.verb
        let stores = verb.storesValue
        let needed = batch.length &+ Self.overhead &+ keySize &+ (stores ? valueSize : 0)
        if needed > batch.capacity { batch.reserve(needed * 2) }
        var writer = RequestWriter(batch.bytes + batch.length)
        let key = record.key
        switch verb {
        case .get, .delete, .increment, .decrement:
            writer.arguments(2)
            switch verb {
            case .delete: writer.bulk("DEL")
            case .increment: writer.bulk("INCR")
            case .decrement: writer.bulk("DECR")
            default: writer.bulk("GET")
            }
            writer.bulk(keySize) { Self.writeKey(key, keySize, to: $0) }
        case .expire:
            writer.arguments(3)
            let (time, isWhole) = Self.expiry(record.timeToLive)
            if isWhole { writer.bulk("EXPIRE") } else { writer.bulk("PEXPIRE") }
            writer.bulk(keySize) { Self.writeKey(key, keySize, to: $0) }
            writer.bulk(number: time)
        case .append:
            writer.arguments(3)
            writer.bulk("APPEND")
            writer.bulk(keySize) { Self.writeKey(key, keySize, to: $0) }
            let salt = random.next()
            writer.bulk(valueSize) { ValueFiller.shared.fill($0, count: valueSize, salt: salt) }
        case .set, .setIfAbsent, .setIfPresent:
            let expires = record.timeToLive > 0
            writer.arguments(3 &+ (verb == .set ? 0 : 1) &+ (expires ? 2 : 0))
            writer.bulk("SET")
            writer.bulk(keySize) { Self.writeKey(key, keySize, to: $0) }
            let salt = random.next()
            writer.bulk(valueSize) { ValueFiller.shared.fill($0, count: valueSize, salt: salt) }
            if verb == .setIfAbsent { writer.bulk("NX") }
            if verb == .setIfPresent { writer.bulk("XX") }
            if expires {
                let (time, isWhole) = Self.expiry(record.timeToLive)
                if isWhole { writer.bulk("EX") } else { writer.bulk("PX") }
                writer.bulk(number: time)
            }
        }
        batch.length = writer.target - batch.bytes
    }

    /// In seconds where it is whole ones, else in milliseconds, rounded up: no entry lives for 0.
    @inline(__always)
    private static func expiry(_ timeToLive: UInt64) -> (time: UInt64, isWhole: Bool) {
        let (seconds, rest) = timeToLive.quotientAndRemainder(dividingBy: TraceRecord.second)
        return rest == 0
            ? (seconds, true) : (seconds &* 1_000 &+ (rest &+ 999_999) / 1_000_000, false)
    }

    /// A key's letters: `size` bytes, of which eleven say which key it is.
    /// - Complexity: O(size). - Allocations: none.
    @inline(__always)
    public static func writeKey(
        _ key: UInt64, _ size: Int, to target: UnsafeMutablePointer<UInt8>
    ) {
        var rest = key
        let letters = min(size, 11)
        for index in 0..<letters {
            // 64 characters in a row that a terminal can show: '?' … '~'
            target[index] = 0x3f &+ UInt8(truncatingIfNeeded: rest & 63)
            rest &>>= 6
        }
        if size > letters {
            (target + letters).update(repeating: UInt8(ascii: "."), count: size &- letters)
        }
    }
}
