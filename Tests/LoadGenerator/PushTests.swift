// Replies of RESP3 as servers may send them: with pushes between any two, attributes before them,
// and of every type; and connections that are told something before they are answered.
import LinuxSystem
import LoadGenerator
import RESP
import TestSupport
import Testing

@Suite(.serialized) struct PushTests {
    private static let request = RequestEncoder.encode(["GET", "k"])

    private func run(
        _ reply: String, pipeline: Int, prelude: [[String]] = []
    ) throws -> LoadSample {
        let server = try NullResponder(
            requestBytes: Self.request.count, reply: Array(reply.utf8))
        defer { server.stop() }
        var options = LoadOptions()
        options.connections = 3
        options.pipeline = pipeline
        options.prelude = prelude
        let template = RequestTemplate(Self.request, [CommandLabel("GET", nullIsMiss: true)])
        var session = try LoadSession(to: server.address, options) {
            TemplateSource(template, range: 1, seed: 1, $0)
        }
        return try session.run(.requests(500))
    }

    @Test(arguments: [1, 16]) func pushesAnswerNothing(_ pipeline: Int) throws {
        let push = ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n"
        let attribute = "|1\r\n+ttl\r\n*2\r\n:1\r\n%1\r\n+a\r\n_\r\n"
        for (before, pushes) in [("", 0), (push, 1), (push + ">0\r\n" + attribute, 2)] {
            let sample = try run(before + "$5\r\nvalue\r\n", pipeline: pipeline)
            #expect(sample.operations == 500)
            #expect(sample.errors == 0)
            #expect(sample.pushes == UInt64(500 * pushes))
        }
    }

    @Test(arguments: [
        "_\r\n", "#t\r\n", ",1.5\r\n", ",inf\r\n", "(123456789012345678901\r\n",
        "=8\r\ntxt:text\r\n", "%1\r\n+a\r\n~2\r\n:1\r\n:2\r\n", "~0\r\n", "*-1\r\n", "$-1\r\n",
        "*2\r\n|1\r\n+a\r\n+b\r\n:1\r\n$0\r\n\r\n",
    ]) func everyType(_ reply: String) throws {
        let sample = try run(reply, pipeline: 7)
        #expect(sample.operations == 500 && sample.errors == 0 && sample.pushes == 0)
    }

    /// A set-up command is answered behind a push.
    @Test func setUpBehindAPush() throws {
        let words = ["GET", "x"]
        let sample = try run(">1\r\n+a\r\n+OK\r\n", pipeline: 1, prelude: [words, words])
        #expect(sample.operations == 500 && sample.pushes == 500)
    }
}
