// `hashmark doctor` end to end, on the machine that the tests run on.
import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct DoctorVerbTests {
    private struct Document: Decodable {
        struct Finding: Decodable {
            let group: String
            let check: String
            let value: String
            let level: String
            let effect: String
            let remedy: String?
        }
        struct Noise: Decodable {
            struct Floor: Decodable { let metric: String }
            let rounds: Int
            let floors: [Floor]
            let void: [String]
        }
        let schema: String
        let headline: String
        let findings: [Finding]
        let noise: Noise?
    }

    private func document(_ path: String) throws -> Document {
        try JSONDecoder().decode(Document.self, from: Data(contentsOf: URL(filePath: path)))
    }

    @Test func thisMachineIsLookedAt() throws {
        let folder = TemporaryFolder()
        let path = folder.file("doctor.json")
        let output = try Hashmark.run("doctor", "--json", path)
        #expect(output.ending == .exited(0), "\(output.stderr)")
        let document = try document(path)
        #expect(document.schema == "hashmark.doctor/1" && document.noise == nil)
        #expect(document.findings.count > 40)
        #expect(document.findings.allSatisfy { ["ok", "warn", "block", "n/a"].contains($0.level) })
        // The headline comes first, then every check with its mark, then what to type.
        #expect(output.stdout.hasPrefix(String(document.headline.prefix(20))))
        #expect(document.headline.contains("can: CPU time"))
        let marks = ["ok": "✓", "warn": "!", "block": "✗", "n/a": "–"]
        for finding in document.findings {
            let row = "\(marks[finding.level] ?? "") \(finding.check)"
            #expect(output.stdout.contains(row), "\(row) is not in \(output.stdout)")
            if finding.level == "warn" || finding.level == "block" {
                let remedy = try #require(finding.remedy, "\(finding.check)")
                #expect(output.stdout.contains("\n  \(remedy)"), "\(remedy)")
            }
        }
    }

    @Test func standardOutputHasTheDocumentAlone() throws {
        let output = try Hashmark.run("doctor", "--json", "-")
        #expect(output.ending == .exited(0))
        let document = try JSONDecoder().decode(Document.self, from: Data(output.stdout.utf8))
        #expect(output.stderr.contains(document.headline))
    }

    @Test func aServerAgainstItselfShowsTheFloor() throws {
        let folder = TemporaryFolder()
        let path = folder.file("doctor.json")
        let output = try Hashmark.run(
            "doctor", "--noise", "2s", "--quiet", "--strict", "--json", path)
        let document = try document(path)
        let noise = try #require(document.noise)
        #expect(noise.rounds > 0)
        #expect(noise.floors.map(\.metric) == ["server_cpu_ns_per_op", "throughput_ops_per_s"])
        let blocks = document.findings.contains { $0.level == "block" } || !noise.void.isEmpty
        #expect(output.ending == .exited(blocks ? 3 : 0), "\(output.stderr)")
        #expect(output.stdout.contains("server CPU: ") && output.stdout.contains("throughput: "))
    }

    @Test(arguments: [["--noise", "1s"], ["--noise", "soon"], ["--quiet"]])
    func whatHasNoMeaningIsRefused(flags: [String]) throws {
        let output = try RunningProgram([Hashmark.executable, "doctor"] + flags).finish()
        #expect(output.ending == .exited(64))
        #expect(output.stderr.contains(flags[0]), "\(output.stderr)")
    }
}
