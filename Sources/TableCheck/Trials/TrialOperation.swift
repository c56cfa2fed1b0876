// What is done to a table, one line each: the same text is printed, sent to a worker and read back.
//
//     put k3 v7      get k3       erase k3     many k1 k2 k9
//     each           verify       step         settle
//     scan           finish       scan-all     random 0x1f
//     table 2        the operations after it are another table's

enum TrialOperation: Equatable, Sendable {
    case put(Datum, Datum)
    case get(Datum)
    case erase(Datum)
    /// Looked up at once, each asked for ahead of it.
    case many([Datum])
    /// Everything against the oracle.
    case verify
    /// One step of a resize.
    case step
    /// Steps until there is nothing more to do.
    case settle
    /// One call of scan, from where the one before it ended; 0 begins anew.
    case scan
    /// Calls of scan until the one that is under way ends.
    case finish
    /// A scan from 0 to its end.
    case scanAll
    case random(UInt64)
    /// Of two, 0 or 1.
    case table(Int)
}

extension TrialOperation {
    /// Operations of one word are left out together where a sequence is shortened.
    var word: String {
        switch self {
        case .put: "put"
        case .get: "get"
        case .erase: "erase"
        case .many: "many"
        case .verify: "verify"
        case .step: "step"
        case .settle: "settle"
        case .scan: "scan"
        case .finish: "finish"
        case .scanAll: "scan-all"
        case .random: "random"
        case .table: "table"
        }
    }

    var text: String {
        switch self {
        case .put(let key, let value): "put \(key.text) \(value.text)"
        case .get(let key), .erase(let key): "\(word) \(key.text)"
        case .many(let keys): ([word] + keys.map(\.text)).joined(separator: " ")
        case .random(let draw): "random 0x" + String(draw, radix: 16)
        case .table(let number): "table \(number + 1)"
        case .verify, .step, .settle, .scan, .finish, .scanAll: word
        }
    }

    init?(text: Substring) {
        let words = text.split(separator: " ")
        guard let word = words.first else { return nil }
        func key(_ index: Int) -> Datum? {
            index < words.count ? Datum(.key, text: words[index]) : nil
        }
        switch word {
        case "put":
            guard let key = key(1), words.count == 3, let value = Datum(.value, text: words[2])
            else { return nil }
            self = .put(key, value)
        case "get":
            guard let key = key(1) else { return nil }
            self = .get(key)
        case "erase":
            guard let key = key(1) else { return nil }
            self = .erase(key)
        case "many":
            let keys = words.dropFirst().compactMap { Datum(.key, text: $0) }
            guard keys.count == words.count - 1 else { return nil }
            self = .many(keys)
        case "random":
            guard words.count == 2, words[1].hasPrefix("0x"),
                let draw = UInt64(words[1].dropFirst(2), radix: 16)
            else { return nil }
            self = .random(draw)
        case "table":
            guard words.count == 2, let number = Int(words[1]), (1...2).contains(number) else {
                return nil
            }
            self = .table(number - 1)
        default:
            let plain: [TrialOperation] = [.verify, .step, .settle, .scan, .finish, .scanAll]
            guard words.count == 1, let found = plain.first(where: { $0.word == word }) else {
                return nil
            }
            self = found
        }
    }

    /// The keys in it, each replaced.
    func mapKeys(_ body: (Datum) -> Datum) -> TrialOperation {
        switch self {
        case .put(let key, let value): .put(body(key), value)
        case .get(let key): .get(body(key))
        case .erase(let key): .erase(body(key))
        case .many(let keys): .many(keys.map(body))
        case .verify, .step, .settle, .scan, .finish, .scanAll, .random, .table: self
        }
    }

    func mapValue(_ body: (Datum) -> Datum) -> TrialOperation {
        if case .put(let key, let value) = self { return .put(key, body(value)) }
        return self
    }

    var keys: [Datum] {
        switch self {
        case .put(let key, _), .get(let key), .erase(let key): [key]
        case .many(let keys): keys
        case .verify, .step, .settle, .scan, .finish, .scanAll, .random, .table: []
        }
    }
}

/// Operations on one fresh table, which is verified and destroyed behind the last of them.
struct Trial: Equatable, Sendable {
    var hashes: HashMode
    var operations: [TrialOperation]

    /// A line for the hashes, and one for each operation.
    var text: String {
        ([hashes.rawValue] + operations.map(\.text)).joined(separator: "\n") + "\n"
    }

    init(_ hashes: HashMode, _ operations: [TrialOperation]) {
        self.hashes = hashes
        self.operations = operations
    }

    /// - Parameter beat: is called for each line, of which there may be millions.
    init?(text: String, beat: () -> Void) {
        let lines = text.split(separator: "\n")
        guard let first = lines.first, let hashes = HashMode(rawValue: String(first)) else {
            return nil
        }
        operations = []
        for line in lines.dropFirst() {
            guard let operation = TrialOperation(text: line) else { return nil }
            operations.append(operation)
            beat()
        }
        self.hashes = hashes
    }
}
