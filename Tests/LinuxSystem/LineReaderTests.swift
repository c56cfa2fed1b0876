// Lines of a pipe: whole ones as they come, the rest at its end.
import Glibc
import LinuxSystem
import Testing

@Suite struct LineReaderTests {
    @Test func linesComeWhole() throws {
        let pipe = try Pipe()
        defer { close(pipe.reading) }
        var reader = LineReader(pipe.reading)
        // Longer than what is read at once.
        let long = String(repeating: "x", count: 10_000)
        let text = "first\n\(long)\nrest"
        #expect(Glibc.write(pipe.writing, text, text.utf8.count) == text.utf8.count)
        #expect(reader.line(until: Clock.deadline(milliseconds: 1_000)) == "first")
        #expect(reader.line(until: Clock.deadline(milliseconds: 1_000)) == long)
        #expect(reader.line(until: Clock.deadline(milliseconds: 1)) == nil && !reader.atEnd)
        close(pipe.writing)
        #expect(reader.line(until: Clock.deadline(milliseconds: 1_000)) == nil && reader.atEnd)
        #expect(reader.takeAll() == Array("rest".utf8))
    }

    @Test func whatCannotBeReadIsAtItsEnd() {
        let folder = open("/", O_RDONLY | O_CLOEXEC)
        defer { close(folder) }
        var reader = LineReader(folder)
        #expect(reader.line(until: Clock.deadline(milliseconds: 1_000)) == nil && reader.atEnd)
        #expect(reader.takeAll().isEmpty)
    }
}
