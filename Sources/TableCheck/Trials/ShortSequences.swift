// All sequences of put, get and erase of three keys up to a length. A sequence that differs from
// another in the names of its keys alone is left out: keys first appear in their order.
struct ShortSequences {
    private static let keys = 3
    /// put, get and erase of each.
    private static let symbols = 9

    let depth: Int

    /// Of every length from 1 to `depth`, those that are left out included.
    var count: Int {
        var (sum, power) = (0, 1)
        for _ in 0..<depth {
            power *= Self.symbols
            sum += power
        }
        return sum
    }

    /// The shortest first; nil for one that is left out.
    func operations(_ number: Int) -> [TrialOperation]? {
        var (rest, length, power) = (number, 1, Self.symbols)
        while rest >= power {
            rest -= power
            power *= Self.symbols
            length += 1
        }
        guard Self.isCanonical(rest, length) else { return nil }
        var operations: [TrialOperation] = []
        operations.reserveCapacity(length)
        for position in 0..<length {
            let symbol = rest % Self.symbols
            rest /= Self.symbols
            let key = Datum.key(symbol % Self.keys)
            switch symbol / Self.keys {
            case 0: operations.append(.put(key, .value(position)))
            case 1: operations.append(.get(key))
            default: operations.append(.erase(key))
            }
        }
        return operations
    }

    /// Whether no key appears before the one before it has.
    private static func isCanonical(_ number: Int, _ length: Int) -> Bool {
        var (rest, next) = (number, 0)
        for _ in 0..<length {
            let key = rest % symbols % keys
            rest /= symbols
            if key > next { return false }
            if key == next { next += 1 }
        }
        return true
    }
}
