// A table that keeps every promise passes every check, and what it leaves out is said.
import LinuxSystem
import TestSupport
import Testing

@Suite struct SoundTableTests {
    @Test func aStoreIsSound() throws {
        let output = try CheckedTable().check()
        #expect(output.ending == .exited(0), "\(output.stdout)\(output.stderr)")
        let text = output.stdout
        #expect(text.hasPrefix("test::chained, a store: chains, doubled at load 1\n"), "\(text)")
        #expect(text.contains("13 ok, 0 failed, 2 missing; seed 1"), "\(text)")
        #expect(text.contains("writers      missing  does not say HASHMARK_WRITERS"), "\(text)")
        #expect(text.contains("comparisons  missing  a store compares keys by itself"), "\(text)")
        #expect(text.contains("no `foreign_bytes`"), "\(text)")
        #expect(output.stderr.isEmpty, "\(output.stderr)")
    }

    @Test func anIndexIsSound() throws {
        let output = try CheckedTable(flags: "-DINDEX").check()
        #expect(output.ending == .exited(0), "\(output.stdout)\(output.stderr)")
        let text = output.stdout
        #expect(text.hasPrefix("test::chained, an index: "), "\(text)")
        #expect(text.contains("batch        missing  no `find_many`"), "\(text)")
        #expect(text.contains("comparisons  ok"), "\(text)")
    }

    /// What there is of them is all that the kit checks, but for threads that write.
    @Test(arguments: [
        ("index", "14 ok, 0 failed, 1 missing"), ("store", "12 ok, 0 failed, 3 missing"),
    ])
    func ourOwnTableBehindItsFaceIsSound(_ face: String, _ counts: String) throws {
        let output = try RunningProgram([
            Hashmark.executable, "tables", "check", "foreign:valkey-9.1/\(face)", "--quiet",
            "--seed", "1", "--operations", "2000", "--depth", "3",
        ]).finish()
        #expect(output.ending == .exited(0), "\(output.stdout)\(output.stderr)")
        #expect(output.stdout.hasPrefix("valkey-9.1-\(face), a"), "\(output.stdout)")
        #expect(output.stdout.contains(counts), "\(output.stdout)")
    }

    @Test func onlySomeChecksRun() throws {
        let table = try CheckedTable()
        let output = try table.check("--only", "empty", "--only", "short")
        #expect(output.ending == .exited(0), "\(output.stdout)\(output.stderr)")
        #expect(output.stdout.contains("3 ok, 0 failed, 0 missing"), "\(output.stdout)")
        let refused = try table.check("--only", "everything")
        #expect(refused.ending == .exited(64))
        #expect(refused.stderr.contains("there is no check 'everything'; write one of descriptor"))
    }

    @Test func anOptionThatTheTableRefusesIsNoCrash() throws {
        let output = try CheckedTable().check(
            "--only", "empty", "--shrink-seconds", "1", query: "?no-such-option")
        #expect(output.ending == .exited(1))
        #expect(
            output.stdout.contains("create returns NULL: there is no such option"),
            "\(output.stdout)")
    }

    @Test func whatIsNoTableIsRefused() throws {
        let folder = TemporaryFolder()
        for word in ["valkey-9.1", "foreign:", "foreign:?a=1"] {
            let output = try Hashmark.run("tables", "check", word)
            #expect(output.ending == .exited(64), "\(word): \(output.stderr)")
            #expect(output.stderr.contains("write foreign:./mine.so"), "\(output.stderr)")
        }
        let missing = try Hashmark.run("tables", "check", "foreign:\(folder.file("none.so"))")
        #expect(missing.ending == .exited(1))
        #expect(missing.stderr.contains("none.so': No such file or directory;"))
        let other = try Hashmark.run("tables", "check", "foreign:\(Hashmark.executable)", "--quiet")
        #expect(other.ending == .exited(1))
        #expect(other.stdout.contains("descriptor   FAILED   descriptor"), "\(other.stdout)")
    }
}
