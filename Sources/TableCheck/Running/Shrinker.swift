// A sequence that fails, made as short as it gets in the time that there is: delta debugging
// (ddmin) over operations, and then simpler keys, values and hashes. Each attempt is one question,
// whether what is left still fails in the same way.
//
// Credits: Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input" (TSE 2002).

struct Shrinker {
    /// Whether there is time for another question.
    let hasTime: () -> Bool
    /// Whether a trial fails as the first one did.
    let fails: (Trial) -> Bool

    func shrink(_ trial: Trial) -> Trial {
        var best = withoutWords(trial)
        // First, for fewer operations may do with hashes that can be foreseen.
        tries(Trial(.sequential, best.operations), &best)
        let hashes = best.hashes
        best.operations = Self.minimal(best.operations, hasTime: hasTime) {
            fails(Trial(hashes, $0))
        }
        return simplified(best)
    }

    private func tries(_ candidate: Trial, _ best: inout Trial) {
        guard candidate != best, hasTime(), fails(candidate) else { return }
        best = candidate
    }

    /// Without all operations of one word at once: a table that loses what was put needs no scans.
    private func withoutWords(_ trial: Trial) -> Trial {
        var best = trial
        var words: [String] = []
        for operation in trial.operations where !words.contains(operation.word) {
            words.append(operation.word)
        }
        for word in words.reversed() where words.count > 1 {
            tries(Trial(best.hashes, best.operations.filter { $0.word != word }), &best)
        }
        return best
    }

    /// Some of `items`, from which nothing more can be taken while it fails.
    /// - Parameter fails: true of `items`.
    static func minimal<Item>(
        _ items: [Item], hasTime: () -> Bool, _ fails: ([Item]) -> Bool
    ) -> [Item] {
        var items = items
        var parts = 2
        while !items.isEmpty {
            let size = max((items.count + parts - 1) / parts, 1)
            var isShorter = false
            var end = items.count
            // From behind: what comes first is what the rest stands on.
            while end > 0 {
                guard hasTime() else { return items }
                let start = max(end - size, 0)
                let rest = Array(items[..<start] + items[end...])
                if fails(rest) {
                    items = rest
                    isShorter = true
                }
                end = start
            }
            if size == 1 && !isShorter { return items }
            // In as many parts as before, for as long as that helps.
            if !isShorter { parts = min(parts * 2, items.count) }
            parts = max(min(parts, items.count), 2)
        }
        return items
    }

    // MARK: Simpler words

    private func simplified(_ trial: Trial) -> Trial {
        var best = trial
        tries(renumbered(best), &best)
        let plain = best.operations.map { operation in
            operation.mapValue { $0.isEmpty ? $0 : .value(Int($0.number)) }
        }
        tries(Trial(best.hashes, plain), &best)
        let same = best.operations.map { operation in
            operation.mapValue { $0.isEmpty ? $0 : $0.renumbered(0) }
        }
        tries(Trial(best.hashes, same), &best)
        return shorterKeys(best)
    }

    /// Keys by their first appearance, from `k0` on.
    private func renumbered(_ trial: Trial) -> Trial {
        var numbers: [UInt32: UInt32] = [:]
        for key in trial.operations.flatMap(\.keys) where !key.isEmpty {
            if numbers[key.number] == nil { numbers[key.number] = UInt32(numbers.count) }
        }
        let operations = trial.operations.map { operation in
            operation.mapKeys { $0.isEmpty ? $0 : $0.renumbered(numbers[$0.number] ?? 0) }
        }
        return Trial(trial.hashes, operations)
    }

    /// The padding of all keys and values, halved for as long as it fails.
    private func shorterKeys(_ trial: Trial) -> Trial {
        var best = trial
        while hasTime() {
            let halved = best.operations.map { operation in
                operation.mapKeys { $0.isEmpty ? $0 : $0.padded($0.padding / 2) }
                    .mapValue { $0.isEmpty ? $0 : $0.padded($0.padding / 2) }
            }
            let before = best
            tries(Trial(best.hashes, halved), &best)
            if best == before { return best }
        }
        return best
    }
}
