// What the load generator itself can do here: its ceiling and its latency floor, measured against
// a responder that does nothing. Numbers of a real run that come near them are the generator's.
import LinuxSystem
import LoadGenerator
import Progress
import Quantities

public struct SelfTestReading: Sendable {
    public var name: String
    public var pipeline: Int
    public var connections: Int
    public var sample: LoadSample

    /// CPU time of the generator's threads per request, in ns.
    public var clientCPUPerOperation: Double {
        Double(sample.clientCPUNanoseconds) / Double(max(sample.operations, 1))
    }
}

public enum BenchSelfTest {
    /// Long enough for a percentile of 99.99 at any rate that loopback reaches.
    private static let nanoseconds = Nanoseconds(1, .seconds).count

    /// - Parameter observe: hears of each reading as it comes.
    public static func run(
        _ options: BenchOptions, _ progress: ProgressBar, _ observe: (SelfTestReading) -> Void
    ) throws {
        let test = BenchmarkTest.all(dataBytes: options.dataBytes, isRandom: true)
            .first { $0.names == ["get"] }!
        let value = BenchmarkData.bytes(options.dataBytes)
        let reply = Array("$\(value.count)\r\n".utf8) + value + Array("\r\n".utf8)
        let responder = try NullResponder(
            requestBytes: test.template.bytes.count, reply: reply)
        defer { responder.stop() }
        let ladder = [
            ("floor", 1, 1), ("ceiling", 1, options.connections),
            ("ceiling", 16, options.connections), ("ceiling", 64, options.connections),
        ]
        let length = Nanoseconds(nanoseconds).seconds
        progress.start("bench --self-test", seconds: length * Double(ladder.count))
        defer { progress.finish() }
        for (step, (name, pipeline, connections)) in ladder.enumerated() {
            progress.begin(
                "\(name), pipeline \(pipeline)", Course.part(step, of: ladder.count))
            defer { progress.end() }
            var settings = LoadOptions()
            settings.pipeline = pipeline
            settings.connections = connections
            settings.threads = options.threads
            settings.cpus = options.cpus
            let load = try SessionLoad(to: responder.address, settings) {
                TemplateSource(test.template, range: 1_000_000, seed: options.seed, $0)
            }
            let sample = try load.run(.duration(nanoseconds: nanoseconds), pace: nil) {
                progress.advance(to: Double($0.elapsedNanoseconds) / Double(nanoseconds))
            }
            observe(
                SelfTestReading(
                    name: name, pipeline: pipeline, connections: connections, sample: sample))
        }
    }
}
