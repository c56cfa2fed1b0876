// What is drawn on a terminal and what is written into a log, by a clock that the test moves.
import Progress
import Testing

/// Keeps what is shown, in order.
private final class Paper: ProgressSurface {
    var columns: Int?
    var milliseconds: UInt64 = 0
    private(set) var drawn: [String] = []
    private(set) var notes: [String] = []
    private(set) var erasures = 0

    init(columns: Int?) { self.columns = columns }

    func draw(_ line: String) { drawn.append(line) }
    func erase() { erasures += 1 }
    func note(_ line: String) { notes.append(line) }

    /// A run of 100 s that has just begun its first round.
    func bar() -> ProgressBar {
        let bar = ProgressBar(on: self, now: { self.milliseconds * 1_000_000 })
        bar.start("gate", seconds: 100)
        bar.begin("round 1 of 2", 0...0.5)
        return bar
    }
}

@Suite struct ProgressBarTests {
    @Test(arguments: [(60, 11), (100, 19), (200, 19)])
    func theLineFitsTheTerminal(columns: Int, bar: Int) {
        let paper = Paper(columns: columns)
        let progress = paper.bar()
        paper.milliseconds = 25_000
        progress.end()
        progress.begin("round 2 of 2", 0.5...1)
        #expect(paper.drawn.count == 2)
        let empty = String(repeating: " ", count: bar)
        #expect(paper.drawn[0].hasPrefix("gate · round 1 of 2   "))
        #expect(paper.drawn[0].hasSuffix("   [\(empty)]   0 %  1m 40s left"))
        let room = min(columns, 100) - 1
        // One column is kept for a time that is longer.
        #expect(paper.drawn[0].count == room - 1)
        #expect(paper.drawn.allSatisfy { $0.count <= room })
    }

    @Test func halfOfTheWay() {
        let paper = Paper(columns: 60)
        let progress = paper.bar()
        paper.milliseconds = 25_000
        progress.advance(to: 1)
        #expect(paper.drawn.last == "gate · round 1 of 2       [█████▌     ]  50 %  25s left")
    }

    @Test func wordsAreCutWhereThereIsNoRoom() {
        let paper = Paper(columns: 60)
        let progress = paper.bar()
        paper.milliseconds = 100
        progress.say("launching and filling candidate")
        #expect(paper.drawn.last?.hasPrefix("gate · round 1 of 2       [") == true)
        paper.columns = 40
        paper.milliseconds = 200
        progress.say("launching and filling baseline")
        #expect(paper.drawn.last?.contains("[") == false, "no bar beside words of ten letters")
        #expect(paper.drawn.last?.hasSuffix("  0 %  1m 40s left") == true)
        for columns in 1..<120 {
            paper.columns = columns
            paper.milliseconds += 100
            progress.say("\(columns)")
            #expect((paper.drawn.last?.count ?? 0) < max(columns, 1))
        }
    }

    /// Whatever else is cut: which round of how many, how much of all, how long still.
    @Test(arguments: [40, 60, 80, 100, 200])
    func countPercentageAndTimeStayWhole(columns: Int) {
        let paper = Paper(columns: columns)
        let progress = ProgressBar(on: paper, now: { paper.milliseconds * 1_000_000 })
        progress.start("gate selftest", seconds: 5_400)
        paper.milliseconds = 1_800_000
        progress.begin("a-workload-with-a-long-name: round 2 of 3 (screen)", 0.333...0.666)
        paper.milliseconds += 200
        progress.say("launching and filling a-server-with-a-long-label")
        #expect(paper.drawn.count == 2)
        for line in paper.drawn {
            #expect(line.contains("round 2 of 3"), "\(line)")
            #expect(line.hasSuffix("  33 %  1h 00m left"), "\(line)")
            #expect(line.contains("[") == (columns > 40), "\(line)")
            #expect(line.count < columns, "\(line)")
        }
        #expect(paper.drawn[0].contains("gate selftest") == (columns >= 100))
    }

    @Test func whatIsUnderWayIsCutFirst() {
        let paper = Paper(columns: 80)
        let progress = paper.bar()
        paper.milliseconds = 100
        progress.say("launching and filling candidate")
        #expect(paper.drawn.last?.hasPrefix("gate · round 1 of 2 · launching and fi…   [") == true)
    }

    @Test func atMostTenDrawingsASecond() {
        let paper = Paper(columns: 80)
        let progress = paper.bar()
        for step in 1...1_000 {
            paper.milliseconds += 1
            progress.advance(to: Double(step) / 1_000)
        }
        #expect(paper.drawn.count == 11, "the first, and ten of a second")
        #expect(paper.notes.isEmpty)
    }

    @Test func aLogHasALineForEachPhaseTwoSecondsApart() {
        let paper = Paper(columns: nil)
        let progress = paper.bar()
        #expect(paper.notes == ["gate · round 1 of 2: 0 %, 1m 40s left"])
        paper.milliseconds = 1_000
        progress.end()
        progress.begin("round 2 of 2", 0.5...1)
        #expect(paper.notes.count == 1, "too soon")
        paper.milliseconds = 2_000
        progress.advance(to: 0)
        #expect(paper.notes.last == "gate · round 2 of 2: 50 %, 2s left")
        for step in 1...100 {
            paper.milliseconds += 2_000
            progress.say("slice \(step)")
        }
        #expect(paper.notes.count == 2, "nothing has changed but a detail")
        progress.advance(to: 0.2)
        #expect(paper.notes.count == 3, "another tenth")
        #expect(paper.notes[2].hasPrefix("gate · round 2 of 2 · slice 100: 60 %, "))
        #expect(paper.drawn.isEmpty)
        #expect(!paper.notes.joined().contains("\u{1b}") && !paper.notes.joined().contains("\r"))
    }

    @Test func whatHasNoEndHasNoNumbers() {
        let paper = Paper(columns: 60)
        let progress = ProgressBar(on: paper, now: { paper.milliseconds * 1_000_000 })
        progress.start("replay")
        progress.begin("trace", nil)
        #expect(paper.drawn == ["replay · trace"])
    }

    @Test func longTimesAreInHours() {
        let paper = Paper(columns: nil)
        let progress = ProgressBar(on: paper, now: { paper.milliseconds * 1_000_000 })
        progress.start("suite", seconds: 7_500)
        progress.begin("round 1", 0...1)
        #expect(paper.notes == ["suite · round 1: 0 %, 2h 05m left"])
    }

    @Test func messagesStayAndTheLineGoes() {
        let paper = Paper(columns: 60)
        let progress = paper.bar()
        progress.tell("valkey-7.2  get-16x64  212 k/s per core (round 1)")
        #expect(paper.notes == ["valkey-7.2  get-16x64  212 k/s per core (round 1)"])
        progress.finish()
        #expect(paper.erasures == 1)
    }
}
