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
    private(set) var length = 0
    private var capacity: Int
    private(set) var requests: UnsafeMutablePointer<RoutedRequest>
    private(set) var count = 0
    private var requestCapacity: Int

    init() {
        // a page of either: a pipeline of 16 small requests
        capacity = 1_024
        requestCapacity = 16
        bytes = .allocate(capacity: capacity)
        requests = .allocate(capacity: requestCapacity)
    }

    func deallocate() {
        bytes.deallocate()
        requests.deallocate()
    }

    /// Appends a request whose bytes are at `source`.
    /// - Allocations: none once it has held as many.
    @inline(__always)
    mutating func append(_ source: UnsafePointer<UInt8>, _ request: RoutedRequest) {
        if length &+ request.length > capacity || count == requestCapacity {
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
        if length + needed > capacity {
            let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: (length + needed) * 2)
            larger.update(from: bytes, count: length)
            bytes.deallocate()
            bytes = larger
            capacity = (length + needed) * 2
        }
        if count == requestCapacity {
            let larger = UnsafeMutablePointer<RoutedRequest>.allocate(capacity: count * 2)
            larger.update(from: requests, count: count)
            requests.deallocate()
            requests = larger
            requestCapacity = count * 2
        }
    }

    mutating func removeAll() { (length, count) = (0, 0) }

    /// Moves the first `moved` requests behind those of `other`.
    mutating func move(first moved: Int, to other: inout RoutedBatch) {
        guard moved > 0 else { return }
        for index in 0..<moved {
            let request = requests[index]
            other.append(bytes + request.offset, request)
        }
        let start = moved < count ? requests[moved].offset : length
        let (restBytes, restCount) = (length - start, count - moved)
        bytes.update(from: bytes + start, count: restBytes)
        requests.update(from: requests + moved, count: restCount)
        for index in 0..<restCount { requests[index].offset -= start }
        (length, count) = (restBytes, restCount)
    }
}
