// Reads callgrind's text format (see CallgrindProfile.swift). Bytes, not characters: a server's
// dump has tens of thousands of lines.

extension CallgrindProfile {
    /// - Throws: `SimulationError.unreadableDump` with the line and what is wrong with it.
    public init(parsing bytes: [UInt8]) throws(SimulationError) {
        var parser = CallgrindParser()
        var number = 0
        for line in bytes.split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        {
            number += 1
            if let cause = parser.take(line) {
                throw .unreadableDump(line: number, cause)
            }
        }
        guard !parser.events.isEmpty, let summary = parser.summary else {
            throw .unreadableDump(
                line: number, "there is no \(parser.events.isEmpty ? "events" : "summary"): line")
        }
        self.init(events: parser.events, summary: summary, functions: parser.functions)
        trigger = parser.trigger
    }
}

private struct CallgrindParser {
    typealias Line = ArraySlice<UInt8>

    private(set) var events: [String] = []
    private(set) var summary: [UInt64]?
    private(set) var functions: [CallgrindProfile.Function] = []
    private(set) var trigger: String?

    /// Position columns before the counts: `line`, `instr`, or both.
    private var positions = 1
    /// Names by number; functions and their callees share one list, and so on.
    private var names: [Kind: [Int: String]] = [:]
    private var object = "???"
    private var file = "???"
    /// Index in `functions` by object and name.
    private var indexes: [Key: Int] = [:]
    private var current: Int?
    /// The next line belongs to a call or a jump.
    private var skipsNext = false

    private enum Kind { case object, file, function }
    private struct Key: Hashable {
        let object: String
        let name: String
    }

    /// What is wrong with the line, or nil.
    mutating func take(_ line: Line) -> String? {
        guard let first = line.first, first != UInt8(ascii: "#") else { return nil }
        if skipsNext {
            skipsNext = false
            return nil
        }
        switch first {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
            UInt8(ascii: "*"):
            return takeCosts(line)
        default: break
        }
        if let equals = line.firstIndex(where: {
            $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ":")
        }) {
            let key = String(decoding: line[..<equals], as: UTF8.self)
            let value = line[(equals + 1)...].drop { $0 == UInt8(ascii: " ") }
            return line[equals] == UInt8(ascii: "=") ? takeName(key, value) : takeHeader(key, value)
        }
        return "'\(String(decoding: line.prefix(40), as: UTF8.self))' is not of this format"
    }

    private mutating func takeHeader(_ key: String, _ value: Line) -> String? {
        switch key {
        case "events":
            events = words(value).map { String(decoding: $0, as: UTF8.self) }
        case "positions":
            positions = words(value).count
        case "summary":
            let counts = words(value).map(number)
            guard counts.count <= events.count, !counts.contains(nil) else {
                return "the summary does not fit the events"
            }
            summary = counts.map { $0! } + zeros(events.count - counts.count)
        case "desc":
            let words = String(decoding: value, as: UTF8.self)
            if words.hasPrefix("Trigger: ") { trigger = String(words.dropFirst(9)) }
        default: break  // version, creator, pid, cmd, part, desc, totals …
        }
        return nil
    }

    private mutating func takeName(_ key: String, _ value: Line) -> String? {
        switch key {
        case "ob": object = resolve(.object, value) ?? "???"
        case "fl": file = resolve(.file, value) ?? "???"
        case "fn":
            guard let name = resolve(.function, value) else { return "a function without a name" }
            let key = Key(object: object, name: name)
            if let index = indexes[key] {
                current = index
            } else {
                current = functions.count
                indexes[key] = functions.count
                functions.append(
                    .init(name: name, object: object, file: file, costs: zeros(events.count)))
            }
        case "cob": _ = resolve(.object, value)
        case "fi", "fe", "cfi", "cfl": _ = resolve(.file, value)
        case "cfn": _ = resolve(.function, value)
        case "calls", "jump", "jcnd": skipsNext = true
        default: return "'\(key)=' is not of this format"
        }
        return nil
    }

    /// `(12) name` defines 12, `(12)` stands for it, anything else is a name by itself.
    private mutating func resolve(_ kind: Kind, _ value: Line) -> String? {
        guard value.first == UInt8(ascii: "("),
            let close = value.firstIndex(of: UInt8(ascii: ")")),
            let id = number(value[(value.startIndex + 1)..<close]).flatMap({ Int(exactly: $0) })
        else { return value.isEmpty ? nil : String(decoding: value, as: UTF8.self) }
        let rest = value[(close + 1)...].drop { $0 == UInt8(ascii: " ") }
        if rest.isEmpty { return names[kind]?[id] }
        let name = String(decoding: rest, as: UTF8.self)
        names[kind, default: [:]][id] = name
        return name
    }

    private mutating func takeCosts(_ line: Line) -> String? {
        guard let current else { return "counts before the first function" }
        var column = -positions
        for word in words(line) {
            defer { column += 1 }
            if column < 0 { continue }
            guard column < events.count, let count = number(word) else {
                return "'\(String(decoding: word, as: UTF8.self))' is no count of an event"
            }
            functions[current].costs[column] &+= count
        }
        return nil
    }

    private func words(_ line: Line) -> [Line] { line.split(separator: UInt8(ascii: " ")) }

    private func zeros(_ count: Int) -> [UInt64] { [UInt64](repeating: 0, count: count) }

    private func number(_ word: Line) -> UInt64? {
        if word.isEmpty { return nil }
        var value: UInt64 = 0
        for byte in word {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value &* 10 &+ UInt64(byte - UInt8(ascii: "0"))
        }
        return value
    }
}
