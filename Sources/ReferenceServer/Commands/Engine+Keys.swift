// Commands about keys, whatever their value.
import Keyspaces
import RESP

extension Engine where K: ~Copyable {
    /// The key at `index` of the request: the first was hashed when it was parsed.
    @inline(__always)
    func key(_ request: Request, _ index: Int) -> Key {
        index == 1 ? request.key : keyspace.key(argument(request, index).bytes)
    }

    /// DEL and UNLINK.
    mutating func del(_ request: Request, unlinks: Bool) {
        var removed = 0
        for index in 1..<request.argumentCount {
            let key = key(request, index)
            let isRemoved = unlinks ? keyspace.unlink(key) : keyspace.remove(key)
            guard isRemoved else { continue }
            removed += 1
            noteChange(of: key)
        }
        reply.integer(removed)
    }

    mutating func exists(_ request: Request) {
        var found = 0
        for index in 1..<request.argumentCount {
            let isThere = isThere(key(request, index))
            count(isThere)
            if isThere { found += 1 }
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
        let type = keyspace.type(of: request.key)
        count(type != nil)
        reply.simple(type.map { "\($0.name)" } ?? "none")
    }
}
