// Commands about keys, whatever their value.
import Keyspaces
import RESP

extension Engine where K: ~Copyable {
    /// The key at `index` of the request: the first was hashed when it was parsed.
    @inline(__always)
    func key(_ request: Request, _ index: Int) -> Key {
        index == 1 ? request.key : keyspace.key(argument(request, index).bytes)
    }

    mutating func del(_ request: Request) {
        var removed = 0
        for index in 1..<request.argumentCount {
            let key = key(request, index)
            guard keyspace.remove(key) else { continue }
            removed += 1
            noteChange(of: key)
        }
        reply.integer(removed)
    }

    mutating func exists(_ request: Request) {
        var found = 0
        for index in 1..<request.argumentCount where lookup(key(request, index)) != nil {
            found += 1
        }
        reply.integer(found)
    }

    /// EXISTS that counts as a use, for a connection with NO-TOUCH as well.
    mutating func touch(_ request: Request) {
        keyspace.recordsUse = true
        exists(request)
        keyspace.recordsUse = request.connection.pointee.recordsUse
    }

    mutating func type(_ request: Request) {
        let isThere = keyspace.peek(request.key) != nil
        count(isThere)
        if isThere {
            reply.raw("+string\r\n")
        } else {
            reply.raw("+none\r\n")
        }
    }
}
