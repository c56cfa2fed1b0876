// The line that is drawn over itself, as what is written to a terminal.
import LinuxSystem
import Testing

@Suite struct StatusLineTests {
    /// Drawn from the first column, the rest of an older line away, the cursor back at its start.
    @Test func oneLineTakesThePlaceOfAnother() {
        let line = StatusLine()
        #expect(line.drawing("gate 10 %") == "\rgate 10 %\u{1b}[K\r")
        #expect(line.drawing("gate") == "\rgate\u{1b}[K\r")
    }

    @Test func whatIsNotThereIsNotErased() {
        let line = StatusLine()
        #expect(line.erasure().isEmpty)
        _ = line.drawing("gate 10 %")
        #expect(line.erasure() == "\r\u{1b}[K")
        #expect(line.erasure().isEmpty, "once is enough")
    }

    @Test func warningsAreBrokenBetweenWords() {
        let warning = "warning: the machine was busy; measure on an idle machine"
        #expect(
            Paragraph.text(warning, columns: 30) == """
                warning: the machine was busy;
                  measure on an idle machine
                """)
        #expect(Paragraph.text(warning, columns: nil) == warning)
        #expect(Paragraph.text(warning, columns: 200) == warning)
        let error = "hashmark: " + String(repeating: "a command ", count: 20)
        #expect(Paragraph.text(error, columns: 30) == error)
    }
}
