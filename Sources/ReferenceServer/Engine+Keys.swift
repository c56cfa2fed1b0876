// Commands about keys, whatever their value.
import Keyspaces
import RESP

extension Engine where K: ~Copyable {
    /// The key at `index` of the request: the first was hashed when it was parsed.
    @inline(__always)
    private func key(_ request: Request, _ index: Int) -> Key {
        index == 1 ? request.key : keyspace.key(argument(request, index).bytes)
    }

    mutating func del(_ request: Request) {
        var removed = 0
        for index in 1..<request.argumentCount where keyspace.remove(key(request, index)) {
            removed += 1
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

    mutating func type(_ request: Request) {
        if keyspace.find(request.key) != nil {
            reply.raw("+string\r\n")
        } else {
            reply.raw("+none\r\n")
        }
    }

    mutating func object(_ request: Request) {
        guard argument(request, 1).isWord("encoding") else {
            return unknownSubcommand(request, "OBJECT")
        }
        guard request.argumentCount == 3 else { return wrongArity("object|encoding") }
        switch keyspace.find(keyspace.key(argument(request, 2).bytes)) {
        case .none: reply.null()
        case .integer: reply.bulk("int" as StaticString)
        // The name follows the length, as clients know it: 44 bytes were the most that fit one
        // allocation of 64 with their header. Where a table really puts them is its own matter.
        case .bytes(let bytes) where bytes.count <= 44: reply.bulk("embstr" as StaticString)
        case .bytes: reply.bulk("raw" as StaticString)
        }
    }
}
