// The reference server's engine in this process: it is given the bytes that a socket would bring,
// and its replies are dropped where a server would send them.
import Experiments
import ReferenceServer

final class EngineRung: Rung {
    private(set) var account = RungAccount()
    private let label: String
    private let engine: any InProcessEngine

    init(_ label: String, _ configuration: ServerConfiguration) {
        self.label = label
        engine = configuration.makeEngine()
    }

    func fill(_ fill: LadderFill, told: (Double) -> Void) throws(ExperimentFailure) {
        try fillHere(fill, label, told: told) { engine.entries }
        account = RungAccount()
    }

    func run(
        _ block: RequestBlock, _ turns: Range<Int>, _ look: RungLook
    ) throws(ExperimentFailure) -> RungReading {
        account.requests.add(UnsafeRawBufferPointer(block.bytes(turns)))
        var told: ((UnsafeRawBufferPointer) -> Void)?
        if look == .proved { told = { [unowned self] in self.account.replies.add($0) } }
        let (start, ends) = (block.start(ofTurn: turns.lowerBound), block.ends[turns])
        let before = engine.commands
        let (sum, cpu) = measuredHere(look) {
            UInt64(engine.execute(block.all, from: start, ends: ends, told: told))
        }
        if look != .proved { account.sum &+= sum }
        let requests = block.count(of: turns)
        guard engine.commands - before == UInt64(requests) else {
            throw ExperimentFailure(
                .invalid,
                "\(label)'s engine executed \(engine.commands - before) commands of \(requests); "
                    + "run the server's tests")
        }
        return RungReading(operations: requests, cpuNanoseconds: cpu)
    }

    func rest() { engine.rest() }

    func stop() {}
}
