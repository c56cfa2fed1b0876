// Several servers' captures as one fleet file: each keeps its keyspaces and operations, with their
// weights, which are requests per second, so the busier server has more of the requests.
//
// Files are joined as YAML, not as what this version understands of it, so that every field of the
// format survives. Each file's keys get a prefix of their own letter; a key must have room for it.
import Workloads
import Yams

public enum WorkloadMerge {
    public struct Problem: Error, Equatable, CustomStringConvertible {
        public let description: String

        public init(_ description: String) { self.description = description }
    }

    /// - Parameters:
    ///   - files: name of each file, for labels and messages, and its bytes.
    /// - Throws: `WorkloadProblems` of a file that is none, or `Problem`.
    public static func merge(
        _ files: [(name: String, bytes: [UInt8])], name: String
    ) throws -> String {
        guard files.count <= 26 else {
            throw Problem("\(files.count) files; merge up to 26 at a time")
        }
        var keyspaces: [Node] = []
        var operations: [Node] = []
        var cites: [String] = []
        var provenance = MergedProvenance()
        var labels: Set<String> = []
        var rest: Node.Mapping?
        for (index, file) in files.enumerated() {
            let workload = try Workload(yaml: file.bytes, file: file.name)
            let text = String(decoding: file.bytes, as: UTF8.self)
            guard let root = try Parser(yaml: text).singleRoot()?.mapping else { continue }
            var label = workload.name
            while !labels.insert(label).inserted { label += "-\(index + 1)" }
            let letter = String(UnicodeScalar(UInt8(ascii: "a") + UInt8(index)))
            keyspaces += try keyspaceNodes(root, workload, label, letter, file.name)
            operations += operationNodes(root, workload, label)
            cites += workload.sources.sorted { $0.key < $1.key }.map {
                "\(label): \($0.value.cite)"
            }
            provenance.add(workload)
            if rest == nil { rest = root }
        }
        var merged: [(String, Node)] = [
            ("schema", Node(Workload.schema)), ("name", Node(CapturedWorkload.label(name))),
            ("title", quotedNode("\(files.count) servers merged")),
        ]
        if !cites.isEmpty {
            merged.append(
                (
                    "sources",
                    mapping([
                        ("fleet", mapping([("cite", quotedNode(cites.joined(separator: "; ")))]))
                    ])
                ))
        }
        merged.append(("provenance", provenance.node(hasSource: !cites.isEmpty)))
        merged += [("keyspaces", Node(keyspaces)), ("operations", Node(operations))]
        for key in ["load", "phases"] {
            if let node = rest?[Node(key)] { merged.append((key, node)) }
        }
        return "# Merged by `hashmark capture --merge`: a keyspace for each server, weights are "
            + "requests per second.\n" + (try serialize(node: mapping(merged), width: -1))
    }

    private static func keyspaceNodes(
        _ root: Node.Mapping, _ workload: Workload, _ label: String, _ letter: String,
        _ file: String
    ) throws -> [Node] {
        let nodes = root[Node("keyspaces")]?.sequence ?? []
        return try zip(nodes, workload.keyspaces).map { node, spec in
            guard var fields = node.mapping else { return node }
            fields[Node("name")] = Node("\(label).\(spec.name)")
            fields[Node("prefix")] = quotedNode(letter + spec.prefix)
            let needed = 1 + spec.prefix.utf8.count + "\(spec.keys - 1)".count
            if Int(spec.keySize.support.lowerBound.rounded()) < needed {
                fields[Node("key_size")] = try raised(fields[Node("key_size")], needed, file)
            }
            return Node.mapping(fields)
        }
    }

    /// A key size with room for one byte more.
    private static func raised(_ node: Node?, _ needed: Int, _ file: String) throws -> Node {
        guard let node else { throw Problem("\(file) has no key_size") }
        if node.scalar != nil { return Node("\(needed)") }
        guard var fields = node.mapping else { return node }
        if let constant = fields[Node("constant")]?.scalar.flatMap({ Double($0.string) }),
            constant < Double(needed)
        {
            return Node("\(needed)")
        }
        fields[Node("min")] = Node("\(needed)")
        return .mapping(fields)
    }

    /// Operations that were for every keyspace are listed for each, by the keyspaces' weights.
    private static func operationNodes(
        _ root: Node.Mapping, _ workload: Workload, _ label: String
    ) -> [Node] {
        let nodes = root[Node("operations")]?.sequence ?? []
        return zip(nodes, workload.operations).flatMap { node, spec -> [Node] in
            guard let fields = node.mapping else { return [node] }
            let spaces = workload.keyspaces.filter {
                spec.keyspace == nil || $0.name == spec.keyspace
            }
            let total = spaces.reduce(0) { $0 + $1.weight }
            return spaces.map { space in
                var own = fields
                let several = spaces.count > 1 ? ".\(space.name)" : ""
                own[Node("name")] = Node("\(label).\(spec.name)\(several)")
                own[Node("keyspace")] = Node("\(label).\(space.name)")
                own[Node("weight")] = Node(decimals(spec.weight * space.weight / total, 9))
                return .mapping(own)
            }
        }
    }

    private static func mapping(_ pairs: [(String, Node)]) -> Node {
        Node(pairs.map { (Node($0.0), $0.1) })
    }

    private static func quotedNode(_ text: String) -> Node {
        Node(text, Tag(.str), .doubleQuoted)
    }

    /// Of each path, the least certain kind that a file states for it.
    private struct MergedProvenance {
        private var kinds: [String: ProvenanceKind] = [:]

        private static let certainty: [ProvenanceKind] = [.assumed, .fitted, .derived, .observed]

        mutating func add(_ workload: Workload) {
            for path in ["keyspaces", "operations", "load", "phases"] {
                weaken(path, workload.provenance[path].kind)
            }
            for (path, entry) in workload.provenance.entries where !path.hasPrefix("expect") {
                weaken(path, entry.kind)
            }
        }

        private mutating func weaken(_ path: String, _ kind: ProvenanceKind) {
            let known = kinds[path] ?? kind
            kinds[path] = Self.certainty.first { $0 == known || $0 == kind }
        }

        func node(hasSource: Bool) -> Node {
            let entries = kinds.sorted { $0.key < $1.key }.map { path, kind in
                let source = kind == .assumed ? "" : hasSource ? " fleet" : " (merged)"
                return (Node(path), Node("\(kind.rawValue)\(source)"))
            }
            return Node(entries)
        }
    }
}
