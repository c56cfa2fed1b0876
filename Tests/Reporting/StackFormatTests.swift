// Call stacks in the formats of others, read back.
import Foundation
import Reporting
import RunRecord
import Testing

@Suite struct StackFormatTests {
    private static let names = ["folded", "speedscope", "pprof", "firefox", "perf-script"]

    private func document(_ format: String, _ profiles: StackProfile...) throws -> Data {
        var record = profileRecord()
        record.profiles = profiles
        return try #require(ReportFormats.named(format)).render(record)
    }

    private func text(_ format: String, _ profiles: StackProfile...) throws -> String {
        var record = profileRecord()
        record.profiles = profiles
        let format = try #require(ReportFormats.named(format))
        return String(decoding: try format.render(record), as: UTF8.self)
    }

    /// Four rounds of 1,000 operations of 812 ns.
    private static let whole = 4 * 812_000

    @Test(arguments: names) func aRecordWithoutStacksIsRefused(_ name: String) throws {
        let format = try #require(ReportFormats.named(name))
        let error = #expect(throws: RunRecordError.self) { try format.render(sampleRecord()) }
        #expect(error?.cause == "the record has no call stacks, and \(name) is of nothing else")
        #expect(format.problem(ofProfiles: false)?.hasPrefix("no call stacks") == true)
        #expect(format.problem(ofProfiles: true) == nil)
        #expect(format.problem(ofNumbers: [.lower]) == nil)
        var record = profileRecord(sampleProfile("a"))
        record.partial = true
        #expect(format.doubts(record).contains { $0.hasPrefix("PARTIAL: ") })
    }

    @Test func othersDoNotAskForStacks() {
        for format in ReportFormats.all where !Self.names.contains(format.name) {
            #expect(format.problem(ofProfiles: false) == nil, "\(format)")
        }
    }

    /// Before anything is measured, from what the verb will measure.
    @Test func formatsOfLoadsAskForThem() {
        for format in ReportFormats.all {
            let isOfLoads = ["csv", "memtier"].contains(format.name)
            let problem = format.problem(ofLoads: 0)
            #expect((problem != nil) == isOfLoads, "\(format)")
            #expect(format.problem(ofLoads: 1) == nil, "\(format)")
            #expect((format.problem(ofLoads: 2) != nil) == (format.name == "memtier"), "\(format)")
        }
    }

    @Test(arguments: names) func theSameRecordGivesTheSameBytes(_ name: String) throws {
        #expect(try document(name, sampleProfile("a")) == document(name, sampleProfile("a")))
    }

    @Test func foldedSumsAreTheWhole() throws {
        let text = try self.text("folded", sampleProfile("a b", named: "x;y<z>"))
        var sum = 0
        for line in text.split(separator: "\n") {
            let blank = try #require(line.lastIndex(of: " "))
            sum += try #require(Int(line[line.index(after: blank)...]))
            #expect(line.hasPrefix("a b get;main"))
        }
        #expect(abs(sum - Self.whole) < 5)
        #expect(text.contains("a b get;main;lookupKey;x,y<z> 400000\n"), "\(text)")
    }

    @Test func speedscopeHasAProfilePerTarget() throws {
        let file = try JSONValue(
            document("speedscope", sampleProfile("a"), sampleProfile("b", spin: 56)))
        #expect(file["$schema"].text == "https://www.speedscope.app/file-format-schema.json")
        // Frames are shared.
        let frames = file["shared"]["frames"]
        #expect(frames.list.count == 8 && frames[1]["name"].text == "lookupKey")
        #expect(frames[1]["file"].text == "db.c" && frames[1]["line"].whole == 61)
        #expect(file["profiles"].list.map { $0["name"].text } == ["a get", "b get"])
        for (profile, count) in zip(file["profiles"].list, [5, 6]) {
            #expect(profile["type"].text == "sampled" && profile["unit"].text == "nanoseconds")
            #expect(profile["weights"].list.count == count)
            #expect(profile["samples"].list.count == count)
            #expect(profile["samples"][2].wholes == [0, 1, 2])
            #expect(profile["startValue"].whole == 0)
            #expect(profile["endValue"].number == profile["weights"].sum)
        }
    }

    @Test func pprofHasLeavesFirstAndInlinedLinesInOneLocation() throws {
        let data = try document("pprof", sampleProfile("a", named: hostile), sampleProfile("b"))
        let pprof = try #require(PprofReader(data))
        #expect(pprof.types == [["samples", "count"], ["cpu", "nanoseconds"]])
        #expect(Set(pprof.mappings) == ["valkey-server", "libc.so.6", "[kernel]", "[unknown]"])
        let own = pprof.samples.filter { $0.labels["target"] == "a" }
        #expect(own.count == 5 && own.allSatisfy { $0.labels["workload"] == "get" })
        let shown = hostile.replacing("\u{1b}", with: "\u{fffd}")
            .replacing("\n", with: "\u{fffd}")
        let inlined = try #require(own.first { $0.locations.first?.count == 2 })
        #expect(inlined.locations == [[shown, "lookupKey"], ["main"]])
        #expect(inlined.values == [400, 400_000])
        let kernel = try #require(own.first { $0.locations.count == 4 })
        #expect(
            kernel.locations == [["tcp_sendmsg"], ["__x64_sys_sendto"], ["send"], ["main"]])
        let sum = own.reduce(0) { $0 + $1.values[1] }
        #expect(sum > UInt64(Self.whole) - 5 && sum < UInt64(Self.whole) + 5)
        #expect(pprof.lines["lookupKey"] == 61)
    }

    /// Two builds of one name are two mappings.
    @Test func pprofTellsBuildsApart() throws {
        var (one, other) = (sampleProfile("a"), sampleProfile("b"))
        one.buildIDs = ["valkey-server": "c0ffee", "libc.so.6": "1234"]
        other.buildIDs = ["valkey-server": "beef", "libc.so.6": "1234"]
        let pprof = try #require(PprofReader(try document("pprof", one, other)))
        let places = zip(pprof.mappings, pprof.buildIDs).map { "\($0) \($1)" }
        #expect(
            places.sorted() == [
                "[kernel] ", "[unknown] ", "libc.so.6 1234", "valkey-server beef",
                "valkey-server c0ffee",
            ])
    }

    @Test func countsAreNoTimes() throws {
        var counted = sampleProfile("a")
        counted.unit = .lastLevelReadMisses
        let pprof = try #require(PprofReader(try document("pprof", counted)))
        #expect(pprof.types == [["samples", "count"], ["sim_ll_read_misses", "count"]])
        let file = try JSONValue(document("speedscope", counted))
        #expect(file["profiles"][0]["unit"].text == "none")
    }

    @Test func firefoxTablesPointAtEachOther() throws {
        let file = try JSONValue(document("firefox", sampleProfile("a"), sampleProfile("b")))
        #expect(file["meta"]["preprocessedProfileVersion"].whole == 48)
        #expect(file["threads"].list.map { $0["name"].text } == ["a get", "b get"])
        let thread = file["threads"][0]
        for table in ["samples", "markers", "stackTable", "frameTable", "funcTable"] {
            guard case .object(let columns) = thread[table] else {
                Issue.record("no \(table)")
                continue
            }
            for (name, column) in columns where !["length", "weightType"].contains(name) {
                #expect(column.list.count == columns["length"]?.whole, "\(table).\(name)")
            }
        }
        let strings = thread["stringArray"].texts
        let functions = thread["funcTable"]["name"].wholes.map { strings[$0] }
        #expect(functions == sampleProfile("a").frames.map(\.function))
        let prefixes = thread["stackTable"]["prefix"].places
        let frames = thread["stackTable"]["frame"].wholes
        // Every stack from its leaf to the root, as it was.
        let paths = thread["samples"]["stack"].wholes.map { stack -> [Int] in
            var path: [Int] = []
            var at: Int? = stack
            while let place = at {
                path.insert(frames[place], at: 0)
                at = prefixes[place]
            }
            return path
        }
        #expect(paths == sampleProfile("a").stacks)
        let milliseconds = thread["samples"]["weight"].sum
        #expect(abs(milliseconds - Double(Self.whole) / 1e6) < 1e-5)
        let resources = thread["funcTable"]["resource"].wholes
        #expect(file["libs"][resources[4]]["name"].text == "[kernel]" && resources[6] == -1)
    }

    @Test func perfScriptHasAnEventPerSample() throws {
        let text = try self.text("perf-script", sampleProfile("a b", named: template))
        let events = text.split(separator: "\n\n")
        var sum = 0
        for event in events {
            let lines = event.split(separator: "\n")
            let head = try #require(
                lines[0].wholeMatch(of: #/a_b_get 1/1 [0-9.]+: (\d+) cpu-clock:/#), "\(lines[0])")
            sum += try #require(Int(head.1))
            for line in lines.dropFirst() {
                #expect(line.wholeMatch(of: #/\t +[0-9a-f]+ .+ \(\S+\)/#) != nil, "\(line)")
            }
        }
        #expect(abs(sum - Self.whole) < 5 && events.count == 330 + 1_184 + 400 + 1_332 + 2)
        let deepest = try #require(events.first { $0.contains("tcp_sendmsg") })
        let functions = deepest.split(separator: "\n").dropFirst()
            .compactMap { $0.split(separator: " ").dropFirst(2).first }
        #expect(functions == ["tcp_sendmsg", "__x64_sys_sendto", "send", "main"])
        #expect(text.contains(" \(template) (inlined)\n"))
    }
}
