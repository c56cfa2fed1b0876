// The rules a workload must meet, whether it was read from a file or put together in code.
//
// A finding names the field by its path in the file (`keyspaces[0].key_size`), what is wrong and
// what to do; the decoder turns the path into a line.
import Quantities

public struct Finding: Sendable, Equatable {
    public let path: String
    public let problem: String
    public let remedy: String

    init(_ path: String, _ problem: String, _ remedy: String) {
        self.path = path
        self.problem = problem
        self.remedy = remedy
    }
}

extension Workload {
    /// Everything that is wrong with it; empty for a workload that can be compiled. Relations are
    /// computed from numbers, so they are looked at once each number by itself is in its range.
    public func findings() -> [Finding] {
        let outOfRange = rangeFindings()
        return outOfRange.isEmpty ? relationFindings() : outOfRange
    }

    private func relationFindings() -> [Finding] {
        var findings: [Finding] = []
        if !Self.isLabel(name) {
            findings.append(
                Finding(
                    "name", "name `\(name)` cannot be a label", "use letters, digits and ._- only"))
        }
        findings += keyspaceListFindings()
        findings += keyspaceFindings()
        findings += operationFindings()
        findings += unusedFindings()
        findings += phaseFindings() + arrivalFindings() + eventFindings()
        findings += overlayFindings()
        findings += expectationFindings()
        findings += provenanceFindings()
        return findings
    }

    /// Keyspaces of a file that somebody wrote; each pair is compared.
    private static let mostKeyspaces = 1_000

    private func rangeFindings() -> [Finding] {
        if keyspaces.count > Self.mostKeyspaces {
            return [
                Finding(
                    "keyspaces", "\(keyspaces.count) keyspaces",
                    "use at most \(Self.mostKeyspaces)")
            ]
        }
        var findings = load.rangeFindings() + overlayRangeFindings()
        for (index, keyspace) in keyspaces.enumerated() {
            findings += keyspace.rangeFindings("keyspaces[\(index)]")
        }
        for (index, operation) in operations.enumerated() {
            findings += operation.rangeFindings("operations[\(index)]")
        }
        return findings
    }

    private func keyspaceListFindings() -> [Finding] {
        guard !keyspaces.isEmpty else {
            return [
                Finding(
                    "keyspaces", "there is no keyspace",
                    "list at least one, with `keys` and `key_size`")
            ]
        }
        var findings: [Finding] = []
        for (index, keyspace) in keyspaces.enumerated() {
            for earlier in keyspaces[..<index] {
                if earlier.name == keyspace.name {
                    findings.append(
                        Finding(
                            "keyspaces[\(index)]", "two keyspaces are named `\(keyspace.name)`",
                            "give each its own `name`"))
                }
                if Self.canCollide(earlier.prefix, keyspace.prefix) {
                    findings.append(
                        Finding(
                            "keyspaces[\(index)]",
                            "keys with prefixes `\(earlier.prefix)` and `\(keyspace.prefix)` can "
                                + "be equal",
                            "give each keyspace a `prefix` that no other one continues with "
                                + "digits, such as `a:`"
                        ))
                }
            }
        }
        return findings
    }

    /// Whether a prefix is the other followed by nothing but digits.
    static func canCollide(_ one: String, _ other: String) -> Bool {
        let (short, long) = one.utf8.count <= other.utf8.count ? (one, other) : (other, one)
        return long.hasPrefix(short)
            && long.dropFirst(short.count).allSatisfy { $0.isASCII && $0.isNumber }
    }

    func operationFindings() -> [Finding] {
        guard !operations.isEmpty else {
            return [
                Finding(
                    "operations", "there is no operation",
                    "list at least one, such as `command: GET {key}`")
            ]
        }
        var findings: [Finding] = []
        for (index, operation) in operations.enumerated() {
            let path = "operations[\(index)]"
            if operations[..<index].contains(where: { $0.name == operation.name }) {
                findings.append(
                    Finding(
                        path, "two operations are named `\(operation.name)`",
                        "give each its own `name`"))
            }
            if let name = operation.keyspace, !keyspaces.contains(where: { $0.name == name }) {
                let known = keyspaces.map { "`\($0.name)`" }.joined(separator: ", ")
                findings.append(
                    Finding(
                        "\(path).keyspace", "there is no keyspace `\(name)`", "name one of \(known)"
                    ))
            }
            findings += holeFindings(operation.command, "\(path).command", spaces(of: operation))
        }
        return findings
    }

    func spaces(of operation: OperationSpec) -> [KeyspaceSpec] {
        keyspaces.filter { operation.keyspace == nil || $0.name == operation.keyspace }
    }

    /// What a command asks for must be there in every keyspace that it is for.
    func holeFindings(
        _ command: CommandTemplate, _ path: String, _ spaces: [KeyspaceSpec]
    ) -> [Finding] {
        var findings: [Finding] = []
        if command.hasValue, let bare = spaces.first(where: { $0.valueSize == nil }) {
            findings.append(
                Finding(
                    path,
                    "`\(command)` writes a value, but keyspace `\(bare.name)` has no value_size",
                    "add `value_size`"))
        }
        if command.needsMembers, let bare = spaces.first(where: { $0.members == nil }) {
            findings.append(
                Finding(
                    path, "`\(command)` has members, but keyspace `\(bare.name)` has none",
                    "add `members`"))
        }
        if [command.hasMember, command.hasKeys, command.hasOtherKey].count(where: \.self) > 1 {
            findings.append(
                Finding(
                    path, "`\(command)` draws more than one of a member, a run and another key",
                    "use one of them"))
        }
        if command.arguments.contains(.ttl),
            let bare = spaces.first(where: { ($0.ttl?.support.lowerBound ?? 0) < 1 })
        {
            findings.append(
                Finding(
                    path,
                    "`\(command)` needs a time to live, but keyspace `\(bare.name)` has keys "
                        + "without one",
                    "use {expiry}, or give every key a `ttl`"))
        }
        if !command.hasKey && (command.hasValue || command.hasTimeToLive) {
            findings.append(
                Finding(path, "`\(command)` has a value or a time to live but no key", "add {key}"))
        }
        return findings
    }

    var prefillCommand: CommandTemplate? {
        for case .prefill(let command, _) in phases { return command }
        return nil
    }

    /// A field that nothing reads is a misunderstanding: the workload would not do what it says.
    private func unusedFindings() -> [Finding] {
        var findings: [Finding] = []
        for (index, keyspace) in keyspaces.enumerated() {
            let own = allOperations.filter {
                $0.keyspace == nil || $0.keyspace == keyspace.name
            }
            var commands = own.map(\.command) + own.compactMap(\.then)
            commands += [keyspace.prefill ?? prefillCommand, keyspace.onMiss].compactMap(\.self)
            if keyspace.valueSize != nil && !commands.contains(where: \.hasValue) {
                findings.append(
                    Finding(
                        "keyspaces[\(index)].value_size", "no command writes a value",
                        "remove `value_size`, or use {value} in a command"))
            }
            if keyspace.ttl != nil && !commands.contains(where: \.hasTimeToLive) {
                findings.append(
                    Finding(
                        "keyspaces[\(index)].ttl", "no command sets a time to live",
                        "remove `ttl`, or use {expiry} in a command"))
            }
            if keyspace.populated < 1 && prefillCommand == nil {
                findings.append(
                    Finding(
                        "keyspaces[\(index)].populated",
                        "there is no prefill that could leave keys out",
                        "remove `populated`, or add the phase `prefill`"))
            }
        }
        return findings
    }

    private func expectationFindings() -> [Finding] {
        var findings: [Finding] = []
        if let ratio = expect.hitRatio, !(ratio >= 0 && ratio <= 1) {
            findings.append(
                Finding(
                    "expect.hit_ratio", "hit ratio \(ratio.plainText) is not in 0 … 1",
                    "state a share of the look-ups"))
        }
        if !(expect.tolerance > 0 && expect.tolerance < 1) {
            findings.append(
                Finding(
                    "expect.tolerance",
                    "tolerance \(expect.tolerance.plainText) is not between 0 and 1",
                    "state a relative deviation such as 0.05"))
        }
        let hasValues = keyspaces.contains { $0.valueSize != nil }
        for (path, population) in [
            ("expect.keys", expect.keys), ("expect.requests", expect.requests),
        ] {
            if !hasValues && !(population.valueSize.isEmpty && population.pairSize.isEmpty) {
                findings.append(
                    Finding(
                        path, "it expects value sizes, but no keyspace has them",
                        "remove them, or add `value_size`"))
            }
        }
        return findings
    }

    private func provenanceFindings() -> [Finding] {
        var findings: [Finding] = []
        var used: Set<String> = []
        let all =
            provenance.entries.map { ("provenance.\($0.key)", $0.value) } + [
                ("provenance", provenance.fallback)
            ]
        for (path, entry) in all.sorted(by: { $0.0 < $1.0 }) {
            if let source = entry.source {
                used.insert(source)
                if sources[source] == nil {
                    findings.append(
                        Finding(
                            path, "there is no source `\(source)`",
                            "add it under `sources`, with `cite`"))
                }
            } else if entry.kind == .observed || (entry.kind != .assumed && entry.note == nil) {
                findings.append(
                    Finding(
                        path, "`\(entry.kind.rawValue)` without a source",
                        "name one of `sources`, say how in a note, or say `assumed`"))
            }
        }
        for id in sources.keys.sorted() where !used.contains(id) {
            findings.append(
                Finding(
                    "sources.\(id)", "source `\(id)` is not used",
                    "name it in `provenance`, or remove it"))
        }
        return findings
    }
}
