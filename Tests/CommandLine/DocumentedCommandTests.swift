// What the documents tell to type can be typed: sessions are run and print what is shown, listings
// are what the executable takes.
import Foundation
import LinuxSystem
import TestSupport
import Testing

@Suite struct DocumentedCommandTests {
    @Test(arguments: DocumentedSession.all)
    func sessionsPrintWhatIsShown(_ session: DocumentedSession) throws {
        for fault in try session.faults() { Issue.record(Comment(rawValue: fault)) }
    }

    @Test(arguments: CodeBlock.documents)
    func listingsAreWhatIsTaken(_ document: String) throws {
        let commands = try CodeBlock.all(in: document).flatMap(\.listing)
        for fault in try Self.refused(commands) { Issue.record(Comment(rawValue: fault)) }
    }

    @Test func thereAreSessionsAndListings() throws {
        let listings = try CodeBlock.documents.flatMap { try CodeBlock.all(in: $0) }
            .flatMap(\.listing)
        #expect(listings.count > 25)
        #expect(Set(DocumentedSession.all.map(\.document)).count >= 2)
        #expect(DocumentedSession.all.flatMap(\.commands).count > 10)
    }

    private static let made = """
        Words, and a listing:

            hashmark tables --entries 10k \\
              --table valkey-9.1   # why
            hashmark tables --entires 10k && hashmark doctor
            hashmark tables --entries -3
            hashmark compare --baseline ref:valkey-9.1
            hashmark counters --mode none -- true
            hashmark counters --mode software -- true
            Scripts/hashmark siute

        ## One

        ```console
        $ cat <<'END' >file
        in it
        END
        $ cat file
        in it
        $ echo 'a 1'; false
        a 2
        $ echo $?
        1
        ```

        ## Two

            $ echo 'a   word of 3'; (exit 3)
            …
            another word of 3
        """

    @Test func blocksAreTold() {
        let blocks = CodeBlock.all(in: Self.made, of: "made.md")
        #expect(blocks.flatMap(\.listing).map(\.place).prefix(2) == ["made.md:3", "made.md:5"])
        #expect(blocks.flatMap(\.listing).count == 7)
        #expect(
            blocks.flatMap(\.session).map(\.shown) == [
                [], ["in it"], ["a 2"], ["1"], ["…", "another word of 3"],
            ])
        #expect(DocumentedSession.of(blocks).map(\.heading) == ["One", "Two"])
    }

    @Test func whatIsWrongIsFound() throws {
        let blocks = CodeBlock.all(in: Self.made, of: "made.md")
        let refused = try Self.refused(blocks.flatMap(\.listing))
        let expected = [
            "no option '--entires'", "--entries", "--candidate", "--mode 'none'", "'siute'",
        ]
        #expect(refused.count == expected.count, "\(refused)")
        for (fault, text) in zip(refused, expected) { #expect(fault.contains(text), "\(fault)") }
        let sessions = DocumentedSession.of(blocks)
        #expect(try sessions[0].faults() == [])
        let faults = try sessions[1].faults()
        #expect(faults.count == 2 && faults[0].hasPrefix("made.md:28: ended with 3"), "\(faults)")
        #expect(faults.last?.contains("'another word of' did not come out") == true, "\(faults)")
    }

    @Test(arguments: [
        ("server CPU per op   1,210 ns  −5.0 %", "server CPU per op"), ("2", "2"),
        ("find-hit/16   ±3.1 ns", "find-hit/16"), ("12 rounds of each", "rounds of each"),
        ("PASS: new against old", "PASS: new against old"), ("  …", ""), ("1.5 ±2 %", ""),
    ])
    func whatOfALineComesOut(line: String, label: String) {
        #expect(DocumentedSession.label(line) == label)
    }

    /// Each command gets an option that there is not. That alone is what the executable may find
    /// wrong with it, and it ends there: values and what excludes each other are looked at before.
    /// - Returns: a line for each that is refused for something else, or not at all.
    private static func refused(_ commands: [DocumentedCommand]) throws -> [String] {
        guard !commands.isEmpty else { return [] }
        let folder = TemporaryFolder()
        let script = commands.map { "place='\($0.place)'\n\($0.text)" }.joined(separator: "\n")
        let output = try RunningProgram([
            "bash", "-c", "cd '\(folder.path)'\n\(parsing)\n\(script)",
        ]).finish(seconds: 120)
        #expect(output.ending == .exited(0), "\(output.stderr)")
        return output.stderr.split(separator: "\n").map { String($0) }
    }

    private static let parsing = """
        hashmark() {
          local words=() word wrong=-_ said code=0
          for word in "$@"; do
            # What follows is for another program.
            [ "$word" != -- ] || { words+=($wrong); wrong=; }
            words+=("$word")
          done
          said=$('\(Hashmark.executable)' "${words[@]}" $wrong 2>&1 </dev/null) || code=$?
          [ $code -eq 64 ] && [[ $said == *"option '-_'"* ]] ||
            echo "$place: hashmark $*: ended with $code: ${said//$'\\n'/ }" >&2
        }
        """
}
