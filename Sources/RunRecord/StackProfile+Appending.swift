// Profiles of one target and load become one: a server that is launched anew each round is sampled
// by a sampler of its own each time, with stacks in an order of its own.

extension StackProfile {
    /// Takes over the rounds of another profile of the same target, load and unit.
    public mutating func append(_ other: StackProfile) {
        let places = Places(self)
        var frameNumbers: [Int] = []
        for frame in other.frames {
            frameNumbers.append(places.frames[frame] ?? frames.count)
            if frameNumbers.last == frames.count { frames.append(frame) }
        }
        var stackNumbers: [Int] = []
        for stack in other.stacks {
            let path = stack.map { frameNumbers[$0] }
            stackNumbers.append(places.stacks[path] ?? stacks.count)
            if stackNumbers.last == stacks.count { stacks.append(path) }
        }
        quality.add(other.quality, weights: (time, other.time))
        buildIDs.merge(other.buildIDs) { own, _ in own }
        for round in other.rounds {
            var weights = [Double](repeating: 0, count: stacks.count)
            for (stack, weight) in zip(stackNumbers, round.weights) { weights[stack] += weight }
            rounds.append(Round(weights: weights, operations: round.operations, total: round.total))
        }
    }

    /// What all rounds together stand for.
    private var time: Double { rounds.reduce(0) { $0 + $1.total } }

    /// Where what is known already stands.
    private struct Places {
        var frames: [Frame: Int] = [:]
        var stacks: [[Int]: Int] = [:]

        init(_ profile: StackProfile) {
            for (number, frame) in profile.frames.enumerated() { frames[frame] = number }
            for (number, stack) in profile.stacks.enumerated() { stacks[stack] = number }
        }
    }
}

extension StackProfile.Quality {
    /// - Parameter weights: how much each side's share of samples counts.
    fileprivate mutating func add(_ other: Self, weights: (own: Double, other: Double)) {
        samples += other.samples
        lost += other.lost
        complete += other.complete
        namedUserLeaves += other.namedUserLeaves
        userSamples += other.userSamples
        let sum = weights.own + weights.other
        if let own = sampledShare, let others = other.sampledShare, sum > 0 {
            sampledShare = (own * weights.own + others * weights.other) / sum
        } else {
            sampledShare = sampledShare ?? other.sampledShare
        }
        for remark in other.remarks { add(remark) }
    }

    /// A remark is told once, of the launch where its number was largest.
    private mutating func add(_ remark: String) {
        let words = Self.words(remark)
        guard let same = remarks.firstIndex(where: { Self.words($0) == words }) else {
            return remarks.append(remark)
        }
        if Self.firstNumber(remark) > Self.firstNumber(remarks[same]) { remarks[same] = remark }
    }

    /// Without its numbers.
    private static func words(_ remark: String) -> String {
        String(remark.filter { !$0.isNumber && $0 != "." })
    }

    private static func firstNumber(_ remark: String) -> Double {
        let digits = remark.drop { !$0.isNumber }.prefix { $0.isNumber || $0 == "." }
        return Double(digits) ?? 0
    }
}
