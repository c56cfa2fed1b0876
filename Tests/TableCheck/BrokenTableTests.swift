// Each fault is found by its name, and told by few operations.
import Foundation
import LinuxSystem
import TestSupport
import Testing

@Suite struct BrokenTableTests {
    struct Fault: Sendable, CustomTestStringConvertible {
        let bug: Bug
        let check: String
        /// Nil where it is chance which of several names comes first.
        let finding: String?
        /// At most; 0 where there is no sequence.
        let operations: Int
        var testDescription: String { "\(bug)" }

        init(_ bug: Bug, _ check: String, _ finding: String?, _ operations: Int) {
            self.bug = bug
            self.check = check
            self.finding = finding
            self.operations = operations
        }
    }

    static let faults = [
        // Four buckets, and a fifth key that doubles them.
        Fault(.lostOnGrowth, "growth", nil, 6),
        Fault(.endlessScan, "scan", "scan-endless", 8),
        Fault(.doubleFree, "short", "double-free", 1),
        Fault(.wrongSize, "short", "wrong-size", 1),
        Fault(.leak, "short", "leak", 2),
        // At the twelfth key.
        Fault(.crash, "growth", "crash", 12),
        Fault(.exit, "growth", "exit", 12),
        Fault(.count, "short", "count", 2),
        Fault(.overrun, "short", "overrun", 1),
        Fault(.terminatedKeys, "keys", "ghost-key", 2),
        Fault(.draw, "draw", "random-count", 2),
        Fault(.shared, "two", "count", 4),
        Fault(.many, "batch", nil, 3),
        Fault(.writesAfterRelease, "short", "write-after-release", 2),
        Fault(.silentRefusal, "options", "silent-refusal", 0),
        Fault(.wrongBytes, "random", nil, 2),
    ]

    @Test(arguments: faults) func isFoundAndShortened(_ fault: Fault) throws {
        let output = try CheckedTable(fault.bug).check("--only", fault.check)
        let shown = "\(output.stdout)\(output.stderr)"
        #expect(output.ending == .exited(1), "\(shown)")
        let name = fault.finding.map { "\($0)\n" } ?? ""
        #expect(output.stdout.contains("\n\(fault.check): \(name)"), "\(shown)")
        #expect(Self.operations(output.stdout) <= fault.operations, "\(shown)")
        #expect((Self.operations(output.stdout) > 0) == (fault.operations > 0), "\(shown)")
    }

    /// Every attempt takes as long as a hang is waited for.
    @Test func aHangIsFound() throws {
        let output = try CheckedTable(.hang).check("--only", "short", "--timeout", "400ms")
        #expect(output.ending == .exited(1))
        let text = output.stdout
        #expect(text.contains("\nshort: hang\n"), "\(text)")
        #expect(text.contains("no operation ended within 400"), "\(text)")
        #expect(Self.operations(text) == 3, "\(text)")
    }

    @Test func theSameFaultIsToldOnce() throws {
        let output = try CheckedTable(.wrongSize).check("--only", "short", "--only", "memory")
        #expect(output.stdout.contains("memory       FAILED   wrong-size, as in short"))
        #expect(output.stdout.components(separatedBy: ": wrong-size\n").count == 2)
    }

    /// What is printed can be read: each operation, with the hash of its key.
    @Test func operationsHaveTheHashesOfTheirKeys() throws {
        let output = try CheckedTable(.leak).check("--only", "short")
        let lines = output.stdout.split(separator: "\n").filter { $0.hasPrefix("    put ") }
        #expect(lines.count == 2)
        #expect(lines.allSatisfy { $0.hasPrefix("    put k0 v") && $0.hasSuffix("(hash 0x0)") })
    }

    @Test func theAddressSanitizerSpeaks() throws {
        let table = try CheckedTable(
            .overrun, flags: "-fsanitize=address", "-g", "-fno-omit-frame-pointer")
        let output = try table.check("--only", "short", "--shrink-seconds", "3")
        let text = output.stdout
        #expect(output.ending == .exited(1), "\(text)\(output.stderr)")
        #expect(text.contains("AddressSanitizer: heap-buffer-overflow"), "\(text)")
    }

    /// "  2 operations, hashes …"; 0 where no sequence was printed.
    private static func operations(_ text: String) -> Int {
        guard let match = text.firstMatch(of: #/\n  ([0-9,]+) operations?, hashes/#) else {
            return 0
        }
        return Int(match.output.1.filter { $0 != "," }) ?? 0
    }
}
