// What a server is filled with before it is measured: every key of the range, written once and
// their number verified (`--populate`, and for targets whose tests read them); and before each test
// of a target what it takes out (LPOP, SPOP, ZPOPMIN).
import LoadGenerator
import Quantities
import RESP
import Targets

extension BenchRun {
    /// What the server is called where its label is told beside, or it has none.
    private static let server = "the server"
    /// Round trips would be most of the time of a fill whose pipelines are shorter.
    private static let fillPipeline = 16
    /// Elements that are put in for the time of a test take half as long again: servers take some
    /// out faster than they put them in.
    private static let stockShare = 1.5
    /// Twelve digits: no two elements of a fill are alike.
    private static let elementNumbers: UInt64 = 1_000_000_000_000
    /// How often a fill of elements looks whether it has put in enough.
    private static let fillStep = Nanoseconds(250, .milliseconds).count

    /// Fills what is filled once, for all tests. A database that is not empty is left as it is.
    /// - Throws: `.setUp` where it is not, and nobody allowed to empty it.
    mutating func fill(_ observer: inout some BenchObserver) throws(ExperimentFailure) {
        let puts = options.works.contains { stock(of: $0) != nil }
        guard options.populates || puts, FleetLink.current?.isRoot ?? true else { return }
        let refusal: ExperimentFailure?
        do throws(TargetError) {
            let control = try ControlConnection(to: options.endpoint)
            refusal = try Launching.refusal(
                control, of: options.target?.label ?? Self.server,
                database: options.endpoint.database,
                mayFlush: options.flushes || options.target?.isOwned == true)
            if refusal == nil, options.populates { try populate(control, &observer) }
        } catch {
            throw failure(error)
        }
        if let refusal { throw refusal }
    }

    /// Writes every key of the range once and makes sure that the server holds exactly those.
    private mutating func populate(
        _ control: ControlConnection, _ observer: inout some BenchObserver
    ) throws(TargetError) {
        let range = options.range ?? 1
        let tagged = options.works.compactMap { taggedFill($0) }.first
        let isPlain = tagged == nil || options.works.contains { taggedFill($0) == nil }
        let keys = range * (tagged != nil && isPlain ? 2 : 1)
        var sample: LoadSample
        do throws(LoadFailure) {
            if let tagged {
                sample = try write(tagged, range, &observer)
                if isPlain { sample.merge(try write(range, &observer)) }
            } else {
                sample = try write(range, &observer)
            }
        } catch {
            result.failure = error
            return
        }
        var problem = Fill.refusals(sample, of: keys, by: Self.server)
        if problem == nil {
            problem = Fill.miscount(try control.databaseSize(), of: keys, on: Self.server)
        }
        if let problem { return invalidate(nil, problem.cause, problem.remedy) }
        observer.noted("populated \(keys) keys, verified by DBSIZE")
    }

    private mutating func write(
        _ keys: UInt64, _ observer: inout some BenchObserver
    ) throws(LoadFailure) -> LoadSample {
        var load = loadOptions()
        load.keepsConnections = true
        load.pipeline = max(options.pipeline, Self.fillPipeline)
        if case .mix(let plan)? = options.works.first, let workload = compiled(plan) {
            let seed = options.seed
            return try Fill.write(keys, to: options.endpoint.address, load) {
                PrefillSource(workload, seed: seed, $0)
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

    /// What writes the keys of a test in a cluster that must lie in one slot; nil of other works.
    private func taggedFill(_ work: BenchWork) -> RequestTemplate? {
        guard case .test(let test) = work else { return nil }
        return test.taggedFill(dataBytes: options.dataBytes)
    }

    /// Writes each number of the range once by a template.
    private mutating func write(
        _ template: RequestTemplate, _ range: UInt64, _ observer: inout some BenchObserver
    ) throws(LoadFailure) -> LoadSample {
        var load = loadOptions()
        load.keepsConnections = true
        load.pipeline = max(options.pipeline, Self.fillPipeline)
        let session = try SessionLoad(to: options.endpoint.address, load) {
            TemplateSource(
                template, range: range, seed: 0, isSequential: true, fillsTags: true, $0)
        }
        return try session.run(.requests(range), pace: nil) {
            observer.progressed("Populating", $0)
        }
    }

    // MARK: what tests take out

    /// What has to be put in before `work`; nil where nothing has, or nobody asked for it.
    func stock(of work: BenchWork) -> BenchmarkTest.Stock? {
        guard options.stocksUp, case .test(let test) = work else { return nil }
        return test.stock(dataBytes: options.dataBytes)
    }

    /// Puts in as many elements as a test is going to take out, as far as memory goes.
    mutating func putIn(
        _ stock: BenchmarkTest.Stock, _ observer: inout some BenchObserver
    ) {
        guard FleetLink.current?.isRoot ?? true else { return }
        var load = loadOptions()
        load.keepsConnections = true
        load.pipeline = max(options.pipeline, Self.fillPipeline)
        let (template, seed) = (stock.template, options.seed)
        let isCluster = options.endpoint.isCluster
        let most = BenchNeeds.mostElements(valueBytes: options.dataBytes)
        var (requests, time) = (UInt64(0), Double(options.warmup.count))
        switch options.limit {
        // One more, so that a test that found all it took leaves something behind.
        case .requests(let count): requests = min(count, most) * options.bursts + 1
        case .duration(let length): time += Double(length) * Double(options.bursts)
        }
        do throws(LoadFailure) {
            let session = try SessionLoad(to: options.endpoint.address, load) {
                TemplateSource(
                    template, range: Self.elementNumbers, seed: seed, isSequential: true,
                    fillsTags: isCluster, $0)
            }
            var written: UInt64 = 0
            if requests > 0 {
                written = try writeElements(.requests(min(requests, most)), session, &observer)
            }
            var left = time * Self.stockShare
            while left > 0, written < most, result.invalid.isEmpty {
                written += try writeElements(
                    .duration(nanoseconds: Self.fillStep), session, &observer)
                left -= Double(Self.fillStep)
            }
        } catch {
            result.failure = error
        }
    }

    /// - Returns: the elements that were written.
    private mutating func writeElements(
        _ limit: BurstLimit, _ session: SessionLoad, _ observer: inout some BenchObserver
    ) throws(LoadFailure) -> UInt64 {
        let sample = try session.run(limit, pace: nil) { observer.progressed("Filling", $0) }
        if let problem = Fill.refusals(sample, of: sample.operations, by: Self.server) {
            invalidate(nil, problem.cause, problem.remedy)
        }
        return sample.operations
    }

    /// A test that has taken out all there was has measured null replies.
    mutating func judgeRest(_ title: String, _ stock: BenchmarkTest.Stock) {
        let size = ask { (control) throws(TargetError) in
            try control.send([stock.sizeCommand, stock.key])
        }
        // In a cluster it is many keys, and one of them may be empty by chance.
        guard case .integer(0)? = size, !options.endpoint.isCluster else { return }
        doubts.add(
            "tests took out all that was put in, and went on with nothing", in: title, stock.key,
            "ask for fewer requests (-n), or a shorter time (--duration)")
    }
}
