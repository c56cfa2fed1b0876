// What `bench` does besides measuring: idle connections, and a look at itself.
import ArgumentParser
import Experiments
import LinuxSystem
import LoadGenerator
import Quantities
import RESP

/// Opens the connections and waits until it is interrupted or the server closes one.
enum BenchIdle {
    static func run(_ options: BenchOptions) throws {
        var load = LoadOptions()
        load.connections = options.connections
        load.prelude = options.prelude
        let ping = RequestTemplate(RequestEncoder.encode(["PING"]), [CommandLabel("PING")])
        do throws(LoadFailure) {
            var session = try LoadSession(to: options.endpoint.address, load) {
                TemplateSource(ping, range: nil, seed: 0, $0)
            }
            MeasuringOptions.note(
                "\(options.connections) idle connections to \(options.endpoint.address); "
                    + "interrupt to end")
            try session.idle()
        } catch {
            throw Failure("\(error)")
        }
    }
}

extension BenchVerb {
    func runSelfTest(_ options: BenchOptions) throws {
        do {
            try BenchSelfTest.run(options) { reading in
                let rate = reading.sample.operationsPerSecond.fixed(0)
                let cpu = reading.clientCPUPerOperation.fixed(0)
                Output.print(
                    "\(reading.name): pipeline \(reading.pipeline), \(reading.connections) "
                        + "connections: \(rate) requests per second, \(cpu) ns of client CPU per "
                        + "request, latency \(BenchPrinter.latencies(reading.sample.latency))")
            }
        } catch {
            throw Failure("\(error)")
        }
    }
}

/// One line on stderr, exit status 1.
struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
