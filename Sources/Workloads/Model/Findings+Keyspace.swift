// The rules for what a keyspace adds to its sizes: popularity, members, churn, misses.
import Distributions
import Quantities

extension Popularity {
    func findings(_ path: String, _ keys: UInt64) -> [Finding] {
        var findings: [Finding] = []
        func check(_ holds: Bool, _ key: String, _ problem: String, _ remedy: String) {
            if !holds { findings.append(Finding("\(path).\(key)", problem, remedy)) }
        }
        switch self {
        case .uniform, .sequential, .ycsbCompatible: break
        case .zipf(let alpha, let offset), .latest(let alpha, let offset):
            var name = "zipf"
            if case .latest = self { name = "latest" }
            // Published exponents go to 2.7; above 10 every request is for the first key.
            check(
                alpha > 0 && alpha <= 10, "\(name).alpha",
                "\(name) alpha \(alpha.plainText) is not in (0, 10]",
                "published workloads have 0.3 to 2.7; use `uniform` for 0")
            check(
                offset >= 0 && offset.isFinite, "\(name).offset",
                "\(name) offset \(offset.plainText) is negative",
                "use 0 for a plain Zipf, 10 to flatten the head")
        case .buckets(let buckets):
            let sums = buckets.reduce((0.0, 0.0)) { ($0.0 + $1.keys, $0.1 + $1.requests) }
            check(
                abs(sums.0 - 1) < 1e-9 && abs(sums.1 - 1) < 1e-9, "buckets",
                "buckets hold \(sums.0.plainText) of the keys and \(sums.1.plainText) of the "
                    + "requests",
                "make both sums 1")
            check(
                buckets.allSatisfy { $0.keys > 0 && $0.requests >= 0 }
                    && UInt64(buckets.count) <= keys, "buckets",
                "a bucket without keys", "give each a share of the keys above 0")
            let densities = buckets.map { $0.requests / $0.keys }
            check(
                zip(densities, densities.dropFirst()).allSatisfy { $0 >= $1 * (1 - 1e-9) },
                "buckets", "a bucket is more popular than the one before it",
                "list the hottest keys first")
        case .gaussian(let deviation):
            check(
                deviation >= 1e-6 && deviation <= 10, "gaussian.deviation",
                "deviation \(deviation.plainText) is not in (0, 10]",
                "state it as a share of the keys, such as 0.1")
        case .exponential(let share, let requests):
            check(
                share >= 1e-6 && share <= 1 && requests >= 0.001 && requests <= 0.999_999_999,
                "exponential",
                "\(requests.plainText) of the requests to \(share.plainText) of the keys",
                "use shares between 0 and 1, as YCSB does: 0.95 to 0.857")
        case .keyRanges(let spec):
            check(
                spec.ranges >= 1 && UInt64(spec.ranges) <= keys, "keyrange.ranges",
                "\(spec.ranges) ranges of \(keys) keys", "use 1 or more, at most one per key")
            check(
                spec.shares.allSatisfy(\.isFinite), "keyrange",
                "no range has a weight above 0", "take a, b, c and d from a published fit")
            check(
                spec.keyA > 0 && spec.keyA <= 1 && spec.keyB > 0
                    && spec.farthest <= KeyRanges.mostKeys, "keyrange.key_a",
                "key_a \(spec.keyA.plainText), key_b \(spec.keyB.plainText)",
                "use 0 < key_a ≤ 1 and key_b above 0, so that (1 ÷ key_a)^(1 ÷ key_b) ≤ 2^48")
        }
        return findings
    }
}

extension KeyspaceSpec {
    /// What is not a matter of sizes and popularity.
    func ownFindings(_ path: String) -> [Finding] {
        var findings: [Finding] = []
        func check(_ holds: Bool, _ key: String, _ problem: String, _ remedy: String) {
            if !holds { findings.append(Finding("\(path).\(key)", problem, remedy)) }
        }
        check(
            hashTags <= keys, "hash_tags", "\(hashTags) hash tags for \(keys) keys",
            "use at most one per key")
        if case .compressible(let saved) = fill {
            check(
                saved >= 0 && saved <= 0.9, "fill.compressibility",
                "compressibility \(saved.plainText) is not in 0 … 0.9",
                "state the share of the bytes that compression saves")
        }
        if fill == .digits, let most = valueSize?.support.upperBound {
            check(
                most <= 18, "fill", "numbers of \(most.plainText) digits",
                "values of `fill: digits` have at most 18 bytes, a 64-bit integer's")
        }
        if let members { findings += membersFindings(members, "\(path).members") }
        if let churn {
            check(
                churn.share > 0 && churn.share <= 1 && churn.requests >= 1, "churn",
                "\(churn.share.plainText) of the keys replaced in \(churn.requests.plainText) "
                    + "requests",
                "use a share in (0, 1] and requests of 1 or more")
            check(
                popularity.hasHotKeys, "churn", "churn, but with this popularity no key is hot",
                "remove `churn`, or give the keyspace a `popularity`")
            let hot = [keySize, valueSize, ttl, members].contains { $0?.hot != nil }
            check(
                !hot, "churn", "churn beside a hot class: who is hot changes, sizes do not",
                "remove `hot`, or `churn`")
        }
        check(
            negativeLookups >= 0 && negativeLookups < 1, "negative_lookups",
            "negative_lookups \(negativeLookups.plainText) is not in [0, 1)",
            "state the share of the look-ups")
        return findings
    }
}

extension KeyspaceSpec {
    private func membersFindings(_ members: SizeSpec, _ path: String) -> [Finding] {
        var findings = members.findings(path, popularity, limit: Self.mostMembers)
        guard findings.isEmpty else { return findings }
        if members.binding != .key {
            findings.append(
                Finding(
                    "\(path).bind",
                    "a key's number of members cannot change from write to write",
                    "remove `bind: write`"))
        }
        let digits = "\(max(1, UInt64(members.support.upperBound)) - 1)".count
        if members.support.lowerBound < 1 || !(digits + 1...512).contains(memberSize) {
            findings.append(
                Finding(
                    path,
                    "members of \(memberSize) bytes, at least "
                        + "\(members.support.lowerBound.plainText) of them",
                    "have 1 or more, with `member_size` of \(digits + 1) to 512"))
        }
        return findings
    }
}

extension Workload {
    /// Decimal digits of the largest id that requests for a keyspace use.
    func digits(ofKeyspace index: Int) -> Int {
        "\(max(idSpace(ofKeyspace: index), 1) - 1)".count
    }

    /// Ids of a keyspace: its keys, then one-hit wonders, then keys that nobody writes.
    func idSpace(ofKeyspace index: Int) -> UInt64 {
        let space = keyspaces[index]
        guard space.keys <= 1 << 48 else { return space.keys }
        let own = operations.filter { $0.keyspace == nil || $0.keyspace == space.name }
        let isMissed = space.negativeLookups > 0 || own.contains { $0.keys == .missing }
        return space.keys + loneKeys(ofKeyspace: index) + (isMissed ? space.keys : 0)
    }

    /// Ids that one-hit wonders take before they start over; 0 where no operation uses them.
    func loneKeys(ofKeyspace index: Int) -> UInt64 {
        let space = keyspaces[index]
        let own = operations.filter { $0.keyspace == nil || $0.keyspace == space.name }
        // ten million requests take a minute or more to come round
        return own.contains { $0.keys == .lone } ? max(space.keys, 10_000_000) : 0
    }

    func keyspaceFindings() -> [Finding] {
        var findings: [Finding] = []
        for (index, space) in keyspaces.enumerated() {
            let path = "keyspaces[\(index)]"
            let own = space.findings(path)
            findings += own
            if own.isEmpty {
                findings += space.keySizeFindings(
                    "\(path).key_size", digits: digits(ofKeyspace: index))
            }
            let commands = allOperations.filter {
                $0.keyspace == nil || $0.keyspace == space.name
            }
            func check(_ holds: Bool, _ key: String, _ problem: String, _ remedy: String) {
                if !holds { findings.append(Finding("\(path).\(key)", problem, remedy)) }
            }
            let reads = commands.contains { $0.command.access == .read && $0.keys == .popular }
            check(
                space.negativeLookups == 0 || reads, "negative_lookups",
                "no operation looks keys up", "remove it, or add a GET")
            check(
                space.onMiss == nil || reads, "on_miss",
                "no operation looks keys up", "remove it, or add a GET")
            let reading = commands.contains { $0.command.needsMembers }
            check(
                space.members == nil || reading || space.prefill?.needsMembers == true, "members",
                "no command has members", "remove it, or use {member} or {members}")
            for (key, template) in [("on_miss", space.onMiss), ("prefill", space.prefill)] {
                guard let template else { continue }
                findings += holeFindings(template, "\(path).\(key)", [space])
                check(template.hasKey, key, "`\(template)` names no key", "use {key}")
            }
        }
        for (index, operation) in operations.enumerated() {
            findings += operationFindings(operation, "operations[\(index)]")
        }
        return findings
    }

    private func operationFindings(_ operation: OperationSpec, _ path: String) -> [Finding] {
        var findings: [Finding] = []
        let spaces = spaces(of: operation)
        if let then = operation.then {
            findings += holeFindings(then, "\(path).then", spaces)
            if !(then.hasKey && operation.command.hasKey) {
                findings.append(
                    Finding("\(path).then", "`\(then)` follows on no key", "use {key} in both"))
            }
        }
        if let wait = operation.wait {
            let isWrite =
                operation.command.hasKey && !operation.command.readsValue
                && [.write, .delete].contains(operation.command.access)
            if !isWrite || operation.then != nil {
                findings.append(
                    Finding(
                        "\(path).wait", "`\(wait)` does not wait for one write",
                        "put it behind a command that writes {key} and answers no value, without "
                            + "`then`"))
            }
        }
        if operation.command.hasKeys != (operation.length != nil) {
            findings.append(
                Finding(
                    "\(path).length", "{keys} and `length` go together",
                    "add the one that is missing, or remove the other"))
        }
        if let length = operation.length {
            findings += length.findings("\(path).length", .uniform, limit: OperationSpec.longestRun)
            if length.support.lowerBound < 1 {
                findings.append(
                    Finding("\(path).length", "a run of no keys", "use 1 or more"))
            }
        }
        if operation.keys != .popular && !operation.command.hasKey {
            findings.append(
                Finding("\(path).keys", "`\(operation.command)` has no key", "remove `keys`"))
        }
        let isPermuted = spaces.contains { !$0.popularity.isOrdered && $0.populatedKeys == $0.keys }
        if operation.keys == .new && isPermuted {
            findings.append(
                Finding(
                    "\(path).keys", "new keys, but all are there from the start",
                    "give the keyspace a `populated` below 1, or the popularity `latest`"))
        }
        return findings
    }
}
