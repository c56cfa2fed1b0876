// `hashmark counters` end to end: what valgrind and the kernel count on real servers.
import Foundation
import RunRecord
import TestSupport
import Testing

private func counters(_ flags: String...) throws -> RunRecord {
    let folder = TemporaryFolder()
    let json = folder.file("run.json")
    let program = try RunningProgram(
        [Hashmark.executable, "counters", "--json", json, "--quiet"] + flags)
    let output = program.finish(seconds: 120)
    try #require(output.ending == .exited(0), "\(output.stderr)")
    return try RunRecord.read(json)
}

extension RunRecord {
    fileprivate func value(_ metric: Metric, _ target: String) throws -> Double {
        try #require(results.first { $0.metric == metric.id && $0.target == target }?.value)
    }
}

@Suite(.serialized) struct CountersVerbTests {
    /// The releases' measured misses are 6.26 and 2.93, a ratio of 2.14.
    @Test func simulatedMissesSetTheTablesApartAndRepeat() throws {
        let flags = [
            "--mode", "simulated", "--target", "ref:valkey-7.2", "--target", "ref:valkey-9.1",
            "--seed", "7",
        ]
        let folder = TemporaryFolder()
        var records: [RunRecord] = []
        for name in ["a.json", "b.json"] {
            let output = try RunningProgram(
                [Hashmark.executable, "counters", "--quiet", "--json", folder.file(name)] + flags
            ).finish(seconds: 120)
            try #require(output.ending == .exited(0), "\(output.stderr)")
            records.append(try RunRecord.read(folder.file(name)))
        }
        let misses = Metric.simulated(.llReadMisses)
        let ratio =
            try records[0].value(misses, "valkey-7.2") / records[0].value(misses, "valkey-9.1")
        #expect(ratio > 1.9 && ratio < 2.4, "\(ratio)")
        // Bit for bit, every counter of both.
        #expect(records[0].results == records[1].results)
        #expect(records[0].results.contains { $0.conditions["d1"] == "49152,12,64" })
    }

    @Test func injectedMissesAreFound() throws {
        let record = try counters(
            "--mode", "simulated", "--target", "ref:valkey-9.1", "--target",
            "chased=ref:valkey-9.1?inject=chase:1", "--seed", "3")
        let misses = Metric.simulated(.llReadMisses)
        let added = try record.value(misses, "chased") - record.value(misses, "valkey-9.1")
        #expect(abs(added - 1) <= 0.15, "\(added)")
    }

    /// A touch that is left out takes its miss along to the next one.
    @Test func aMissMovesToTheNextTouch() throws {
        let record = try counters(
            "--mode", "simulated", "--target", "valkey=ref:valkey-9.1", "--target",
            "checked=ref:valkey-9.1?inject=touch:2", "--target",
            "unchecked=ref:valkey-9.1?inject=touch:1", "--seed", "3", "--top", "200")
        let misses = Metric.simulated(.llReadMisses)
        let checked = try record.value(misses, "checked")
        let (plain, unchecked) = (
            try record.value(misses, "valkey"), try record.value(misses, "unchecked")
        )
        #expect(abs(checked - plain - 1) <= 0.15, "\(checked) \(plain)")
        #expect(abs(checked - unchecked) <= 0.1, "\(checked) \(unchecked)")
        func own(_ function: String, _ label: String) throws -> Double {
            let profile = try #require(record.profiles.first { $0.target == label })
            return profile.functions.filter { $0.name.text.contains(function) }.map(\.own)
                .reduce(0, +)
        }
        try #expect(own("injectedCheck", "checked") > 0.8)
        try #expect(own("injectedUse", "checked") < 0.1)
        try #expect(own("injectedCheck", "unchecked") == 0)
        try #expect(own("injectedUse", "unchecked") > 0.8)
    }

    @Test func unmodifiedServersAreSimulated() throws {
        let folder = TemporaryFolder()
        let record = try counters(
            "--mode", "simulated", "--target", "exec:redis-server", "--entries", "20000",
            "--requests", "5000", "--seed", "1", "--top", "3", "--keep-profile",
            folder.file("callgrind.out"))
        let kept = try String(contentsOfFile: folder.file("callgrind.out"), encoding: .utf8)
        #expect(kept.contains("\nevents: Ir ") && kept.contains("\ncalls="))
        #expect(try record.value(.simulated(.instructions), "redis-server") > 500)
        #expect(try record.value(.simulated(.instructions, abovePing: true), "redis-server") > 100)
        #expect(record.targets.first?.version?.hasPrefix("redis") == true)
        let profile = try #require(record.profiles.first)
        #expect(profile.target == "redis-server" && profile.unit == .lastLevelReadMisses)
        // The three with the most, and all others.
        #expect(profile.frames.count == 4 && profile.frames.last?.kind == .unnamed)
        let misses = try record.value(.simulated(.llReadMisses), "redis-server")
        #expect(abs(profile.whole - misses) < 1e-6 * misses, "\(profile.whole) \(misses)")
        #expect(try RecordSchema.violations(record.json()) == [])
    }

    @Test func kernelCountersOfARunningServer() throws {
        let record = try counters(
            "--mode", "software", "--target", "ref:valkey-9.1", "--entries", "20000", "--requests",
            "50000")
        let clock = try record.value(.software("task_clock_ns"), "valkey-9.1")
        #expect(clock > 50 && clock < 100_000, "\(clock)")
    }

    /// A value where there is a PMU, a reason where there is none; never 0 and never nothing.
    @Test func hardwareCountersHaveAValueOrAReason() throws {
        let record = try counters(
            "--mode", "hardware", "--target", "ref:valkey-9.1", "--entries", "20000")
        let hardware = record.results.filter { $0.kind == .hardware }
        #expect(hardware.count >= 8)
        #expect(hardware.contains { $0.metric == Metric.topDown(.retiring).id })
        #expect(
            hardware.allSatisfy { $0.value.map { $0 >= 0 } ?? ($0.reason?.contains(";") == true) })
    }

    /// Where there is no PMU, that is said once for all of them.
    @Test func hardwareCountersOfACommandHaveOneReasonWithoutAPMU() throws {
        let output = try Hashmark.run("counters", "--mode", "hardware", "--", "true")
        #expect(output.ending == .exited(0), "\(output.stderr)")
        for title in ["instructions per cycle", "retiring", "reads from memory"] {
            #expect(output.stdout.contains(title), "\(output.stdout)")
        }
        guard output.stdout.contains("no PMU") else { return }
        #expect(output.stdout.contains("[1]") && !output.stdout.contains("[2]"))
    }

    @Test func aCommandOfOnesOwn() throws {
        let output = try Hashmark.run("counters", "--mode", "software", "--", "sh", "-c", "exit 0")
        #expect(output.ending == .exited(0), "\(output.stderr)")
        #expect(output.stdout.contains("task clock"))
        let failing = try Hashmark.run("counters", "--mode", "software", "--", "false")
        #expect(failing.ending == .exited(3))
    }
}
