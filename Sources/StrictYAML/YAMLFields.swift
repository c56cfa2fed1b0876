// Strict reading of a YAML mapping: every key is known to the section, every value has its type,
// and whatever is wrong is collected with its line, so that one run shows all of it.
import Quantities
import Spelling
import Yams

/// What decoding one file gathers: problems, and the line of every path seen.
public final class Diagnostics {
    public let file: String
    public private(set) var problems: [FileProblem] = []
    public private(set) var lines: [String: Int] = [:]
    /// Paths of all scalars, for the check that provenance covers them.
    public private(set) var leaves: [String] = []

    public init(file: String) { self.file = file }

    public func report(_ line: Int?, _ problem: String, _ remedy: String) {
        problems.append(FileProblem(file: file, line: line, problem: problem, remedy: remedy))
    }

    public func saw(_ path: String, _ node: Node, line: Int) {
        lines[path] = line
        if node.scalar != nil { leaves.append(path) }
    }

    /// Line of a path, or of its closest ancestor that the file has.
    public func line(of path: String) -> Int? {
        var path = Substring(path)
        while true {
            if let line = lines[String(path)] { return line }
            guard let cut = path.lastIndex(where: { $0 == "." || $0 == "[" }) else { return nil }
            path = path[..<cut]
        }
    }
}

/// The keys of each section of a file format: the reader accepts these and no others.
public protocol FileSection: Sendable {
    /// In the order in which the format's reference explains them.
    var keys: [String] { get }
    /// What the number (in seconds: the duration) of a key can be. It keeps arithmetic on it from
    /// trapping and runs from never ending; what makes sense is for the format's own rules, which
    /// judge nothing that is out of range here.
    func range(of key: String) -> ClosedRange<Double>
    /// The range that a refusal of that kind says: one all of whose numbers the format's rules let
    /// through, if nothing beside them is wrong. `path` is the key's whole one.
    func advisedRange(of key: String, at path: String) -> ClosedRange<Double>
}

extension FileSection {
    public func range(of key: String) -> ClosedRange<Double> { NumberLimits.all }

    public func advisedRange(of key: String, at path: String) -> ClosedRange<Double> {
        range(of: key)
    }
}

/// What no number of any file exceeds.
public enum NumberLimits {
    /// Whole numbers are exact in a Double up to here.
    public static let all = -0x1p53...0x1p53
    /// Nearer to zero is zero for every purpose, and its reciprocal is infinite for some.
    public static let smallest = 1e-12
}

/// One mapping of the file.
public struct YAMLFields<Section: FileSection> {
    public let diagnostics: Diagnostics
    public let section: Section
    public let path: String
    public let line: Int?
    private let nodes: [String: Node]

    /// Nil (and reported) when `node` is no mapping; unknown keys are reported.
    public init?(
        _ node: Node, _ section: Section, _ path: String, _ diagnostics: Diagnostics
    ) {
        self.diagnostics = diagnostics
        self.section = section
        self.path = path
        line = node.mark?.line
        guard let mapping = node.mapping else {
            let place = path.isEmpty ? "the file" : "`\(path)`"
            diagnostics.report(
                line, "\(place) is \(words(node)), not a mapping",
                "write its keys below it: \(section.keys.joined(separator: ", "))")
            return nil
        }
        var nodes: [String: Node] = [:]
        for (key, value) in mapping {
            let name = key.scalar.map { shortened($0.string) } ?? words(key)
            let line = key.mark?.line ?? 0
            guard section.keys.contains(name) else {
                diagnostics.report(
                    line, "unknown key `\(name)`", Spelling.remedy(for: name, among: section.keys))
                continue
            }
            nodes[name] = value
            diagnostics.saw(path.isEmpty ? name : "\(path).\(name)", value, line: line)
        }
        self.nodes = nodes
    }

    public subscript(key: String) -> Node? {
        precondition(section.keys.contains(key), "\(section) has no key \(key)")
        return nodes[key]
    }

    public func path(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    public func line(_ key: String) -> Int? { diagnostics.lines[path(key)] ?? line }

    public func report(_ key: String, _ problem: String, _ remedy: String) {
        diagnostics.report(line(key), problem, remedy)
    }

    public func missing(_ key: String, _ remedy: String) {
        let place = path.isEmpty ? "the file" : "`\(path)`"
        diagnostics.report(line, "\(place) has no `\(key)`", remedy)
    }

    /// Text of a scalar; nil when absent or (reported) something else.
    public func string(_ key: String) -> String? {
        guard let node = self[key] else { return nil }
        guard let scalar = node.scalar else {
            report(key, "`\(path(key))` is \(words(node)), not text", "write a single value")
            return nil
        }
        return scalar.string
    }

    public func number(_ key: String, _ meaning: String = "a number") -> Double? {
        guard let node = self[key] else { return nil }
        guard let value = plainNumber(node) else {
            report(
                key, "`\(path(key))` is \(words(node)), not a number",
                "write \(meaning), unquoted")
            return nil
        }
        return inRange(value, key) ? value : nil
    }

    /// A count, as options take it: `250`, `10k`, `1e6`.
    public func integer(_ key: String, _ meaning: String = "a whole number") -> Int? {
        whole(key, "a whole number", meaning, plainCount)
    }

    /// A size in whole bytes, as options take it: `64`, `4KiB`.
    public func bytes(_ key: String) -> Int? {
        whole(key, "a whole number of bytes", "bytes, as 64 or 4KiB", plainSize)
    }

    private func whole(
        _ key: String, _ kind: String, _ meaning: String, _ read: (Node) -> Double?
    ) -> Int? {
        guard let node = self[key] else { return nil }
        guard let value = read(node), value == value.rounded() else {
            report(
                key, "`\(path(key))` is \(words(node)), not \(kind)",
                "write \(meaning), unquoted")
            return nil
        }
        return inRange(value, key) ? Int(value) : nil
    }

    /// Whether a number is one that the key can have; reported when it is not.
    public func inRange(_ value: Double, _ key: String) -> Bool {
        let range = section.range(of: key)
        if range.contains(value) && (value == 0 || abs(value) >= NumberLimits.smallest) {
            return true
        }
        let shown = self[key].map(words) ?? "\(value)"
        let advised = section.advisedRange(of: key, at: path(key))
        // Within the range, and yet refused: as near to zero as no number is.
        let isTiny = advised.contains(value)
        let nearest = plain(NumberLimits.smallest)
        let isSigned = advised.lowerBound < 0
        let least = isTiny && !isSigned ? "0, or \(nearest)" : plain(advised.lowerBound)
        report(
            key, "`\(path(key))` is \(shown), which is out of range",
            "use \(least) to \(plain(advised.upperBound))"
                + (isTiny && isSigned ? ", 0 or no nearer to it than \(nearest)" : ""))
        return false
    }

    public func flag(_ key: String) -> Bool? {
        guard let node = self[key] else { return nil }
        if let scalar = node.scalar, scalar.style == .plain, let value = Bool(scalar.string) {
            return value
        }
        report(key, "`\(path(key))` is \(words(node))", "write true or false")
        return nil
    }

    public func milliseconds(_ key: String) -> Int? {
        guard let node = self[key] else { return nil }
        if let seconds = duration(node) {
            guard inRange(seconds, key) else { return nil }
            return Int((seconds * Self.millisecondsPerSecond).rounded())
        }
        report(
            key, "`\(path(key))` is \(words(node)), not a duration",
            "write a number with a unit, such as 500ms, 10s, 5m, 12h or 1d")
        return nil
    }

    // A Double: ranges of seconds go further than Nanoseconds does.
    private static var millisecondsPerSecond: Double {
        Nanoseconds(1, .seconds).value(in: .milliseconds)
    }

    public func mapping(_ key: String, _ section: Section) -> YAMLFields? {
        self[key].flatMap { YAMLFields($0, section, path(key), diagnostics) }
    }

    /// Elements of a list, with their paths; empty (and reported) when it is no list.
    public func list(_ key: String) -> [(node: Node, path: String)] {
        guard let node = self[key] else { return [] }
        guard let sequence = node.sequence else {
            report(
                key, "`\(path(key))` is \(words(node)), not a list",
                "write its elements below it, each after `- `")
            return []
        }
        return sequence.enumerated().map { index, element in
            let path = "\(path(key))[\(index)]"
            diagnostics.saw(path, element, line: element.mark?.line ?? 0)
            return (element, path)
        }
    }
}

/// A node in words, for messages.
public func words(_ node: Node) -> String {
    switch node {
    case .scalar(let scalar): scalar.string.isEmpty ? "empty" : "`\(shortened(scalar.string))`"
    case .mapping: "a mapping"
    case .sequence: "a list"
    case .alias: "an alias"
    }
}

/// A text's first line, as far as a message can show it: a file that is no YAML of ours may be one
/// long scalar.
private func shortened(_ text: String) -> String {
    let most = 60
    let line = text.prefix { !$0.isNewline }
    return line.count > most || line.count < text.count ? "\(line.prefix(most))…" : String(line)
}

/// A bound as people write it.
private func plain(_ value: Double) -> String {
    value.plainText.replacing("e-0", with: "e-")
}

/// An unquoted decimal number; `_` may group digits.
private func plainNumber(_ node: Node) -> Double? { plainText(node).flatMap { Real.number($0) } }

/// The same with a unit of counts behind it or none: `10k`.
public func plainCount(_ node: Node) -> Double? { plainText(node).flatMap { Count.amount($0) } }

/// The same with a unit of bytes behind it or none: `64KiB`.
public func plainSize(_ node: Node) -> Double? { plainText(node).flatMap { ByteCount.amount($0) } }

private func plainText(_ node: Node) -> String? {
    node.scalar.flatMap { $0.style == .plain ? $0.string : nil }
}

/// Seconds: `90` or `90s`, `500ms`, `5m`, `12h`, `1d`, `none`.
public func duration(_ node: Node) -> Double? {
    guard let text = plainText(node) else { return nil }
    if text == "none" { return 0 }
    let name = String(text.reversed().prefix { $0.isLetter }.reversed())
    guard let unit = name.isEmpty ? Nanoseconds.Unit.seconds : Nanoseconds.Unit(named: name),
        let value = Real.number(text.dropLast(name.count)), value >= 0
    else { return nil }
    return value * Nanoseconds(1, unit).seconds
}
