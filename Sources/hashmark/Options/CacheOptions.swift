// The caches of simulated runs, as flags.
import ArgumentParser
import Counters

struct CacheOptions: ParsableArguments {
    @Option(help: .value("CACHE", "Simulated first-level instruction cache, as BYTES,WAYS,LINE."))
    var i1: String?

    @Option(help: .value("CACHE", "Simulated first-level data cache, as BYTES,WAYS,LINE."))
    var d1: String?

    @Option(help: .value("CACHE", "Simulated last-level cache, as BYTES,WAYS,LINE."))
    var ll: String?

    func geometry() throws -> CacheGeometry {
        var geometry = CacheGeometry.standard
        do throws(SimulationError) {
            if let i1 { geometry.i1 = try CacheGeometry.Cache(parsing: i1) }
            if let d1 { geometry.d1 = try CacheGeometry.Cache(parsing: d1) }
            if let ll { geometry.ll = try CacheGeometry.Cache(parsing: ll) }
        } catch {
            throw usage(error)
        }
        return geometry
    }
}
