// The replies of a connection that has requests with other threads: in the order of the requests,
// whatever the order in which they come.
//
//     places    [ there ][ awaited ][ there ][ awaited ]      numbered without end
//                  │                   └──────────┐
//     bytes     [ reply…                          reply… ]    in the order in which they came
//
// What is first in order and there is sent; the rest waits here. So do replies of requests that
// were executed here and stand behind one that was not.

struct PendingReplies: ~Copyable {
    private struct Place {
        var start = 0
        /// −1: awaited.
        var count = -1
    }

    private var places: [Place] = []
    /// Places that were taken off the front.
    private var taken = 0
    /// What they have of `bytes`.
    private var takenBytes = 0
    /// The number of the first place in `places`.
    private var firstNumber = 0
    private var bytes: [UInt8] = []
    /// Requests with other threads, those included whose replies nobody reads.
    private(set) var outstanding = 0
    /// Those of them that several threads execute.
    private(set) var crossings = 0

    /// Bytes above which the room is given back.
    private static let keptBytes = 64 * 1024
    /// Places that may be there in vain: a connection may never be without an awaited reply.
    private static let takenMax = 256

    /// No reply is awaited and none waits.
    var isEmpty: Bool { taken == places.count }

    /// A request goes to other threads.
    /// - Parameter isRead: false: its reply is thrown away.
    /// - Returns: the place of its reply.
    mutating func expect(isRead: Bool, isCrossing: Bool) -> Int? {
        outstanding += 1
        if isCrossing { crossings += 1 }
        guard isRead else { return nil }
        places.append(Place())
        return firstNumber + places.count - 1
    }

    /// A reply that is there, behind all others.
    mutating func append(_ reply: UnsafeRawBufferPointer) {
        places.append(Place(start: bytes.count, count: reply.count))
        bytes.append(contentsOf: reply)
    }

    /// A request came back.
    /// - Parameter place: what `expect` gave for it.
    mutating func fill(_ place: Int?, _ reply: UnsafeRawBufferPointer, isCrossing: Bool) {
        outstanding -= 1
        if isCrossing { crossings -= 1 }
        guard let place else { return }
        places[place - firstNumber] = Place(start: bytes.count, count: reply.count)
        bytes.append(contentsOf: reply)
    }

    /// Hands over what is first in order and there.
    mutating func takeFirst(_ body: (UnsafeRawBufferPointer) -> Void) {
        let first = taken
        taken = Self.hand(places, bytes, from: first, body)
        for index in first..<taken { takenBytes += places[index].count }
        guard isEmpty else {
            // Each byte that stays is moved for one that goes, or rarely.
            let isLarge = takenBytes > Self.keptBytes && takenBytes > bytes.count / 2
            if taken >= Self.takenMax || isLarge { dropTaken() }
            return
        }
        firstNumber += places.count
        taken = 0
        takenBytes = 0
        places.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: bytes.capacity <= Self.keptBytes)
    }

    /// Forgets what was handed over.
    private mutating func dropTaken() {
        var kept: [UInt8] = []
        for index in taken..<places.count where places[index].count >= 0 {
            let place = places[index]
            places[index].start = kept.count
            kept += bytes[place.start..<(place.start + place.count)]
        }
        bytes = kept
        places.removeFirst(taken)
        firstNumber += taken
        taken = 0
        takenBytes = 0
    }

    /// - Returns: the index of the first place that is awaited.
    private static func hand(
        _ places: [Place], _ bytes: [UInt8], from start: Int,
        _ body: (UnsafeRawBufferPointer) -> Void
    ) -> Int {
        bytes.withUnsafeBytes { all -> Int in
            var index = start
            while index < places.count && places[index].count >= 0 {
                let place = places[index]
                let end = place.start + place.count
                body(UnsafeRawBufferPointer(rebasing: all[place.start..<end]))
                index += 1
            }
            return index
        }
    }
}
