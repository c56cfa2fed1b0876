// `--populate`: every key of the range written once, and their number verified.
import LoadGenerator
import RESP
import Targets

extension BenchRun {
    /// Writes every key of the range once and makes sure that the server holds exactly those. A
    /// database that is not empty is left as it is.
    mutating func populate(_ observer: inout some BenchObserver) throws(TargetError) {
        let keys = options.range ?? 1
        let control = try ControlConnection(to: options.endpoint)
        if options.flushes { try control.call(["FLUSHDB"]) }
        let before = try control.databaseSize()
        guard before == 0 else {
            invalidate(
                nil,
                "the database holds \(before) keys already, and --populate writes into an "
                    + "empty one",
                "empty it (--allow-flush does), or select another (--dbnum)")
            return
        }
        let sample: LoadSample
        do throws(LoadFailure) {
            sample = try write(keys, &observer)
        } catch {
            result.failure = error
            return
        }
        if let error = sample.errorKinds.first {
            invalidate(
                nil,
                "the server refused \(sample.errors) of \(keys) writes: \(error.firstText)",
                ErrorReply.remedy(for: error.firstText))
            return
        }
        let size = try control.databaseSize()
        guard size == Int(keys) else {
            invalidate(
                nil,
                "the server holds \(size) keys where exactly \(keys) were populated",
                "check that nothing is evicted or expires, and that nobody else writes")
            return
        }
        observer.noted("populated \(keys) keys, verified by DBSIZE")
    }

    private func write(
        _ keys: UInt64, _ observer: inout some BenchObserver
    ) throws(LoadFailure) -> LoadSample {
        var load = loadOptions()
        load.keepsConnections = true
        load.pipeline = max(options.pipeline, 16)  // round trips would be most of the time
        if case .mix(let plan)? = options.works.first {
            let seed = options.seed
            return try Fill.write(keys, to: options.endpoint.address, load) {
                MixSource(populating: plan, seed: seed, $0)
            } progress: {
                observer.progressed("Populating", $0)
            }
        }
        let bytes = options.dataBytes
        return try Fill.write(keys, to: options.endpoint.address, load) {
            PopulationSource(total: keys, keys: .benchmark, valueBytes: bytes, $0)
        } progress: {
            observer.progressed("Populating", $0)
        }
    }
}
