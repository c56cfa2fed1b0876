// The rules for one keyspace and its distributions.
import Distributions
import Quantities

extension KeyspaceSpec {
    /// Protocol limit of a bulk string (`proto-max-bulk-len`).
    public static let largestValue = 512.0 * 1_048_576
    /// Keys above this are a slip: no published workload has a mean above 122 bytes.
    public static let largestKey = 65_536.0
    /// 100 years: more is a slip (the longest published is 92.6 days).
    public static let longestTTL = 100.0 * 365 * 86_400
    /// A millionth member would make a key of megabytes.
    static let mostMembers = 1e6

    /// What each number of a keyspace can be by itself.
    func rangeFindings(_ path: String) -> [Finding] {
        var findings: [Finding] = []
        if !(1...(1 << 48)).contains(keys) {
            findings.append(Finding("\(path).keys", "\(keys) keys", "use 1 to 2^48"))
        }
        if !(weight > 0 && weight.isFinite) {
            findings.append(
                Finding(
                    "\(path).weight", "weight \(weight.plainText) is not above 0",
                    "state its share of the requests, or remove the keyspace"))
        }
        if !(populated >= 0 && populated <= 1) {
            findings.append(
                Finding(
                    "\(path).populated", "populated \(populated.plainText) is not in 0 … 1",
                    "state the fraction of the keys that the prefill writes"))
        }
        return findings
    }

    func findings(_ path: String) -> [Finding] {
        var findings: [Finding] = []
        if !prefix.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) {
            findings.append(
                Finding(
                    "\(path).prefix", "prefix with spaces, control or non-ASCII characters",
                    "use printable ASCII"))
        }
        findings += popularity.findings("\(path).popularity", keys)
        findings += keySize.findings("\(path).key_size", popularity, limit: Self.largestKey)
        if let valueSize {
            findings += valueSize.findings(
                "\(path).value_size", popularity, limit: Self.largestValue)
        }
        if let ttl {
            findings += ttl.findings("\(path).ttl", popularity, limit: Self.longestTTL)
        }
        findings += ownFindings(path)
        return findings
    }

    /// Keys are distinct because their digits are: the shortest key must hold the largest id.
    func keySizeFindings(_ path: String, digits: Int) -> [Finding] {
        if keySize.binding == .write {
            return [
                Finding(
                    path, "a key's size cannot change from write to write", "remove `bind: write`")
            ]
        }
        let tag = hashTags > 0 ? "\(hashTags - 1)".count + 2 : 0
        let needed = prefix.utf8.count + tag + digits
        let shortest = Int(keySize.support.lowerBound.rounded())
        guard shortest < needed else { return [] }
        let prefixed = prefix.isEmpty ? "" : " after the prefix `\(prefix)`"
        return [
            Finding(
                path,
                "keys can be \(shortest) bytes, but \(keys) keys need \(digits) digits\(prefixed), "
                    + "\(needed) bytes",
                "raise the smallest key size (`min: \(needed)`), or have fewer keys")
        ]
    }
}

extension SizeSpec {
    func findings(_ path: String, _ popularity: Popularity, limit: Double) -> [Finding] {
        var findings = distribution.findings(path)
        if let hot {
            findings += hot.distribution.findings("\(path).hot")
            if !(hot.top > 0 && hot.top < 1) {
                findings.append(
                    Finding(
                        "\(path).hot.top", "top \(hot.top.plainText) is not between 0 and 1",
                        "state the fraction of the keys, such as 0.01"))
            }
            if !byKeySize.isEmpty {
                findings.append(
                    Finding(
                        "\(path).hot", "both `hot` and `joint`", "give sizes one of them"))
            }
            if !popularity.hasHotKeys {
                findings.append(
                    Finding(
                        "\(path).hot", "a hot class, but with this popularity no key is hot",
                        "remove `hot`, or give the keyspace a `popularity`"))
            }
        }
        for (index, entry) in byKeySize.enumerated() {
            findings += entry.distribution.findings("\(path).joint[\(index)]")
            if index > 0 && entry.upTo <= byKeySize[index - 1].upTo {
                findings.append(
                    Finding(
                        "\(path).joint[\(index)]", "classes of key sizes must ascend",
                        "sort them by `key_up_to`"))
            }
        }
        if !(jitter >= 0 && jitter < 1) {
            findings.append(
                Finding(
                    "\(path).jitter", "jitter \(jitter.plainText) is not in [0, 1)",
                    "state a share of the value, such as 0.1"))
        }
        guard findings.isEmpty else { return findings }
        if let least, let most, least > most {
            findings.append(
                Finding(path, "min \(least.plainText) is above max \(most.plainText)", "swap them"))
        }
        let isAlone = hot == nil && byKeySize.isEmpty && jitter == 0
        for range in [distribution.support, hot?.distribution.support].compactMap({ $0 }) {
            let (low, high) = (range.lowerBound.plainText, range.upperBound.plainText)
            if let least, least > range.upperBound || (least <= range.lowerBound && isAlone) {
                findings.append(
                    Finding(
                        "\(path).min",
                        "min \(least.plainText) does nothing sensible to sizes of \(low) to "
                            + high,
                        "remove it, or state the distribution you mean"))
            }
            if let most, most < range.lowerBound || (most >= range.upperBound && isAlone) {
                findings.append(
                    Finding(
                        "\(path).max",
                        "max \(most.plainText) does nothing sensible to sizes of \(low) to "
                            + high,
                        "remove it, or state the distribution you mean"))
            }
        }
        if support.upperBound > limit {
            findings.append(
                Finding(
                    path, "up to \(support.upperBound.plainText) is too much",
                    "stay at or below \(limit.plainText)"))
        }
        return findings
    }
}

extension Distribution {
    func findings(_ path: String) -> [Finding] {
        var findings: [Finding] = []
        func add(_ key: String, _ problem: String, _ remedy: String) {
            findings.append(Finding("\(path).\(key)", problem, remedy))
        }
        switch self {
        case .constant(let value):
            if value < 0 { add("constant", "negative size \(value.plainText)", "use 0 or more") }
        case .uniform(let least, let most):
            if least < 0 || least > most {
                add(
                    "uniform", "uniform from \(least.plainText) to \(most.plainText)",
                    "use 0 ≤ min ≤ max")
            } else if least != least.rounded() || most != most.rounded() {
                add("uniform", "uniform between fractions of a byte", "use whole numbers")
            }
        case .discrete(let values):
            if values.contains(where: { $0.value < 0 || $0.weight < 0 }) {
                add("discrete", "a negative value or weight", "use 0 or more")
            }
            if values.reduce(0, { $0 + $1.weight }) <= 0 {
                add("discrete", "the weights sum to 0", "give at least one value a weight")
            }
            if Set(values.map(\.value)).count != values.count {
                add("discrete", "a value is listed twice", "add its weights up")
            }
            if values.count > 65_534 {
                add("discrete", "\(values.count) values", "use at most 65534")
            }
        case .quantiles(let points):
            if points.first?.percent != 0 || points.last?.percent != 100 {
                add(
                    "quantiles", "p0 or p100 is missing",
                    "state the smallest and the largest size: the tails are yours to decide")
            }
            for (point, next) in zip(points, points.dropFirst()) where point.value > next.value {
                let (low, high) = (point.description, next.description)
                add("quantiles", "\(low) is above \(high)", "percentiles must not descend")
            }
            if points.contains(where: { $0.value < 0 }) {
                add("quantiles", "a negative size", "use 0 or more")
            }
        case .formula(let form):
            findings += form.findings(path)
        case .piecewise(let ranges):
            for (index, range) in ranges.enumerated() {
                if !(range.least >= 0 && range.least <= range.most && range.weight >= 0)
                    || range.least != range.least.rounded() || range.most != range.most.rounded()
                {
                    add(
                        "piecewise[\(index)]",
                        "a range from \(range.least.plainText) to \(range.most.plainText)",
                        "use whole numbers, 0 ≤ from ≤ to, and a weight of 0 or more")
                }
            }
            if ranges.reduce(0, { $0 + $1.weight }) <= 0 {
                add("piecewise", "the weights sum to 0", "give at least one range a weight")
            }
        case .mixture(let parts):
            if parts.contains(where: { $0.weight < 0 })
                || parts.reduce(0, { $0 + $1.weight }) <= 0
            {
                add("mixture", "weights that are negative or sum to 0", "weigh each part above 0")
            }
            for (index, part) in parts.enumerated() {
                findings += part.distribution.findings("\(path).mixture[\(index)]")
            }
        }
        return findings
    }
}

extension ClosedForm {
    func findings(_ path: String) -> [Finding] {
        let (name, spread, shape): (String, Double, Double) =
            switch self {
            case .normal(_, let deviation): ("normal", deviation, 0)
            case .lognormal(let median, let sigma): ("lognormal", min(median, sigma), 0)
            case .gev(_, let scale, let shape): ("gev", scale, shape)
            case .gpd(_, let scale, let shape): ("gpd", scale, shape)
            }
        var findings: [Finding] = []
        if !(spread > 0 && spread.isFinite) {
            findings.append(
                Finding(
                    "\(path).\(name)", "a spread of \(spread.plainText)",
                    "use a deviation, sigma or scale above 0 (and a median above 0)"))
        }
        // From shape 1 on there is no mean; published ones are below 0.4.
        if !(shape > -1 && shape < 1) {
            findings.append(
                Finding(
                    "\(path).\(name)", "shape \(shape.plainText) is not between -1 and 1",
                    "a distribution of sizes has a mean: use a shape inside"))
        }
        return findings
    }
}
