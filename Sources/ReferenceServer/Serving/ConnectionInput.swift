// Bytes that a client sent, and how far they are parsed.
//
//      base    ┌ consumed ┬──── not parsed ────┬─── room ───┐
//              0        start                 end        capacity
//
// The buffer is borrowed from the pool while there is something in it: an idle connection holds
// none. Requests of the running batch point into it, so it must not move or go back to the pool
// while the connection is queued. While the connection is away, this part of it is the I/O
// thread's, which reads into it and parses.
import RESP

struct ConnectionInput {
    var parser = RequestParser()
    var base: UnsafeMutableRawPointer?
    var start = 0
    var end = 0
    var capacity = 0

    /// Takes the next request off the front; its arguments point into the buffer.
    @inline(__always)
    mutating func nextRequest(into arguments: inout ArgumentVector) -> RequestParser.Outcome {
        guard let base else { return .incomplete }
        let outcome = parser.next(base + start, end &- start, into: &arguments)
        if case .request(let length) = outcome { start &+= length }
        return outcome
    }

    /// The first byte that was not parsed; nil when there is none.
    var nextByte: UInt8? {
        guard let base, start < end else { return nil }
        return (base + start).load(as: UInt8.self)
    }
}
