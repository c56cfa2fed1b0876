// What loops expect of a poller, over pipes: the same of every back end.
import Glibc
import LinuxSystem
import SystemPackage
import Testing

/// A pipe whose ends are closed with the value, unless before.
private struct OwnedPipe: ~Copyable {
    private(set) var reading: CInt
    private(set) var writing: CInt

    init() throws {
        let ends = try Pipe()
        reading = ends.reading
        writing = ends.writing
    }

    func write() {
        var byte: UInt8 = 1
        let count = Glibc.write(writing, &byte, 1)
        #expect(count == 1)
    }

    func read() {
        var byte: UInt8 = 0
        let count = Glibc.read(reading, &byte, 1)
        #expect(count == 1)
    }

    mutating func closeWriting() {
        close(writing)
        writing = -1
    }

    mutating func closeReading<P: Poller & ~Copyable>(by poller: borrowing P) {
        poller.close(reading)
        reading = -1
    }

    deinit {
        if reading >= 0 { close(reading) }
        if writing >= 0 { close(writing) }
    }
}

@Suite struct PollerTests {
    @Test func epoll() throws {
        #expect(Epoll.name == "epoll")
        var poller = try Epoll(capacity: 8)
        try bytesAreToldUntilTheyAreRead(&poller)
        try edgesAreToldOnce(&poller)
        try whatIsTakenOutIsSilent(&poller)
        try refusalsAreTyped(&poller)
        var narrow = try Epoll(capacity: 1)
        try whatDoesNotFitComesNext(&narrow)
    }

    private func bytesAreToldUntilTheyAreRead<P: Poller & ~Copyable>(_ poller: inout P) throws {
        var pipe = try OwnedPipe()
        try poller.add(pipe.reading, .reading, token: 7)
        var count = try poller.wait(milliseconds: 0)
        #expect(count == 0)
        pipe.write()
        for _ in 0..<2 {
            count = try poller.wait(milliseconds: 1_000)
            try #require(count == 1)
            let event = poller.event(at: 0)
            #expect(event.token == 7)
            #expect(event.isReadable && !event.isWritable && !event.endsInput)
        }
        pipe.read()
        count = try poller.wait(milliseconds: 0)
        #expect(count == 0)
        pipe.closeWriting()
        count = try poller.wait(milliseconds: 1_000)
        try #require(count == 1)
        let event = poller.event(at: 0)
        #expect(event.isReadable && event.endsInput)
        poller.remove(pipe.reading)
    }

    private func edgesAreToldOnce<P: Poller & ~Copyable>(_ poller: inout P) throws {
        let pipe = try OwnedPipe()
        let token: UInt64 = 1 << 63  // as large as an address can be
        try poller.add(pipe.writing, .edges, token: token)
        var count = try poller.wait(milliseconds: 1_000)
        try #require(count == 1)
        let event = poller.event(at: 0)
        #expect(event.token == token)
        #expect(event.isWritable && !event.isReadable)
        count = try poller.wait(milliseconds: 0)
        #expect(count == 0)  // writable still, but no new edge
        poller.remove(pipe.writing)
    }

    /// Taken out alone, and closed while a copy of the descriptor is open.
    private func whatIsTakenOutIsSilent<P: Poller & ~Copyable>(_ poller: inout P) throws {
        let first = try OwnedPipe()
        var second = try OwnedPipe()
        let copy = dup(second.reading)
        defer { close(copy) }
        try poller.add(first.reading, .reading, token: 1)
        try poller.add(second.reading, .reading, token: 2)
        first.write()
        second.write()
        var count = try poller.wait(milliseconds: 1_000)
        #expect(count == 2)
        poller.remove(first.reading)
        count = try poller.wait(milliseconds: 1_000)
        try #require(count == 1)
        let event = poller.event(at: 0)
        #expect(event.token == 2)
        second.closeReading(by: poller)
        count = try poller.wait(milliseconds: 0)
        #expect(count == 0)
        first.read()
    }

    private func refusalsAreTyped<P: Poller & ~Copyable>(_ poller: inout P) throws {
        let pipe = try OwnedPipe()
        try poller.add(pipe.reading, .reading, token: 1)
        do throws(SystemCallError) {
            try poller.add(pipe.reading, .reading, token: 2)
            Issue.record("a descriptor was registered twice")
        } catch {
            #expect(error.errno == .fileExists)
        }
        poller.remove(pipe.reading)
    }

    /// - Parameter poller: hands out one event per wait.
    private func whatDoesNotFitComesNext<P: Poller & ~Copyable>(_ poller: inout P) throws {
        let first = try OwnedPipe()
        let second = try OwnedPipe()
        try poller.add(first.reading, .reading, token: 1)
        try poller.add(second.reading, .reading, token: 2)
        first.write()
        second.write()
        var tokens: Set<UInt64> = []
        for _ in 0..<2 {
            let count = try poller.wait(milliseconds: 1_000)
            try #require(count == 1)
            let event = poller.event(at: 0)
            tokens.insert(event.token)
        }
        #expect(tokens == [1, 2])
        poller.remove(first.reading)
        poller.remove(second.reading)
    }
}
