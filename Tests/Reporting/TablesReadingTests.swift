// A run of tables as it is read: changes with their intervals, and no winner without one.
import Reporting
import RunRecord
import Testing

@Suite struct TablesReadingTests {
    /// Two tables, the second of which takes `ratios` of the first's time.
    private func record(_ ratios: [Double]) -> RunRecord {
        var record = RunRecord(hashmarkVersion: "0", arguments: ["hashmark", "tables"], seed: 1)
        record.targets = [
            .init(label: "old", spelling: "valkey-7.2"),
            .init(label: "new", spelling: "valkey-9.1"),
        ]
        func add(_ metric: Metric, _ own: Conditions, _ values: (Double, Double)) {
            for (target, value) in [("old", values.0), ("new", values.1)] {
                record.results.append(
                    .init(metric, target: target, conditions: own, value: value))
            }
        }
        let place: Conditions = ["entries": 1_000_000, "key_size": 16, "load": "max"]
        func with(_ own: Conditions) -> Conditions { place.merging(own) { $1 } }
        let find = with(["hit_percent": 100, "batch": 1, "popularity": "zipf:0.99"])
        for (target, samples) in [
            ("old", ratios.map { _ in 100.0 }), ("new", ratios.map { $0 * 100 }),
        ] {
            record.results.append(
                .init(
                    .tableCPU("find"), target: target, conditions: find,
                    value: samples.sorted()[samples.count / 2], samples: samples))
        }
        add(.tableCPU("churn"), with(["turnovers": 1]), (300, 310))
        add(.memoryPerEntry(.sizeClass), place, (152, 113.5))
        add(.memoryPerEntry(.sizeClass), with(["turnovers": 1]), (153, 114.5))
        add(.tableEntries, place, (1_048_576, 917_504))
        add(.chainLengthShare(0), place, (0.36788, 0.0001))
        add(.chainLengthShare(8), place, (0.000125, 0.25))
        add(.chainLengthShare(2), place, (0.18394, 0.125))
        add(.chainLengthShare(3), place, (0, 0))
        let growth: Conditions = ["entries": 5_000, "entries_after": 10_000, "key_size": 16]
        add(.growthStallMax, growth, (14_321, 20_123))
        add(.clockTime, growth, (21, 21))
        add(.growthInserts(.starts), growth, (1, 2))
        return record
    }

    private static let clear = [0.60, 0.61, 0.62, 0.62, 0.63, 0.61, 0.62, 0.64]

    @Test func changesHaveIntervals() throws {
        let reading = RunReading(record(Self.clear))
        let text = reading.text()
        #expect(text.hasPrefix("new finds a key in 0.62"), "\(text)")
        #expect(text.contains("of old’s time at 1M entries in 25.3 % less memory"), "\(text)")
        #expect(text.contains("just before the first growth behind 1,000,000 entries"), "\(text)")
        #expect(text.contains("find-hit/1 zipf:0.99"), "\(text)")
        #expect(text.contains("paired, with their 95 % intervals"), "\(text)")
        let line = try #require(
            text.split(separator: "\n").first { $0.hasPrefix("find-hit/1") && $0.contains("[") })
        #expect(line.contains("62.0 −38.0 % [−39.") && line.hasSuffix(" %]"), "\(line)")
        #expect(text.contains("erase and insert after 1 ×"), "\(text)")
        #expect(text.contains("memory allocated (B/entry) after 1 ×"), "\(text)")
    }

    @Test func tooFewRoundsHaveNoWinner() {
        let coloured = TerminalStyle(width: 100, hasColour: true)
        func tones(_ ratios: [Double]) -> String {
            RunReading(record(ratios)).text(coloured).split(separator: "\n")
                .first { $0.contains("find-hit/1") }.map(String.init) ?? ""
        }
        #expect(tones(Self.clear).contains("\u{1b}["))
        // As far apart, and in fewer rounds than an interval takes.
        #expect(!tones([0.61, 0.62, 0.63]).contains("\u{1b}["))
        // As many rounds, and an interval with 0 in it.
        #expect(!tones([0.9, 1.1, 0.92, 1.08, 0.95, 1.04, 0.97, 1.06]).contains("\u{1b}["))
        let text = RunReading(record([0.61, 0.62, 0.63])).text()
        #expect(text.contains("no change has an interval, which takes 6 rounds"), "\(text)")
    }

    @Test func histogramsAndDoublingsAreTables() throws {
        let reading = RunReading(record(Self.clear))
        // A line says where most of them are; without `--detail` that is all.
        let short = reading.text()
        let line = try #require(
            short.split(separator: "\n").first { $0.hasPrefix("chain: mean, range") }, "\(short)")
        #expect(line.contains("≥ 0.37, 0–8+") && line.contains("≥ 2.25, 0–8+"), "\(line)")
        #expect(!short.contains("places with chains of "), "\(short)")
        #expect(short.contains("places by the length of their chains"), "\(short)")
        let text = reading.text(TerminalStyle(width: 100, showsDetail: true))
        let lines = text.split(separator: "\n").map(String.init)
        // By length; of the third there are none.
        let chains = lines.filter { $0.hasPrefix("places with chains of ") }
            .map { $0.dropFirst("places with chains of ".count).prefix { $0 != " " } }
        #expect(chains == ["0", "2", "8+"], "\(text)")
        #expect(text.contains("on the way from 5,000 to 10,000 entries; nothing is subtracted"))
        #expect(text.contains("of each: the clock itself (ns)"), "\(text)")
        // How many inserts grow a table, and how many entries it holds, is no merit.
        for name in ["grows the table: number of inserts", "entries  "] {
            let line = try #require(lines.first { $0.hasPrefix(name) }, "\(text)")
            #expect(!line.contains("%"), "\(line)")
        }
    }
}
