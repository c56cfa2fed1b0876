// What servers may not do, on made-up ones: answers that are wrong, and loads that break off. The
// record keeps what was measured, and says who did what.
import Experiments
import LoadGenerator
import RunRecord
import Testing

@Suite struct RoundFailureTests {
    private static func rounds(_ b: Script, beside a: Script = Script()) -> ScriptedRounds {
        ScriptedRounds([("a", a), ("b", b)])
    }

    private static func breaking(
        _ reason: LoadFailure.Reason = .closed, round: Int = 0, slice: Int = 1
    ) -> Script {
        var script = Script()
        script.breaks = (round: round, slice: slice, reason: reason)
        return script
    }

    // MARK: answers

    /// Three errors in each of four slices.
    private static func failing() -> Script {
        var script = Script()
        script.spoil = { $0.commands[0].errors = 3 }
        return script
    }

    @Test func errorsBreakASide() throws {
        let script = Self.rounds(Self.failing())
        let failure = try #require(try script.run { $0.rounds = 3 })
        #expect(failure.kind == .invalid)
        #expect(failure.description.contains("b: 12 of 20000 requests were answered with errors"))
        let incident = try #require(script.record.incidents.first)
        #expect(script.record.incidents.count == 1)
        #expect(incident.target == "b" && incident.kind == .errors && incident.round == 0)
        #expect(incident.count == 12 && incident.of == 20_000 && incident.workload == "get")
        // The slices are evidence; readings of a round that failed are none.
        #expect(script.record.rounds.map(\.slices.count) == [4, 4])
        #expect(script.record.results.isEmpty)
        #expect(script.journal.labels(.stop).sorted() == ["a", "b"])
    }

    @Test func errorsThatWereAskedForAreMeasured() throws {
        let script = Self.rounds(Self.failing())
        let failure = try script.run { $0.errorPolicy = .ignore }
        #expect(failure == nil && script.record.incidents.isEmpty)
        #expect(script.value(.errorRatio, "b") == 0.0006 && script.value(.errorRatio, "a") == 0)
    }

    @Test func wrongValuesOutweighErrors() throws {
        var script = Self.failing()
        script.spoil = {
            $0.commands[0].errors = 3
            $0.answers.wrong = 1
        }
        let rounds = Self.rounds(script)
        let failure = try #require(try rounds.run { $0.errorPolicy = .ignore })
        #expect(failure.description.contains("b: wrong values in 4 of 20000 replies"))
        #expect(rounds.record.incidents.map(\.kind) == [.wrongValues])
        #expect(rounds.totals("b").map(\.wrongValues) == [4])
    }

    @Test func lostKeysAreCounted() throws {
        var script = Script()
        script.spoil = { $0.answers.lost = 2 }
        let rounds = Self.rounds(script)
        let failure = try #require(try rounds.run())
        #expect(failure.description.contains("b: lost keys in 8 of 20000 replies"))
        #expect(rounds.record.incidents.map(\.kind) == [.lostKeys])
        #expect(rounds.totals("b").map(\.lostKeys) == [8])
    }

    /// A server that finds fewer keys than the baseline under the same load has lost some.
    @Test func hitsAreThoseOfTheBaseline() throws {
        func forgetting(_ share: Double) -> Script {
            var script = Script()
            script.spoil = {
                $0.commands[0].nulls = UInt64(Double($0.commands[0].operations) * share)
            }
            return script
        }
        let apart = Self.rounds(forgetting(0.1))
        let failure = try #require(try apart.run())
        #expect(failure.description.contains("90 % of the look-ups found their key"))
        #expect(apart.record.incidents.map(\.kind) == [.hitRatio])
        #expect(apart.record.incidents.map(\.target) == ["b"])
        let alike = Self.rounds(forgetting(0.1), beside: forgetting(0.1))
        #expect(try alike.run() == nil)
        #expect(alike.value(.hitRatio, "a") == 0.9)
    }

    // MARK: loads that break off

    /// The other is driven to the end of one more block: what both do is nobody's regression.
    @Test func aBrokenSideIsLeftAndTheOtherLookedAt() throws {
        let script = Self.rounds(Self.breaking())
        let failure = try #require(try script.run { $0.blocks = 9 })
        #expect(failure.kind == .invalid && failure.incident?.target == "b")
        #expect(script.journal.labels(.broken) == ["b"])
        let slices = script.journal.labels(.slice)
        #expect(slices.filter { $0 == "b" }.count == 1)
        #expect(slices.filter { $0 == "a" }.count == 4)
        #expect(script.record.incidents.map(\.kind) == [.crashed])
        #expect(script.record.incidents.map(\.round) == [0])
        let kept = script.record.rounds.map { "\($0.target) \($0.slices.count)" }
        #expect(kept.sorted() == ["a 4", "b 1"])
        #expect(script.record.results.isEmpty)
    }

    @Test func bothSidesAreNamed() throws {
        let script = Self.rounds(Self.breaking(), beside: Self.breaking(slice: 2))
        let failure = try #require(try script.run { $0.blocks = 9 })
        #expect(failure.incident?.target == "b", "the first ends the round")
        #expect(script.record.incidents.map(\.target).sorted() == ["a", "b"])
        #expect(script.record.incidents.allSatisfy { $0.round == 0 && $0.kind == .crashed })
    }

    @Test(arguments: [
        (LoadFailure.Reason.stalled(seconds: 30), RunRecord.Incident.Kind.hung),
        (LoadFailure.Reason.closed, RunRecord.Incident.Kind.crashed),
        (LoadFailure.Reason.unexpectedReply, RunRecord.Incident.Kind.wrongValues),
    ])
    func theReasonIsTheIncident(
        reason: LoadFailure.Reason, kind: RunRecord.Incident.Kind
    ) throws {
        let script = Self.rounds(Self.breaking(reason))
        let failure = try #require(try script.run())
        #expect(failure.kind == .invalid && failure.description.hasPrefix("b: 127.0.0.1:1 "))
        #expect(script.record.incidents.map(\.kind) == [kind])
    }

    /// Where the process is known to be gone, that is the cause.
    @Test func theServersEndComesFirst() throws {
        var dying = Self.breaking(.stalled(seconds: 30))
        dying.death = "b was killed by signal 9"
        let script = Self.rounds(dying)
        let failure = try #require(try script.run())
        #expect(failure.description.hasPrefix("b was killed by signal 9; look in its log"))
        #expect(script.record.incidents.map(\.kind) == [.crashed])
        #expect(script.record.incidents.map(\.detail) == ["b was killed by signal 9"])
    }

    /// What nobody is to blame for ends the round at once.
    @Test func otherFailuresEndTheRound() throws {
        let script = Self.rounds(Self.breaking(.unusable))
        let failure = try #require(try script.run { $0.blocks = 9 })
        #expect(failure.kind == .invalid && failure.incident == nil)
        #expect(script.record.incidents.isEmpty)
        #expect(script.journal.entries.last { $0.kind != .stop }?.kind == .broken)
        #expect(script.journal.labels(.stop).count == 2)
    }

    @Test func anInterruptionIsNoFault() throws {
        let script = Self.rounds(Self.breaking(.interrupted))
        let failure = try #require(try script.run())
        #expect(failure.kind == .interrupted && failure.description == "interrupted")
        #expect(script.record.incidents.isEmpty)
    }

    /// As an external client fails: its own words, and the server's end where that is behind it.
    @Test func aProgramsFailureIsToldInItsWords() throws {
        let script = Self.rounds(Self.breaking(.program("client exited with 1; run it by hand")))
        let failure = try #require(try script.run())
        #expect(failure.description == "client exited with 1; run it by hand")
        #expect(failure.kind == .invalid && script.record.incidents.isEmpty)
        var dying = Self.breaking(.program("client exited with 1; run it by hand"))
        dying.death = "b was killed by signal 9"
        let gone = Self.rounds(dying)
        #expect(try gone.run()?.description == "b was killed by signal 9")
        #expect(gone.record.incidents.map(\.kind) == [.crashed])
    }

    @Test func theRoundsBeforeAFailureStand() throws {
        let script = Self.rounds(Self.breaking(round: 2))
        let failure = try #require(try script.run { $0.rounds = 5 })
        #expect(failure.incident?.target == "b")
        #expect(script.record.incidents.map(\.round) == [2])
        let cpu = script.record.results.filter { $0.metric == Metric.serverCPU.id }
        #expect(cpu.map(\.samples) == [[500, 500], [500, 500]])
        #expect(Set(script.record.rounds.map(\.round)) == [0, 1, 2])
    }

    // MARK: launches

    @Test(arguments: [0, 2])
    func onlyAFirstLaunchIsSetUp(round: Int) throws {
        let script = Self.rounds(Script())
        script.refuses = (label: "b", round: round)
        let failure = try #require(try script.run { $0.rounds = 4 })
        #expect(failure.kind == (round == 0 ? .setUp : .invalid))
        #expect(
            failure.description
                == (round == 0 ? "b did not start" : "round 3: b did not start"))
        #expect(script.record.incidents.map(\.kind) == [.didNotStart])
        #expect(script.record.incidents.map(\.round) == [round])
        #expect(script.journal.labels(.launch).count == 2 * round + 1, "the other one is tried")
        #expect(script.journal.labels(.stop).count == 2 * round + 1)
    }
}
