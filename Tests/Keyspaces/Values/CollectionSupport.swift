// Collections as tests write and read them: by strings, through a keyspace.
import Keyspaces
import Testing

extension Keyspace where Self: ~Copyable {
    /// The collection of a key, if it has one.
    mutating func collection(_ name: String) -> CollectionObject? {
        with(name) { keyspace, key in
            if case .collection(let found) = keyspace.findCollection(key) { return found }
            return nil
        }
    }

    /// The collection of a key, made if there is none.
    mutating func made(_ name: String, _ type: ValueType) -> (CollectionObject, isNew: Bool) {
        if let found = collection(name) { return (found, false) }
        return (with(name) { $0.makeCollection($1, type) }, true)
    }

    /// As HSET: how many fields are new.
    @discardableResult
    mutating func hset(_ name: String, _ pairs: [(field: String, value: String)]) -> Int {
        let (hash, _) = made(name, .hash)
        return withCollections { values in
            let longest = pairs.reduce(0) {
                max($0, $1.field.utf8.count, $1.value.utf8.count)
            }
            values.prepareHash(hash, fields: pairs.count, longest: longest)
            return pairs.count { field, value in
                Array(field.utf8).withUnsafeBytes { field in
                    Array(value.utf8).withUnsafeBytes { values.set(field, to: $0, in: hash) }
                }
            }
        }
    }

    /// As SADD: how many members are new.
    @discardableResult
    mutating func sadd(_ name: String, _ members: [String]) -> Int {
        let (set, isNew) = made(name, .set)
        return withCollections { values in
            Array(members[0].utf8).withUnsafeBytes {
                values.prepareSet(set, first: isNew ? $0 : nil, members: members.count)
            }
            return members.count { member in
                Array(member.utf8).withUnsafeBytes { values.add($0, to: set) }
            }
        }
    }

    /// As ZADD.
    mutating func zadd(_ name: String, _ pairs: [(score: Double, member: String)]) {
        let (set, _) = made(name, .sortedSet)
        withCollections { values in
            let longest = pairs.reduce(0) { max($0, $1.member.utf8.count) }
            values.prepareSortedSet(set, members: pairs.count, longest: longest)
            for (score, member) in pairs {
                Array(member.utf8).withUnsafeBytes {
                    _ = values.update($0, in: set) { _ in score }
                }
            }
        }
    }

    /// As RPUSH and LPUSH.
    mutating func push(_ name: String, _ elements: [String], atFront: Bool = false) {
        let (list, _) = made(name, .list)
        withCollections { values in
            values.prepareList(list, adding: elements.reduce(0) { $0 + $1.utf8.count })
            for element in elements {
                Array(element.utf8).withUnsafeBytes {
                    values.push($0, to: list, atFront: atFront)
                }
            }
        }
    }

    mutating func encoding(ofCollection name: String) -> CollectionEncoding? {
        collection(name)?.encoding
    }

    /// What a command does behind a removal.
    mutating func dropIfEmpty(_ name: String) {
        guard let found = collection(name) else { return }
        if withCollections({ $0.length(of: found) == 0 }) { _ = delete(name) }
    }
}

/// `m` and a zero-padded decimal, `size` bytes together.
func member(_ number: Int, size: Int) -> String {
    let digits = String(number)
    return "m" + String(repeating: "0", count: max(size - 1 - digits.count, 0)) + digits
}
