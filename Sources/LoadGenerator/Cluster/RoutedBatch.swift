// Requests for one node, one behind the other as they go onto its connection, and what has to be
// known of each to send it once more:
//
//     bytes     SET … │ GET … │ ASKING │ SET … │
//     requests    0   │   1   │    2   │   3   │     offset, length, slot, first sending …
//
// The same type is a node's queue and a connection's batch: full queues change places with empty
// batches, and no byte is copied.
import RESP

struct RoutedRequest {
    /// Where its bytes lie in the batch.
    var offset = 0
    var length: Int
    /// Of its key; −1 without one.
    var slot: Int
    var command: UInt8
    /// Detours so far, and waits.
    var attempts: UInt8 = 0
    var waits: UInt8 = 0
    /// ASKING, which is none of the source's requests: its reply counts for nothing.
    var isAsking = false
    var ticket: UInt64
    var expected: ExpectedString
    /// When the schedule wanted it sent; 0 in a closed loop.
    var intendedAt: UInt64 = 0
    /// When it was first handed to a socket; 0 before that.
    var sentAt: UInt64 = 0
}

struct RoutedBatch {
    private(set) var bytes: UnsafeMutablePointer<UInt8>
    /// Up to the end of the last request.
    private(set) var length = 0
    private var capacity: Int
    private(set) var requests: UnsafeMutablePointer<RoutedRequest>
    private(set) var count = 0
    private var requestCapacity: Int
    /// Requests before the first: those were moved away, and their room was not taken back yet.
    private var head = 0

    /// So few requests are moved to the start at once: it costs less than looking at them again.
    private static let fewRequests = 64

    init() {
        // a page of either: a pipeline of 16 small requests
        capacity = 1_024
        requestCapacity = 16
        bytes = .allocate(capacity: capacity)
        requests = .allocate(capacity: requestCapacity)
    }

    func deallocate() {
        bytes.deallocate()
        (requests - head).deallocate()
    }

    /// Whether nothing was moved away from before the first request: what is sent are the bytes
    /// from the start on.
    var isAtStart: Bool { count == 0 || requests[0].offset == 0 }

    /// Appends a request whose bytes are at `source`.
    /// - Allocations: none once it has held as many.
    @inline(__always)
    mutating func append(_ source: UnsafePointer<UInt8>, _ request: RoutedRequest) {
        if length &+ request.length > capacity || head &+ count == requestCapacity {
            grow(request.length)
        }
        (bytes + length).update(from: source, count: request.length)
        (requests + count).initialize(to: request)
        requests[count].offset = length
        length &+= request.length
        count &+= 1
    }

    @inline(never)
    private mutating func grow(_ needed: Int) {
        // Room before the first is taken back where that is half of it: then it costs no more than
        // the appending did.
        if head >= count { compact() }
        if length + needed > capacity {
            let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: (length + needed) * 2)
            larger.update(from: bytes, count: length)
            bytes.deallocate()
            bytes = larger
            capacity = (length + needed) * 2
        }
        if head + count == requestCapacity {
            let larger = UnsafeMutablePointer<RoutedRequest>.allocate(capacity: requestCapacity * 2)
            larger.update(from: requests, count: count)
            (requests - head).deallocate()
            (requests, head) = (larger, 0)
            requestCapacity *= 2
        }
    }

    /// Takes the room before the first request back.
    private mutating func compact() {
        let start = count > 0 ? requests[0].offset : length
        if start > 0 {
            bytes.update(from: bytes + start, count: length - start)
            for index in 0..<count { requests[index].offset -= start }
            length -= start
        }
        let first = requests - head
        if head > 0 { first.update(from: requests, count: count) }
        (requests, head) = (first, 0)
    }

    mutating func removeAll() {
        requests -= head
        (length, count, head) = (0, 0, 0)
    }

    /// Moves the first `moved` requests behind those of `other`. A long queue stays where it is and
    /// begins later: moving all of it for every pipeline that is sent would take its square.
    mutating func move(first moved: Int, to other: inout RoutedBatch) {
        guard moved > 0 else { return }
        for index in 0..<moved {
            let request = requests[index]
            other.append(bytes + request.offset, request)
        }
        requests += moved
        head += moved
        count -= moved
        if count <= Self.fewRequests { compact() }
    }
}
