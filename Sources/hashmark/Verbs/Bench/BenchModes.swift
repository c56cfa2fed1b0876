// What `bench` does besides measuring: idle connections, and a look at itself.
import ArgumentParser
import Experiments
import LinuxSystem
import LoadGenerator
import Progress

extension BenchVerb {
    func runIdle(_ options: BenchOptions) throws {
        do throws(LoadFailure) {
            try BenchIdle.run(options) {
                MeasuringOptions.note(
                    "\(options.connections) idle connections to \(options.endpoint.address); "
                        + "interrupt to end")
            }
        } catch {
            throw Failure("\(error)")
        }
    }

    func runSelfTest(_ options: BenchOptions) throws {
        do {
            let progress = ProgressBar(quiet: output.quiet)
            try BenchSelfTest.run(options, progress) { reading in
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
