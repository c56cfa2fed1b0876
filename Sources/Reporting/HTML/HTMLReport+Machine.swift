// What was measured, and on which machine: at the end of the page, for whoever compares or repeats.
import RunRecord

extension HTMLReport {
    /// As many digits of a hash as tell two builds apart; the whole is its title.
    private static let shownDigits = 12

    var targets: HTML {
        guard !record.targets.isEmpty else { return "" }
        return """
            <div class="scroll"><table>
            <thead><tr><th class="name">target</th><th class="text">is</th>\
            <th class="text">version</th><th class="text">allocator</th>\
            <th class="text">binary</th></tr></thead>
            <tbody>
            \(record.targets.html(row))</tbody>
            </table></div>

            """
    }

    private func row(_ target: RunRecord.Target) -> HTML {
        let allocator = [target.allocator, target.sizeClasses].compactMap(\.self)
        let encryption = target.encryption.map { "\($0.version) \($0.cipher)" }
        let version = [target.version, encryption].compactMap(\.self)
        let hash = target.binaryHash
        let digits = hash.map { String($0.prefix(Self.shownDigits)) }
        return """
            <tr><th class="name">\(swatch(target.label))\(HTML.breakable(target.label))</th>\
            <td class="text"><code>\(HTML.breakable(target.spelling))</code></td>\
            <td class="text">\(version.isEmpty ? "–" : version.joined(separator: ", "))</td>\
            <td class="text">\(allocator.isEmpty ? "–" : allocator.joined(separator: ", "))</td>\
            <td class="text" title="\(hash ?? "")">\(digits ?? "–")</td></tr>

            """
    }

    var environment: HTML {
        let machine = record.environment
        var facts = machine.comparedFields.compactMap { field, value in value.map { (field, $0) } }
        if let system = machine.operatingSystem { facts.append(("operating system", system)) }
        if let bytes = machine.memoryBytes {
            let scale = Scale(.bytes, values: [Double(bytes)])
            facts.append(("memory", scale.text(Double(bytes))))
        }
        for (name, bytes) in caches {
            facts.append(("\(name) cache", Scale(.bytes, values: [bytes]).text(bytes)))
        }
        // Where each CPU is a core, there is nothing to tell.
        if let cores = machine.coreCPUs, cores.contains(where: { Int($0) == nil }) {
            facts.append(("threads of a core", cores.joined(separator: " ")))
        }
        if let shared = machine.l3CPUs, shared.count > 1 {
            facts.append(("behind an L3 cache", shared.joined(separator: " ")))
        }
        if let microcode = machine.microcode { facts.append(("microcode", microcode)) }
        facts += nodes
        if let load = machine.loadAverage {
            facts.append(("load average", load.map { "\($0)" }.joined(separator: " ")))
        }
        if let steal = machine.stealRatio {
            facts.append(("steal", Scale(.ratio, values: [steal]).text(steal)))
        }
        guard !facts.isEmpty else { return "" }
        return """
            <dl>
            \(facts.html { "<div><dt>\($0.0)</dt><dd>\($0.1)</dd></div>\n" })</dl>

            """
    }

    /// The NUMA nodes, where there are several, and what came of asking for some.
    private var nodes: [(String, String)] {
        var facts: [(String, String)] = []
        let all = record.environment.nodes ?? []
        for node in all where all.count > 1 {
            let cpus = node.cpus.isEmpty ? "no CPUs" : "CPUs \(node.cpus)"
            let bytes = Double(node.memoryBytes)
            let memory = Scale(.bytes, values: [bytes]).text(bytes)
            let distances = node.distances.map { "\($0)" }.joined(separator: " ")
            facts.append(("node \(node.number)", "\(cpus), \(memory), distances \(distances)"))
        }
        for placement in record.placements {
            let nodes = placement.nodes.map { "\($0)" }.joined(separator: ",")
            let policy = nodes.isEmpty ? placement.policy : "\(placement.policy) \(nodes)"
            let share = placement.spilledShare.flatMap { $0 > 0 ? $0 : nil }
            let notes = [
                placement.reason,
                share.map { "\(Scale(.ratio, values: [$0]).text($0)) elsewhere" },
            ].compactMap(\.self)
            let rest = notes.isEmpty ? "" : " (\(notes.joined(separator: ", ")))"
            facts.append(
                (
                    "memory of \(placement.target ?? "the load generator")",
                    "\(policy): \(placement.outcome.rawValue)\(rest)"
                ))
        }
        return facts
    }
}
