// What makes the numbers of some tests worth less: collected while they run, and said once at the
// end with the tests that it holds for, where a line for each would be the same line many times.
struct BenchDoubts {
    private struct Doubt {
        let cause: String
        let remedy: String
        /// With how much of it there was.
        var tests: [(title: String, extent: String)]
    }

    private var doubts: [Doubt] = []

    /// - Parameters:
    ///   - cause: the same for every test.
    ///   - extent: how much of it there was in this one: `97 %`.
    mutating func add(_ cause: String, in title: String, _ extent: String, _ remedy: String) {
        guard let index = doubts.firstIndex(where: { $0.cause == cause && $0.remedy == remedy })
        else {
            doubts.append(Doubt(cause: cause, remedy: remedy, tests: [(title, extent)]))
            return
        }
        // Of repetitions the first stands for all.
        guard !doubts[index].tests.contains(where: { $0.title == title }) else { return }
        doubts[index].tests.append((title, extent))
    }

    /// `throughput drifted within the test: GET (+31 %), SET (−28 %)`, and what to do.
    var warnings: [(cause: String, remedy: String)] {
        doubts.map { doubt in
            let tests = doubt.tests.map { "\($0.title) (\($0.extent))" }
            return ("\(doubt.cause): " + tests.joined(separator: ", "), doubt.remedy)
        }
    }
}
