// The workload files in Workloads/.
import Foundation
import ShippedFiles
import Testing
import Workloads

private let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

private func path(_ name: String) -> String {
    root.appending(path: "Workloads/\(name).yaml").path
}

@Test func whereANameIsLookedForIsSaid() throws {
    var error = #expect(throws: WorkloadProblems.self) {
        try Workload(file: "ycsb-aa", in: SearchPath([".", "/elsewhere"]))
    }
    #expect(
        error?.description == "ycsb-aa: there is no such workload in Workloads/, in "
            + "/elsewhere/Workloads/, or among the built-in ones: did you mean `ycsb-a`?")
    // What is written as a path is a path.
    error = #expect(throws: WorkloadProblems.self) { try Workload(file: "./ycsb-a") }
    #expect(error?.description.contains("cannot be read (No such file") == true)
    #expect(try Workload(file: "ycsb-a").name == "ycsb-a")
}

@Test func theShippedWorkloadsAreFound() {
    let names = ShippedFiles.names(in: .workload)
    let search = SearchPath([root.path])
    #expect(names.count > 20 && names == names.sorted())
    for name in names {
        #expect(search.find(name, .workload)?.path == path(name))
    }
    #expect(search.find("no-such", .workload) == nil)
    #expect(SearchPath().find(path("hot-key"), .workload)?.path == path("hot-key"))
}

@Test(arguments: ShippedFiles.names(in: .workload))
func shippedWorkloadsMeetTheirSources(name: String) throws {
    let workload = try Workload(file: path(name))
    #expect(workload.name == name && !workload.title.isEmpty)
    #expect(!workload.sources.isEmpty && !workload.provenance.entries.isEmpty)
    #expect(!workload.expect.isEmpty && workload.expect.tolerance <= 0.05)
    let description = try workload.describe(requests: 300_000, seed: 2)
    let complaints = description.complaints(file: name).map(\.description)
    #expect(complaints.isEmpty, "\(complaints)")
    for fit in description.fits {
        switch fit.test {
        case .chiSquare: #expect(fit.value < 4, "\(name): \(fit)")
        // each key once, by evenly spread places: closer than chance
        case .distance where fit.name.hasSuffix("of keys"):
            #expect(fit.value < 0.01, "\(name): \(fit)")
        // few keys have most of the requests, each with one size
        case .distance: #expect(fit.value < 0.1, "\(name): \(fit)")
        }
    }
    let compiled = try CompiledWorkload(workload)
    #expect(compiled.populatedKeys <= workload.keyCount && compiled.populatedKeys > 0)
}

@Test(arguments: ShippedFiles.names(in: .workload))
func everyLineOfAShippedWorkloadHasAComment(name: String) throws {
    let text = try String(contentsOfFile: path(name), encoding: .utf8)
    let sources = try Workload(file: path(name)).sources.keys
    let kinds = ["observed", "fitted", "derived", "assumed"]
    var section = ""
    for (number, line) in text.split(separator: "\n").enumerated() {
        let place: Comment = "\(name).yaml:\(number + 1)"
        if line.first != " " { section = String(line.prefix { $0 != ":" }) }
        // entries of `provenance` are comments by nature
        if section == "provenance" { continue }
        let parts = line.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        #expect(parts.count == 2, place)
        guard ["keyspaces", "operations", "load", "phases", "expect"].contains(section),
            parts.count == 2, parts[0].contains(where: \.isNumber)
        else { continue }
        // a number says what kind it is of; one that was published or fitted, by whom or to what
        let words = parts[1].split { " :,;()".contains($0) }.map(String.init)
        let kind = try #require(words.firstIndex { kinds.contains($0) }, place)
        if words[kind] == "observed" || words[kind] == "fitted" {
            #expect(words.count > kind + 1 && sources.contains(words[kind + 1]), place)
        }
    }
}

@Test func twitterCluster52IsAsPublished() throws {
    let workload = try Workload(file: path("twitter-c52-storage"))
    #expect(workload.keyspaces[0].popularity == .zipf(alpha: 1.2117, offset: 10))
    #expect(workload.provenance["keyspaces[0].value_size.quantiles.p50"].kind == .observed)
    #expect(workload.provenance["keyspaces[0].value_size.hot.quantiles.p60"].kind == .fitted)
    #expect(workload.provenance["keyspaces[0].key_size"].source == "yang-2020")
    let compiled = try CompiledWorkload(workload)
    #expect(abs(compiled.share(keyspace: 0, ofTop: 1) - 0.02176) < 1e-4)
    #expect(abs(compiled.share(keyspace: 0, ofTop: 2_000) - 0.76636) < 1e-4)
    // fewer keys: the same law, without the expectations that hang on their number
    let small = workload.scaled(toKeys: 20_000)
    #expect(small.keyCount == 20_000 && small.expect.requests.shareOfTop.isEmpty)
    #expect(try small.describe(requests: 100_000).rows.count > 40)
}

@Test func describeComparesThreeFigures() throws {
    let description = try Workload(file: path("valkey-fleet-median")).describe(requests: 100_000)
    let row = try #require(
        description.rows.first { $0.population == "keys" && $0.name == "value_size p50" })
    #expect(row.requested == 80 && row.expected == 80 && row.realised == 80)
    #expect(row.deviation == 0)
    let pair = try #require(
        description.rows.first { $0.population == "keys" && $0.name == "pair_size p50" })
    #expect(pair.expected == 100 && pair.realised == 96)
    var workload = try Workload(file: path("valkey-fleet-median"))
    workload.expect.keys.valueSize = [.percentile(50): 100]
    let wrong = try workload.describe(requests: 300_000)
    #expect(wrong.violations.map(\.name) == ["value_size p50"])
    let complaint = wrong.complaints(file: "w.yaml").map(\.description)
    #expect(
        complaint == [
            "w.yaml: keys value_size p50 is 80 B, 100 B is published (-20.0 %, tolerance 5.0 %): "
                + "correct the distribution, or `expect`"
        ])
    let lines = wrong.table.split(separator: "\n")
    #expect(
        lines.contains {
            $0.contains("value_size p50") && $0.hasSuffix("too far  observed olson-2025")
        })
}

@Test func otherSchedulesAreRead() throws {
    func arrival(_ text: String) throws -> ArrivalSpec {
        try Workload(
            yaml: Array(
                """
                schema: hashmark.workload/1
                name: w
                keyspaces: [{keys: 10, key_size: 4}]
                operations: [{command: 'GET {key}'}]
                load: {arrival: \(text)}
                phases: [measure]
                """.utf8), file: "w.yaml"
        ).load.arrival
    }
    #expect(try arrival("closed") == .closed)
    #expect(try arrival("{constant: {rate: 5}}") == .constant(rate: 5))
    #expect(try arrival("{poisson: {rate: 5e4}}") == .poisson(rate: 50_000))
    #expect(try arrival("{gpd: {rate: 5}}") == .gpd(rate: 5))
    #expect(try arrival("{trace: {file: /t.csv}}") == .trace(file: "/t.csv", speed: 1))
    #expect(try arrival("{trace: {file: t.csv, speed: 2.5}}") == .trace(file: "t.csv", speed: 2.5))
    #expect(
        try arrival("{trace: {file: t, format: twr, skip_bad: true}}")
            == .trace(file: "t", speed: 1, format: "twr", skipsDamaged: true))
    #expect(
        try arrival("{sine: {mean: 4500, amplitude: 1000, period: 1d}}")
            == .sine(mean: 4_500, amplitude: 1_000, periodMilliseconds: 86_400_000))
}
