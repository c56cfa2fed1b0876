// The YAML of redis-benchmarks-specification: what memtier_benchmark is told, to fill a server
// (`dbconfig.preload_tool`) and to measure it (`clientconfig`).
//
//     clientconfig:
//       tool: memtier_benchmark
//       arguments: --data-size 100 --ratio 1:10 --key-pattern R:R -c 25 -t 4 --test-time 120
//
// memtier's keys are a prefix and a number without zeros; here they have the size of the longest.
import Targets
import Workloads
import Yams

struct MemtierImport {
    private let root: Node

    init(_ root: Node) { self.root = root }

    static func reads(_ root: Node) -> Bool {
        root.field("clientconfig")?.field("arguments") != nil
    }

    func fill(_ draft: inout ImportDraft) throws(ExperimentFailure) {
        if let name = root.field("name")?.scalar?.string { draft.name = name }
        let client = try arguments(root.field("clientconfig"), draft)
        try draft.take(client)
        let preload = root.field("dbconfig")?.field("preload_tool")
        guard preload?.field("arguments") != nil else {
            draft.prefill = nil
            draft.leftOut.append("a fill: the configuration has none")
            return
        }
        let filler = try arguments(preload, draft)
        let commands = try filler.commands(draft)
        draft.prefill = commands.first?.command ?? draft.prefill
        if commands.count > 1 {
            draft.leftOut.append("\(commands.count - 1) more commands of the fill")
        }
        if client.value("--data-size") == nil, let size = filler.value("--data-size") {
            try draft.takeValueSize(size, filler)
        }
    }

    private func arguments(
        _ node: Node?, _ draft: ImportDraft
    ) throws(ExperimentFailure) -> MemtierArguments {
        let field = node?.field("arguments")
        let line = field?.mark?.line
        let tool = node?.field("tool")?.scalar?.string ?? "memtier_benchmark"
        guard tool == "memtier_benchmark" else {
            throw draft.failure(
                "it is for \(tool)", line: node?.field("tool")?.mark?.line,
                remedy: "import one for memtier_benchmark")
        }
        switch ShellWords.split(field?.scalar?.string ?? "") {
        case .success(let words): return MemtierArguments(words, line: line)
        case .failure(let problem):
            throw draft.failure(
                "arguments cannot be split: \(problem)", line: line, remedy: "correct the quotes")
        }
    }
}

/// memtier_benchmark's flags, as far as they say what is sent.
struct MemtierArguments {
    private var flags: [(name: String, value: String)] = []
    let line: Int?

    private static let long: [String: String] = [
        "-c": "--clients", "-t": "--threads", "-d": "--data-size", "-n": "--requests",
    ]

    init(_ words: [String], line: Int?) {
        self.line = line
        var rest = words[...]
        while let word = rest.popFirst() {
            guard word.hasPrefix("-") else { continue }
            let name = String(word.prefix { $0 != "=" })
            var value = ""
            if word.contains("=") {
                value = String(word.dropFirst(name.count + 1))
            } else if let next = rest.first, !next.hasPrefix("-") {
                value = next
                rest = rest.dropFirst()
            }
            flags.append((name: Self.long[name] ?? name, value: value))
        }
    }

    /// The last value of a flag.
    func value(_ name: String) -> String? { flags.last { $0.name == name }?.value }

    /// The commands, with their shares: those of `--command`, or of `--ratio`.
    func commands(_ draft: ImportDraft) throws(ExperimentFailure) -> [ImportDraft.Operation] {
        var commands: [ImportDraft.Operation] = []
        for flag in flags {
            switch flag.name {
            case "--command":
                let command = try template(flag.value, draft)
                let word = command.prefix { $0 != " " }.lowercased()
                let isTaken = commands.contains { $0.name == word }
                commands.append(
                    .init(
                        name: isTaken ? "\(word)_\(commands.count)" : word, command: command,
                        weight: 1))
            case "--command-ratio":
                guard let weight = Double(flag.value), weight > 0, weight <= ImportDraft.largest,
                    !commands.isEmpty
                else {
                    throw draft.failure(
                        "--command-ratio \(flag.value) is no share of a command", line: line,
                        remedy: "write it behind its --command, above 0")
                }
                commands[commands.count - 1].weight = weight
            default: continue
            }
        }
        return try commands.isEmpty ? ratio(draft) : commands
    }

    private func template(
        _ command: String, _ draft: ImportDraft
    ) throws(ExperimentFailure) -> String {
        let words = command.split(separator: " ").map { word -> String in
            switch word {
            case "__key__": "{key}"
            case "__data__": "{value}"
            default: String(word)
            }
        }
        if let odd = words.first(where: { $0.contains("__") }) {
            throw draft.failure(
                "`\(odd)` of `\(command)` has no counterpart", line: line,
                remedy: "a placeholder must be a word of its own: __key__ or __data__")
        }
        return words.joined(separator: " ")
    }

    /// SET : GET, one to ten unless it says otherwise.
    private func ratio(_ draft: ImportDraft) throws(ExperimentFailure) -> [ImportDraft.Operation] {
        let text = value("--ratio") ?? "1:10"
        let parts = text.split(separator: ":").map { Double($0) }
        guard parts.count == 2, let sets = parts[0], let gets = parts[1], sets >= 0, gets >= 0,
            sets + gets > 0, sets + gets <= ImportDraft.largest
        else {
            throw draft.failure(
                "--ratio \(text) is none", line: line, remedy: "write SETs:GETs, such as 1:10")
        }
        var commands: [ImportDraft.Operation] = []
        if sets > 0 {
            commands.append(
                .init(name: "set", command: "SET {key} {value} {expiry}", weight: sets))
        }
        if gets > 0 { commands.append(.init(name: "get", command: "GET {key}", weight: gets)) }
        return commands
    }

    /// A whole number of a flag.
    func number(
        _ name: String, _ range: ClosedRange<Int>, _ draft: ImportDraft
    ) throws(ExperimentFailure) -> Int? {
        guard let text = value(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw draft.failure(
                "\(name) \(text) is out of range", line: line,
                remedy: "write \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}

extension ImportDraft {
    /// memtier's own defaults: four threads of fifty clients, keys 0 … 10,000,000, 32 B.
    private static let clients = 50
    private static let threads = 4
    private static let lastKey = 10_000_000
    private static let dataSize = "32"

    /// What the load is told.
    fileprivate mutating func take(
        _ arguments: MemtierArguments
    ) throws(ExperimentFailure) {
        let clients = try arguments.number("--clients", 1...10_000, self) ?? Self.clients
        let threads = try arguments.number("--threads", 1...1_000, self) ?? Self.threads
        connections = min(clients * threads, 60_000)
        pipeline = try arguments.number("--pipeline", 1...100_000, self) ?? 1
        seconds = try arguments.number("--test-time", 1...1_000_000, self) ?? seconds
        let first = try arguments.number("--key-minimum", 0...(1 << 48), self) ?? 0
        let last = try arguments.number("--key-maximum", 0...(1 << 48), self) ?? Self.lastKey
        guard last >= first else {
            throw failure(
                "--key-maximum \(last) is below --key-minimum \(first)", line: arguments.line,
                remedy: "turn them round")
        }
        keys = UInt64(last - first + 1)
        prefix = arguments.value("--key-prefix") ?? "memtier-"
        keySize = ["key_size: \(prefix.utf8.count + max("\(last)".count, digits))"]
        operations = try arguments.commands(self)
        let writes = operations.contains { $0.command.contains("{value}") }
        if let range = arguments.value("--data-size-range") {
            let ends = range.split(separator: "-").compactMap { Int($0) }
            guard ends.count == 2, ends[0] >= 0, ends[1] >= ends[0],
                Double(ends[1]) <= KeyspaceSpec.largestValue
            else {
                throw failure(
                    "--data-size-range \(range) is none", line: arguments.line,
                    remedy: "write it as 1-1024")
            }
            valueSize = ["value_size: {uniform: {min: \(ends[0]), max: \(ends[1])}}"]
        } else {
            try takeValueSize(arguments.value("--data-size") ?? Self.dataSize, arguments)
        }
        if let range = arguments.value("--expiry-range"), writes {
            let ends = range.split(separator: "-").compactMap { Int($0) }
            if ends.count == 2, ends[0] >= 1, ends[1] >= ends[0],
                Double(ends[1]) <= KeyspaceSpec.longestTTL
            {
                timeToLive = ["ttl: {uniform: {min: \(ends[0]), max: \(ends[1])}}"]
            }
        }
        takePattern(arguments)
    }

    fileprivate mutating func takeValueSize(
        _ text: String, _ arguments: MemtierArguments
    ) throws(ExperimentFailure) {
        guard let size = Int(text), size >= 0, Double(size) <= KeyspaceSpec.largestValue else {
            throw failure(
                "--data-size \(text) is none", line: arguments.line,
                remedy: "write bytes, up to 512 MiB")
        }
        valueSize = ["value_size: \(size)"]
    }

    /// Of SETs and of GETs, or of a command: random, sequential, in parallel ranges, Gaussian,
    /// Zipf.
    private mutating func takePattern(_ arguments: MemtierArguments) {
        let pattern =
            arguments.value("--command-key-pattern") ?? arguments.value("--key-pattern") ?? "R:R"
        switch pattern.last {
        case "S", "P": popularity = ["popularity: sequential"]
        case "G":
            popularity = ["popularity: {gaussian: {deviation: 0.1}}  # assumed"]
        case "Z":
            let exponent = arguments.value("--key-zipf-exp").flatMap { Double($0) } ?? 1
            let alpha = exponent > 0 && exponent <= 10 ? exponent : 1
            popularity = ["popularity: {zipf: {alpha: \(alpha)}}"]
        default: popularity = ["popularity: uniform"]
        }
    }
}
