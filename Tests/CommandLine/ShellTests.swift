// What the shell is told: lists against the folders that they are of, completions, the manual page
// and the help that it is written from.
import Foundation
import TestSupport
import Testing

@Suite struct ShellTests {
    private static func run(_ words: String...) throws -> ProgramOutput {
        let program = ["env", "HASHMARK_HOME=\(Case.home)", Hashmark.executable]
        return try RunningProgram(program + words).finish(seconds: 20)
    }

    private static func lines(_ text: String) -> [String] {
        text.split(separator: "\n").map { String($0) }
    }

    /// Names of the YAML files of a folder.
    private static func files(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(Case.home)/\(folder)")
            .filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
    }

    private static let folders = [
        ("workloads", "Workloads"), ("suites", "Workloads/suites"),
        ("policies", "Workloads/policies"),
    ]

    @Test(arguments: folders) func listsAreTheirFolders(kind: String, folder: String) throws {
        let names = try Self.run("list", kind, "--names")
        #expect(names.ending == .exited(0))
        #expect(try Self.lines(names.stdout) == Self.files(folder))
        let titled = try Self.lines(Self.run("list", kind).stdout)
        #expect(titled.count == Self.lines(names.stdout).count)
        for (line, name) in zip(titled, Self.lines(names.stdout)) {
            #expect(line.hasPrefix("\(name)  ") && line.count > name.count + 10, "\(line)")
            #expect(!line.contains("cannot be read"), "\(line)")
        }
    }

    @Test func everyKindIsListed() throws {
        let kinds = try Self.lines(Self.run("list", "--names").stdout)
        #expect(
            kinds == [
                "tables", "servers", "workloads", "suites", "policies", "sweeps", "metrics",
                "tests",
            ])
        for kind in kinds {
            let output = try Self.run("list", kind)
            #expect(output.ending == .exited(0) && output.stderr.isEmpty, "\(output.stderr)")
            #expect(!output.stdout.isEmpty, "\(kind)")
        }
        #expect(try Self.run("list", "tests").stdout.contains("PING_INLINE"))
        #expect(try Self.run("list", "servers").stdout.contains("exec:dragonfly --port {port}"))
        #expect(try Self.run("list", "metrics").stdout.contains("server_cpu_ns_per_op"))
    }

    /// As a shell asks while a word is typed.
    private static func completed(_ words: [String], _ beginning: String) throws -> [String] {
        let program = ["env", "HASHMARK_HOME=\(Case.home)", Hashmark.executable, "---completion"]
        let place = ["1", "\(beginning.count)", "hashmark", beginning]
        return try lines(RunningProgram(program + words + place).finish(seconds: 20).stdout)
    }

    @Test func namesInFilesAreCompleted() throws {
        let workloads = try Self.completed(["compare", "--", "--workload"], "")
        #expect(try workloads == Self.files("Workloads"))
        #expect(try Self.completed(["replay", "--", "positional@0"], "") == workloads)
        let suites = try Self.completed(["suite", "--", "positional@0"], "")
        #expect(try suites == Self.files("Workloads/suites"))
        let policies = try Self.completed(["gate", "run", "--", "--policy"], "")
        #expect(try policies == Self.files("Workloads/policies"))
    }

    @Test func targetsAreCompletedWithTheirQuery() throws {
        let tables = try Self.lines(Self.run("list", "tables", "--names").stdout)
        let targets = try Self.completed(["memory", "--", "--target"], "r")
        // Behind foreign: stands a path, of which there is no list.
        for table in tables {
            #expect(targets.contains("ref:" + table.replacing("PATH", with: "")), "\(table)")
        }
        #expect(
            try Self.completed(["memory", "--", "--target"], "ref:foreign:/pro")
                .contains("ref:foreign:/proc"))
        #expect(targets.contains("exec:"))
        let keys = try Self.completed(["memory", "--", "--target"], "ref:valkey-9.1?")
        #expect(keys.contains("ref:valkey-9.1?match="))
    }

    @Test(arguments: ["bash", "zsh", "fish"]) func scriptsHaveNames(shell: String) throws {
        let script = try Self.run("--generate-completion-script", shell)
        #expect(script.ending == .exited(0))
        for kind in ["tables", "metrics"] {
            // Shells quote braces, each in its way.
            for name in try Self.lines(Self.run("list", kind, "--names").stdout)
            where !name.contains("{") && !name.hasSuffix(":PATH") {
                #expect(script.stdout.contains(name), "\(shell): \(name)")
            }
        }
        #expect(script.stdout.contains("---completion"))
    }

    @Test func theManualHasEveryVerbAndOption() throws {
        let output = try Self.run("manual")
        #expect(output.ending == .exited(0))
        let text = output.stdout.replacing("\\-", with: "-")
        #expect(text.hasPrefix(".TH HASHMARK 1 "))
        for (words, options) in try CommandHelp.verbs() where words.first != "help" {
            let heading = ".SH \"hashmark \(words.joined(separator: " "))\"\n"
            let start = try #require(text.firstRange(of: heading), "\(words)").upperBound
            let rest = text[start...]
            let end = rest.firstRange(of: "\n.SH ")?.lowerBound ?? rest.endIndex
            let section = String(rest[..<end])
            for option in options where option.isShown {
                #expect(section.contains(option.name), "\(words) \(option.name)")
            }
        }
        #expect(text.contains(".SH \"EXIT STATUS\""))
    }

    /// Values are named as what they are, not by the option again.
    @Test func valuesHaveNamesOfTheirOwn() throws {
        let verbs = [
            ["suite"], ["compare"], ["gate", "run"], ["gate", "accept"], ["gate", "selftest"],
            ["gate", "init"], ["bench"], ["replay"], ["serve"], ["memory"],
            ["tables", "run"], ["tables", "check"],
            ["ladder"], ["counters"], ["capture"],
            ["workload", "describe"], ["history", "show"], ["history", "merge"],
            ["history", "check"], ["report"], ["list"], ["doctor"], ["sweep"], ["bisect"],
        ]
        for verb in verbs {
            let help = try RunningProgram([Hashmark.executable] + verb + ["--help"])
                .finish(seconds: 20).stdout
            #expect(!help.isEmpty)
            for line in Self.lines(help) where line.hasPrefix("  -") {
                #expect(line.firstMatch(of: #/^ +-[^ ]+(, -[^ ]+)? <[a-z]/#) == nil, "\(line)")
            }
            #expect(help.firstMatch(of: #/default: [0-9]+\.0\)/#) == nil, "\(help)")
            #expect(help.contains("Example"), "\(verb)")
        }
    }

    /// A line that the help breaks cannot be typed as it stands; nor is a sentence broken twice.
    @Test func examplesStandInTheirLines() throws {
        var examples = 0
        for (words, _) in try CommandHelp.verbs() where words.first != "help" {
            let help = try RunningProgram([Hashmark.executable] + words + ["--help"])
                .finish(seconds: 20).stdout
            let parts = help.split(separator: "\n\n").map { Self.lines(String($0)) }
            for part in parts where part.first?.hasPrefix("Example") == true {
                examples += 1
                for line in part.dropFirst() {
                    #expect(line.hasPrefix("  ") && line.count < 80, "\(words): \(line)")
                }
            }
        }
        #expect(examples > 10)
    }

    @Test func aGateListsItsExitCodes() throws {
        for words in [["gate"], ["gate", "run"]] {
            let help = try RunningProgram([Hashmark.executable] + words + ["--help"])
                .finish(seconds: 20).stdout
            for code in ["0", "1", "2", "3", "4", "5", "64"] {
                #expect(help.contains("\n  \(code)  "), "\(words) \(code)")
            }
            #expect(help.contains("130"))
        }
    }

    /// What measures and judges nothing has no codes of a verdict.
    @Test func whatMeasuresListsItsExitCodes() throws {
        let verbs = ["suite", "compare", "bench", "replay", "memory", "counters"]
        for verb in verbs {
            let help = try RunningProgram([Hashmark.executable, verb, "--help"])
                .finish(seconds: 20).stdout
            for code in ["0", "1", "3", "64"] {
                #expect(help.contains("\n  \(code)  "), "\(verb) \(code)")
            }
            #expect(!help.contains("\n  2  "), "\(verb)")
        }
    }

    @Test func benchHasSections() throws {
        let help = try Self.run("bench", "--help").stdout
        for section in ["SERVER", "TESTS", "LOAD", "MIX OF COMMANDS", "OUTPUTS"] {
            #expect(help.contains("\n\(section):\n"), "\(section)")
        }
    }
}
