// All connections, linked through themselves: for CLIENT LIST and for closing them at the end.
import RESP
import Transport

struct ClientList {
    private(set) var first: UnsafeMutablePointer<Connection>?
    private(set) var count = 0
    /// Ids are never used again. They start at 1 and go up by 1, where no other thread gives any.
    private var nextID: UInt64 = 1
    private var step: UInt64 = 1

    /// Gives the ids that are `index` + 1 modulo `count`.
    mutating func number(from index: Int, by count: Int) {
        nextID = UInt64(index) + 1
        step = UInt64(count)
    }

    mutating func add(
        _ stream: Stream, nowNanoseconds: UInt64
    ) -> UnsafeMutablePointer<Connection> {
        count += 1
        let connection = UnsafeMutablePointer<Connection>.allocate(capacity: 1)
        connection.initialize(
            to: Connection(stream, id: nextID, nowNanoseconds: nowNanoseconds))
        nextID += step
        connection.pointee.next = first
        first?.pointee.previous = connection
        first = connection
        return connection
    }

    /// Takes `connection` out; its memory stays the caller's.
    mutating func remove(_ connection: UnsafeMutablePointer<Connection>) {
        count -= 1
        connection.pointee.previous?.pointee.next = connection.pointee.next
        connection.pointee.next?.pointee.previous = connection.pointee.previous
        if first == connection { first = connection.pointee.next }
    }

    func visit(_ body: (UnsafeMutablePointer<Connection>) -> Void) {
        var cursor = first
        while let connection = cursor {
            cursor = connection.pointee.next
            body(connection)
        }
    }
}
