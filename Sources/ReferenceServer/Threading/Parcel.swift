// Requests that one thread has another execute, because their keys are in that one's shard, and
// their replies. A parcel goes there and comes back; meanwhile its parts are whose they are:
//
//     requests                          written by the sender, read by the executing thread
//     replies, and where each ends      written by the executing thread, read by the sender
//     owners                            the sender's alone
//
// Requests are in the protocol's spelling (`HeldRequests`) and parsed again where they are
// executed: the buffer they came in goes back to its connection meanwhile.
import Glibc

final class Parcel {
    /// A batch's worth.
    static let capacity = 64
    /// Buffers longer than this are not kept for the next use: a large value is an exception.
    private static let keptBytes = 256 * 1024

    /// Whose a request is.
    struct Owner {
        let connection: UnsafeMutablePointer<Connection>
        /// Its place among the connection's replies; nil: nobody reads it (CLIENT REPLY).
        let place: Int?
    }

    struct Contents {
        var requests = HeldRequests()
        var count = 0
        /// Of the connections that they are of.
        var version: UInt8 = 2
        var recordsUse = true
        var replies: UnsafeMutableRawPointer?
        var repliesCapacity = 0
    }

    /// The sending thread.
    let sender: Int
    let contents: UnsafeMutablePointer<Contents>
    let owners: UnsafeMutablePointer<Owner>
    let ends: UnsafeMutablePointer<Int>

    init(sender: Int) {
        self.sender = sender
        contents = .allocate(capacity: 1)
        contents.initialize(to: Contents())
        owners = .allocate(capacity: Self.capacity)
        ends = .allocate(capacity: Self.capacity)
    }

    deinit {
        contents.pointee.requests.clear()
        free(contents.pointee.replies)
        contents.deallocate()
        owners.deallocate()
        ends.deallocate()
    }

    /// Keeps the replies, of which those of request i end at `ends[i]`.
    func fill(_ replies: UnsafeRawBufferPointer) {
        if replies.count > contents.pointee.repliesCapacity {
            contents.pointee.replies = BufferPool.grow(contents.pointee.replies, to: replies.count)
            contents.pointee.repliesCapacity = replies.count
        }
        if let source = replies.baseAddress, let target = contents.pointee.replies {
            memcpy(target, source, replies.count)
        }
    }

    /// The replies of request `index`.
    func reply(_ index: Int) -> UnsafeRawBufferPointer {
        let start = index > 0 ? ends[index - 1] : 0
        guard let replies = contents.pointee.replies else {
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        return UnsafeRawBufferPointer(start: replies + start, count: ends[index] - start)
    }

    /// Forgets what it holds, for the next use.
    func removeAll() {
        contents.pointee.requests.removeAll(keeping: Self.keptBytes)
        contents.pointee.count = 0
        if contents.pointee.repliesCapacity > Self.keptBytes {
            free(contents.pointee.replies)
            contents.pointee.replies = nil
            contents.pointee.repliesCapacity = 0
        }
    }
}
