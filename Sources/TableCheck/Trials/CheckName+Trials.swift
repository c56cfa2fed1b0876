// The trials of each check, by number: simple ones first, for the first that fails is the one that
// is shortened.
import Distributions

extension CheckName {
    func trialCount(_ plan: CheckPlan) -> Int {
        switch self {
        case .descriptor, .options, .readers, .writers, .comparisons: 0
        case .short: ShortSequences(depth: plan.depth).count * Self.shortModes.count
        case .random: Self.randomTrials(plan).count
        case .growth: 2 * Self.growthModes.count + 1
        case .scan: Self.scanModes.count * 3
        case .batch: HashMode.allCases.count
        case .keys: Self.paddings(plan).count
        case .empty, .draw, .memory, .two: 2
        }
    }

    /// Nil for a number that has nothing to try.
    func trial(_ number: Int, _ plan: CheckPlan) -> Trial? {
        let seed = SplitMix64.seed(plan.seed, UInt64(number))
        switch self {
        case .descriptor, .options, .readers, .writers, .comparisons: return nil
        case .empty: return Self.emptyTrial(number)
        case .short:
            let modes = Self.shortModes
            return ShortSequences(depth: plan.depth).operations(number / modes.count).map {
                Trial(modes[number % modes.count], $0)
            }
        case .random:
            let (mode, sequence) = Self.randomTrials(plan)[number]
            return Trial(mode, sequence.make(seed))
        case .growth: return Self.growthTrial(number, plan)
        case .scan: return Self.scanTrial(number, seed)
        case .draw: return Self.drawTrial(number, seed)
        case .batch: return Self.batchTrial(HashMode.allCases[number], seed)
        case .keys: return Self.keysTrial(Self.paddings(plan)[number])
        case .memory: return Self.memoryTrial(number == 0 ? .uniform : .colliding)
        case .two:
            let sequence = RandomOperations(
                keys: 20, operations: 2_000, verifyEvery: 100, usesTwo: true)
            return Trial(number == 0 ? .uniform : .colliding, sequence.make(seed))
        }
    }

    private static let shortModes: [HashMode] = [.sequential, .colliding]

    private static func emptyTrial(_ number: Int) -> Trial {
        let key = Datum.key(0)
        let all: [TrialOperation] = [
            .verify, .get(key), .erase(key), .many([key]), .scanAll, .random(7), .settle,
            .put(key, .value(0)), .erase(key), .verify, .get(key), .scanAll, .random(7),
        ]
        return Trial(.uniform, number == 0 ? [] : all)
    }

    /// Where all hashes are the same, tables search one by one: those stay small.
    private static func randomTrials(
        _ plan: CheckPlan
    ) -> [(mode: HashMode, sequence: RandomOperations)] {
        let few = min(plan.operations, 2_000)
        let some = min(plan.operations, 20_000)
        var trials: [(mode: HashMode, sequence: RandomOperations)] = []
        for mode in HashMode.allCases {
            trials.append((mode, RandomOperations(keys: 8, operations: few, verifyEvery: 20)))
            trials.append((mode, RandomOperations(keys: 150, operations: few, verifyEvery: 200)))
        }
        for mode in HashMode.allCases where mode != .colliding {
            trials.append(
                (mode, RandomOperations(keys: 2_000, operations: some, verifyEvery: some / 4)))
        }
        let many = plan.operations
        let large = RandomOperations(
            keys: max(many / 2, 1), operations: many, verifyEvery: max(many / 3, 1))
        trials.append((.uniform, large))
        return trials
    }

    // MARK: Growth

    private static let growthModes: [HashMode] = [.uniform, .sequential, .low, .high]

    /// Small tables are verified at every size; the last one is as large as the plan has it.
    private static func growthTrial(_ number: Int, _ plan: CheckPlan) -> Trial {
        let isLast = number == 2 * growthModes.count
        let keys = isLast ? max(plan.operations / 2, 1) : number < growthModes.count ? 100 : 1_500
        var sequence: [TrialOperation] = []
        var nextVerify = 1
        for key in 0..<keys {
            sequence.append(.put(.key(key), .value(key)))
            // What has just moved, or is about to.
            if !isLast { sequence.append(.get(.key(key / 2))) }
            if key + 1 == nextVerify {
                sequence.append(.verify)
                nextVerify = isLast ? nextVerify * 3 : nextVerify + 1 + nextVerify / 16
            }
        }
        sequence += [.verify, .settle, .verify]
        for key in 0..<keys {
            sequence.append(.erase(.key(key)))
            if !isLast { sequence.append(.get(.key(key + (keys - key) / 2))) }
            if key % max(keys / 8, 1) == 0 { sequence.append(.verify) }
        }
        sequence += [.verify, .settle, .verify]
        return Trial(isLast ? .uniform : growthModes[number % growthModes.count], sequence)
    }

    // MARK: Scan

    private static let scanModes: [HashMode] = [.uniform, .sequential, .colliding]

    /// Of tables that stay as they are, that grow, and that shrink while they are scanned.
    private static func scanTrial(_ number: Int, _ seed: UInt64) -> Trial {
        let mode = scanModes[number % scanModes.count]
        let keys = mode == .colliding ? 60 : 400
        var random = Xoshiro256PlusPlus(seed: seed)
        var sequence: [TrialOperation] = []
        func fill() { for key in 0..<keys { sequence.append(.put(.key(key), .value(key))) } }
        switch number / scanModes.count {
        case 0:
            for key in 0..<keys {
                sequence.append(.put(.key(key), .value(key)))
                if key < 20 || key % 50 == 0 { sequence.append(.scanAll) }
            }
        case 1:
            fill()
            for key in keys..<(keys * 5) {
                sequence.append(.put(.key(key), .value(key)))
                if random.next() % 4 == 0 { sequence.append(.scan) }
                if random.next() % 8 == 0 { sequence.append(.step) }
            }
        default:
            fill()
            for key in 0..<keys where key % 8 != 0 {
                sequence.append(.erase(.key(key)))
                if random.next() % 2 == 0 { sequence.append(.scan) }
                if random.next() % 8 == 0 { sequence.append(.step) }
            }
        }
        sequence += [.finish, .scanAll]
        return Trial(mode, sequence)
    }

    // MARK: Random entries and batches

    static let drawnKeys = 50
    /// Of each key, were all chosen alike: one that is never chosen then comes to one in 10^17.
    static let drawsPerKey = 40

    private static func drawTrial(_ number: Int, _ seed: UInt64) -> Trial {
        var random = Xoshiro256PlusPlus(seed: seed)
        let keys = number == 0 ? 1 : drawnKeys
        var sequence = (0..<keys).map { TrialOperation.put(.key($0), .value($0)) }
        for draw in [0, UInt64.max] { sequence.append(.random(draw)) }
        for _ in 0..<(keys * drawsPerKey) { sequence.append(.random(random.next())) }
        return Trial(.uniform, sequence)
    }

    private static func batchTrial(_ mode: HashMode, _ seed: UInt64) -> Trial {
        var random = Xoshiro256PlusPlus(seed: seed)
        var sequence: [TrialOperation] = [.many([]), .many([.key(1)])]
        for number in 0..<200 {
            sequence.append(.put(.key(number), .value(number)))
            if number % 10 != 9 { continue }
            // Half of them are there, some twice.
            for size in [1, 2, 16, 64] {
                sequence.append(
                    .many(
                        (0..<size).map { _ in Datum.key(Int(random.next() % UInt64(2 * number))) }))
            }
            sequence.append(.erase(.key(number / 2)))
        }
        return Trial(mode, sequence)
    }

    // MARK: Bytes and memory

    /// The longest key, alone in its table.
    private static let longest = 64 << 20

    /// Of keys and values; a short check has no long ones.
    private static func paddings(_ plan: CheckPlan) -> [Int] {
        [0, 1, 300, 65_536, 16 << 20, longest].filter { $0 < plan.operations * 1_024 }
    }

    private static func keysTrial(_ padding: Int) -> Trial {
        if padding == longest {
            let key = Datum.key(0, padding: padding)
            return Trial(.uniform, [.put(key, .value(0)), .get(key), .erase(key)])
        }
        // Two of the longest are enough to be told apart.
        let isLong = padding > 65_536
        let numbers = 0..<(isLong ? 1 : 3)
        let fills = isLong ? [Datum.Fill.dots] : Datum.Fill.allCases
        var keys = isLong ? [] : [Datum.empty(.key)]
        for fill in fills {
            keys += numbers.map { Datum.key($0, fill, padding: padding) }
            // The same but for a byte at its beginning.
            keys += numbers.map { Datum.key($0, fill, padding: padding + 1) }
        }
        var sequence: [TrialOperation] = []
        for (index, key) in keys.enumerated() {
            let value = index % 3 == 0 ? Datum.empty(.value) : .value(index, padding: padding)
            sequence += [.get(key), .put(key, value), .get(key)]
        }
        sequence.append(.verify)
        for (index, key) in keys.enumerated() where index % 2 == 0 {
            sequence += [.put(key, .value(index + 1_000)), .erase(key), .get(key)]
        }
        sequence.append(.verify)
        return Trial(.colliding, sequence)
    }

    private static func memoryTrial(_ mode: HashMode) -> Trial {
        let keys = 300
        var sequence: [TrialOperation] = []
        for round in 0..<2 {
            for key in 0..<keys { sequence.append(.put(.key(key), .value(key))) }
            sequence.append(.verify)
            // Longer, then shorter than they were.
            for padding in [200, 0] {
                for key in 0..<keys {
                    sequence.append(.put(.key(key), .value(key + round, padding: padding)))
                }
                sequence.append(.verify)
            }
            for key in 0..<keys { sequence.append(.erase(.key(key))) }
            sequence += [.verify, .settle, .verify]
        }
        return Trial(mode, sequence)
    }
}

extension SplitMix64 {
    /// Of one of many.
    static func seed(_ seed: UInt64, _ number: UInt64) -> UInt64 {
        var mixer = SplitMix64(seed: seed ^ number &* 0x9e37_79b9_7f4a_7c15)
        return mixer.next()
    }
}
