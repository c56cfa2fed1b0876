// The commands that combine sorted sets, and sets among them, whose members have the score 1:
// ZUNION, ZINTER, ZDIFF, their STORE forms, and ZINTERCARD.
import Keyspaces
import RESP

/// How the scores of one member in several sets become one.
private enum Aggregate {
    case sum, minimum, maximum

    func combine(_ one: Double, _ other: Double) -> Double {
        switch self {
        case .sum:
            let sum = one + other
            // Both infinities cancel each other out.
            return sum.isNaN ? 0 : sum
        case .minimum: return min(one, other)
        case .maximum: return max(one, other)
        }
    }
}

private struct CombineOptions {
    var weights: [Double]
    var aggregate = Aggregate.sum
    var withScores = false
}

extension Engine where K: ~Copyable {
    /// `numkeys key …` from the word at `index` on; nil after an error reply.
    private mutating func parseInputs(
        _ request: Request, at index: Int
    ) -> Range<Int>? {
        guard let number = argument(request, index).integer else {
            notAnInteger(request)
            return nil
        }
        guard number > 0 else {
            let name = Command.all[request.row].name
            fail(request, "ERR at least 1 input key is needed for '\(name)' command")
            return nil
        }
        guard number <= Int64(request.argumentCount - index - 1) else {
            syntaxError(request)
            return nil
        }
        return (index + 1)..<(index + 1 + Int(number))
    }

    /// The members of sets and sorted sets with their scores; nil after an error reply.
    private mutating func readInputs(
        _ request: Request, _ positions: Range<Int>
    ) -> [[ScoredMember]]? {
        var inputs: [[ScoredMember]] = []
        for position in positions {
            let key = keyspace.key(argument(request, position).bytes)
            switch keyspace.findCollection(key) {
            case .missing: inputs.append([])
            case .collection(let found) where found.type == .sortedSet || found.type == .set:
                inputs.append(withValues { values, _ in Self.members(of: found, values) })
            case .collection, .string:
                wrongType(request)
                return nil
            }
        }
        return inputs
    }

    private static func members(
        of collection: CollectionObject, _ values: borrowing Collections
    ) -> [ScoredMember] {
        var members: [ScoredMember] = []
        members.reserveCapacity(values.length(of: collection))
        if collection.type == .set {
            values.forEachMember(of: collection) { member in
                members.append(ScoredMember(member: member.withBytes { Array($0) }, score: 1))
            }
        } else {
            let ranks = 0..<values.length(of: collection)
            values.forEachMember(of: collection, ranks: ranks) { member, score in
                members.append(
                    ScoredMember(member: member.withBytes { Array($0) }, score: score))
            }
        }
        return members
    }

    /// WEIGHTS, AGGREGATE and WITHSCORES; nil after an error reply.
    private mutating func parseCombination(
        _ request: Request, from start: Int, inputs: Int, _ operation: SetOperation,
        stores: Bool
    ) -> CombineOptions? {
        var options = CombineOptions(weights: [Double](repeating: 1, count: inputs))
        var index = start
        while index < request.argumentCount {
            let word = argument(request, index)
            index += 1
            if word.isWord("weights"), operation != .difference,
                request.argumentCount - index >= inputs
            {
                for input in 0..<inputs {
                    guard let weight = ScoreText.parse(argument(request, index + input).bytes)
                    else {
                        fail(request, "ERR weight value is not a float")
                        return nil
                    }
                    options.weights[input] = weight
                }
                index += inputs
            } else if word.isWord("aggregate"), operation != .difference,
                index < request.argumentCount,
                let aggregate = Self.aggregate(argument(request, index))
            {
                options.aggregate = aggregate
                index += 1
            } else if word.isWord("withscores"), !stores {
                options.withScores = true
            } else {
                syntaxError(request)
                return nil
            }
        }
        return options
    }

    private static func aggregate(_ word: Argument) -> Aggregate? {
        if word.isWord("sum") { return .sum }
        if word.isWord("min") { return .minimum }
        return word.isWord("max") ? .maximum : nil
    }

    // MARK: Combining

    /// In the order of scores and members.
    private static func combine(
        _ inputs: [[ScoredMember]], _ operation: SetOperation, _ options: CombineOptions
    ) -> [ScoredMember] {
        var scores: [[UInt8]: Double] = [:]
        for (number, input) in inputs.enumerated() {
            var next: [[UInt8]: Double] = operation == .intersection ? [:] : scores
            for element in input {
                if operation == .difference, number > 0 {
                    next[element.member] = nil
                    continue
                }
                let product = element.score * options.weights[number]
                let weighted = product.isNaN ? 0 : product
                let old = scores[element.member]
                if operation == .intersection, number > 0, old == nil { continue }
                next[element.member] =
                    old.map { options.aggregate.combine($0, weighted) } ?? weighted
            }
            scores = next
        }
        return scores.map { ScoredMember(member: $0.key, score: $0.value) }.sorted {
            $0.score != $1.score
                ? $0.score < $1.score : $0.member.lexicographicallyPrecedes($1.member)
        }
    }

    /// ZUNION, ZINTER and ZDIFF.
    mutating func combineSorted(_ request: Request, _ operation: SetOperation) {
        guard let positions = parseInputs(request, at: 1) else { return }
        guard
            let options = parseCombination(
                request, from: positions.upperBound, inputs: positions.count, operation,
                stores: false),
            let inputs = readInputs(request, positions)
        else { return }
        let members = Self.combine(inputs, operation, options)
        reply.scored(members.count, withScores: options.withScores)
        for element in members {
            element.member.withUnsafeBytes {
                reply.scored(.bytes($0), element.score, withScores: options.withScores)
            }
        }
    }

    mutating func storeSorted(_ request: Request, _ operation: SetOperation) {
        guard let positions = parseInputs(request, at: 2) else { return }
        guard
            let options = parseCombination(
                request, from: positions.upperBound, inputs: positions.count, operation,
                stores: true),
            let inputs = readInputs(request, positions)
        else { return }
        let members = Self.combine(inputs, operation, options)
        let result = withValues { values, _ in
            let result = values.detached(.sortedSet)
            values.fill(sorted: result, members)
            return result
        }
        reply.integer(store(result, at: request.key))
    }

    mutating func zintercard(_ request: Request) {
        guard let (keys, limit) = parseCardinality(request) else { return }
        guard let inputs = readInputs(request, 2..<(2 + keys)) else { return }
        let options = CombineOptions(weights: [Double](repeating: 1, count: keys))
        let size = Self.combine(inputs, .intersection, options).count
        reply.integer(limit == 0 ? size : min(size, limit))
    }
}
