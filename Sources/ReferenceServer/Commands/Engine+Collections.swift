// What the commands of collections share: finding one by its type, lending it out, and giving up an
// empty one.
//
// A command reads its arguments first and then borrows the keyspace's `Collections` and the reply
// buffer together (`withValues`): the closure sees those two and what it captured, and nothing else
// of the engine.
import Keyspaces
import RESP

/// A look-up that was of the right type, or of nothing.
struct FoundCollection {
    let collection: CollectionObject?
}

extension Engine where K: ~Copyable {
    mutating func wrongType(_ request: Request) {
        fail(request, "WRONGTYPE Operation against a key holding the wrong kind of value")
    }

    /// Whether the key is there, whatever its value; counts as a use.
    mutating func isThere(_ key: Key) -> Bool {
        switch keyspace.findCollection(key) {
        case .missing: false
        case .string, .collection: true
        }
    }

    /// A command for strings meets a key that holds something else; false after the error reply.
    mutating func hasStrings(_ request: Request) -> Bool {
        let positions = Command.all[request.row].keyPositions(request.argumentCount) {
            argument(request, $0)
        }
        for position in positions ?? [] {
            let key = keyspace.key(argument(request, position).bytes)
            guard holdsString(key, request) else { return false }
        }
        return true
    }

    /// Whether the key holds a string or is not there; false after an error reply.
    mutating func holdsString(_ key: Key, _ request: Request) -> Bool {
        guard keyspace.collectionCount != 0, keyspace.peekCollection(key) != nil else {
            return true
        }
        wrongType(request)
        return false
    }

    // MARK: Finding

    /// The collection of a key, counted as a hit or a miss; nil after an error reply.
    mutating func find(
        _ key: Key, _ type: ValueType, _ request: Request
    ) -> FoundCollection? {
        switch keyspace.findCollection(key) {
        case .missing:
            count(false)
            return FoundCollection(collection: nil)
        case .collection(let collection) where collection.type == type:
            count(true)
            return FoundCollection(collection: collection)
        case .collection, .string:
            wrongType(request)
            return nil
        }
    }

    /// The collection of a key, made if there is none; nil after an error reply.
    mutating func findOrMake(
        _ key: Key, _ type: ValueType, _ request: Request
    ) -> (collection: CollectionObject, isNew: Bool)? {
        switch keyspace.findCollection(key) {
        case .missing: return (keyspace.makeCollection(key, type), true)
        case .collection(let collection) where collection.type == type:
            return (collection, false)
        case .collection, .string:
            wrongType(request)
            return nil
        }
    }

    /// After a command that removed elements: an empty collection is none.
    mutating func dropIfEmpty(_ key: Key, _ collection: CollectionObject) {
        let isEmpty = keyspace.withCollections { $0.length(of: collection) == 0 }
        if isEmpty { _ = keyspace.remove(key) }
    }

    /// Stores what a command made, or removes the key when that is nothing; how much it is.
    mutating func store(_ result: CollectionObject, at key: Key) -> Int {
        let length = keyspace.withCollections { $0.length(of: result) }
        if length == 0 {
            keyspace.withCollections { $0.discard(result) }
            if keyspace.remove(key) { noteChange(of: key) }
        } else {
            keyspace.put(result, at: key, expiry: .never)
            noteChange(of: key)
        }
        return length
    }

    // MARK: Lending

    /// Lends the collections and the reply buffer.
    @inline(__always)
    mutating func withValues<R>(
        _ body: (inout Collections, inout ReplyBuffer) -> R
    ) -> R {
        Self.lend(&keyspace, &reply, body)
    }

    @inline(__always)
    private static func lend<R>(
        _ keyspace: inout K, _ reply: inout ReplyBuffer,
        _ body: (inout Collections, inout ReplyBuffer) -> R
    ) -> R {
        keyspace.withCollections { body(&$0, &reply) }
    }

    /// The request's arguments from `index` on, where they lie.
    func words(_ request: Request, from index: Int) -> UnsafeBufferPointer<Argument> {
        arguments.slice(request.firstArgument + index, request.argumentCount - index)
    }

    // MARK: Options

    struct ElementScan {
        var count = 10
        var pattern: [UInt8]?
        var omitsValues = false
    }

    /// The cursor of HSCAN, SSCAN and ZSCAN; nil after an error reply.
    mutating func parseCursor(_ request: Request) -> UInt64? {
        let digits = argument(request, 2)
        guard digits.count <= Decimal.maxLength, let cursor = UInt64(digits.string) else {
            fail(request, "ERR invalid cursor")
            return nil
        }
        return cursor
    }

    /// MATCH, COUNT and, for hashes, NOVALUES; nil after an error reply.
    mutating func parseElementScan(_ request: Request) -> ElementScan? {
        var options = ElementScan()
        var index = 3
        while index < request.argumentCount {
            let word = argument(request, index)
            let hasNext = index + 1 < request.argumentCount
            if word.isWord("match"), hasNext {
                options.pattern = Array(argument(request, index + 1).bytes)
                index += 2
            } else if word.isWord("count"), hasNext {
                guard let count = argument(request, index + 1).integer else {
                    notAnInteger(request)
                    return nil
                }
                guard count >= 1 else {
                    syntaxError(request)
                    return nil
                }
                options.count = Int(count)
                index += 2
            } else if word.isWord("novalues"), Command.all[request.row].handler == .hash(.hscan) {
                options.omitsValues = true
                index += 1
            } else {
                syntaxError(request)
                return nil
            }
        }
        return options
    }

    /// The reply of a scan: the next cursor and what was found.
    mutating func replyScan(_ next: UInt64, _ found: [[UInt8]]) {
        reply.array(2)
        reply.bulk("\(next)")
        reply.array(found.count)
        for element in found { element.withUnsafeBytes { reply.bulk($0) } }
    }

    /// How many elements are to be drawn: a negative number wants so many, some of them repeatedly.
    /// nil after an error reply.
    mutating func parseDraws(_ request: Request, _ index: Int) -> Int? {
        guard let count = argument(request, index).integer else {
            notAnInteger(request)
            return nil
        }
        guard count != Int64.min else {
            fail(
                request,
                "ERR value is out of range, value must between -\(Int64.max) and \(Int64.max)")
            return nil
        }
        return Int(count)
    }

    /// As above, with the word behind it that wants a value or score with each; nil after an error
    /// reply.
    mutating func parseDraws(
        _ request: Request, _ index: Int, with word: StaticString
    ) -> (count: Int, withValues: Bool)? {
        guard let count = parseDraws(request, index) else { return nil }
        switch request.argumentCount - index {
        case 1: return (count, false)
        case 2 where argument(request, index + 1).isWord(word):
            // The reply has two for each.
            guard count.magnitude <= UInt(Int.max / 2) else {
                fail(request, "ERR value is out of range")
                return nil
            }
            return (count, true)
        default:
            syntaxError(request)
            return nil
        }
    }

    /// Whether there is room for the reply, which is as long as a negative number says; false after
    /// an error reply.
    mutating func hasMemory(forDraws count: Int, _ request: Request) -> Bool {
        guard count < 0 else { return true }
        let (bytes, overflow) = count.magnitude.multipliedReportingOverflow(by: Self.drawnBytes)
        if !overflow && bytes < 1 << 40 && hasMemory(Int(bytes), copies: 2) { return true }
        outOfMemory(request)
        return false
    }

    /// Bytes of a reply per element that is drawn, at least about so many.
    private static var drawnBytes: UInt { 64 }
}

/// Positions visited per wanted element, at most (db.c): a sparse table cannot hold up the server.
private let positionsPerElement = 10

/// Goes on with a scan until about `count` elements were met.
func scanElements(
    _ cursor: UInt64, count: Int, visit: (UInt64, inout Int) -> UInt64
) -> UInt64 {
    var cursor = cursor
    var met = 0
    var positions = 0
    let most = count.multipliedReportingOverflow(by: positionsPerElement)
    repeat {
        cursor = visit(cursor, &met)
        positions += 1
    } while cursor != 0 && met < count && (most.overflow || positions < most.partialValue)
    return cursor
}

/// Names of `count` different elements of a collection with `size` of them.
/// - Parameters:
///   - all: copies all names.
///   - draw: copies some name.
func drawDistinct(
    _ count: Int, of size: Int, all: () -> [[UInt8]], draw: () -> [UInt8]?
) -> [[UInt8]] {
    if count >= size { return all() }
    // Real servers draw, too, while that is quicker than taking out what is too much.
    if count * 3 > size {
        var names = Set(all())
        while names.count > count, let name = draw() { names.remove(name) }
        return Array(names)
    }
    var names = Set<[UInt8]>()
    while names.count < count, let name = draw() { names.insert(name) }
    return Array(names)
}

extension ReplyBuffer {
    @inline(__always)
    mutating func bulk(_ view: ValueView) {
        switch view {
        case .bytes(let bytes): bulk(bytes)
        case .integer(let integer): bulk(decimal: integer)
        }
    }

    /// A score: a double in RESP3, else its text.
    mutating func score(_ score: Double) { double(ScoreText.write(score)) }

    /// Members with their scores: pairs in RESP3, where they are asked for.
    mutating func scored(_ count: Int, withScores: Bool) {
        array(withScores && version == 2 ? count * 2 : count)
    }

    /// One of those members.
    mutating func scored(_ member: ValueView, _ score: Double, withScores: Bool) {
        if withScores && version != 2 { array(2) }
        bulk(member)
        if withScores { self.score(score) }
    }

    /// As `bulk` of a copy.
    mutating func bulk(copy: [UInt8]) { copy.withUnsafeBytes { bulk($0) } }
}
