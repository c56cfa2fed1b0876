// Where a connection may stand and go: every event in every phase, and every set of orders.
import ReferenceServer
import Testing

@Suite struct ConnectionStateTests {
    typealias Phase = ConnectionState.Phase
    typealias Event = ConnectionState.Event
    typealias Orders = ConnectionState.Orders

    private static let phases: [Phase] = [
        .idle, .queued, .gathered, .queuedAndGathered, .away([]), .closed,
    ]

    /// What each event leads to from each of `phases`; nil: it must not happen.
    private static let table: [(event: Event, leadsTo: [Phase?])] = [
        (.queue, [.queued, .queued, .queuedAndGathered, .queuedAndGathered, nil, .closed]),
        (.unqueue, [.idle, .idle, .gathered, .gathered, nil, .closed]),
        (.gather, [.gathered, .queuedAndGathered, nil, nil, nil, nil]),
        (.handOver, [nil, nil, .idle, nil, nil, .closed]),
        (.leave, [.away([]), nil, nil, nil, nil, nil]),
        (.comeBack, [nil, nil, nil, nil, .idle, nil]),
        (.note(.readable), [nil, nil, nil, nil, .away(.readable), nil]),
        (.close, [.closed, .closed, .closed, .closed, .away(.close), nil]),
    ]

    /// A state that went to `phase` by the shortest way.
    private static func state(_ phase: Phase) -> ConnectionState {
        var state = ConnectionState()
        switch phase {
        case .idle: break
        case .queued: state.queue()
        case .gathered: state.gather()
        case .queuedAndGathered:
            state.queue()
            state.gather()
        case .away(let notice):
            state.leave()
            if !notice.isEmpty { state.note(notice) }
        case .closed: _ = state.close()
        }
        return state
    }

    private static func perform(_ event: Event, _ state: inout ConnectionState) {
        switch event {
        case .queue: state.queue()
        case .unqueue: state.unqueue()
        case .gather: state.gather()
        case .handOver: state.handOver()
        case .leave: state.leave()
        case .comeBack: _ = state.comeBack()
        case .note(let notice): state.note(notice)
        case .close: _ = state.close()
        }
    }

    @Test func everyEventInEveryPhase() {
        for (event, leadsTo) in Self.table {
            for (phase, expected) in zip(Self.phases, leadsTo) {
                #expect(phase.after(event) == expected, "\(event) of one that is \(phase)")
                guard let expected else { continue }
                var state = Self.state(phase)
                #expect(state.phase == phase)
                Self.perform(event, &state)
                #expect(state.phase == expected, "\(event) of one that is \(phase)")
            }
        }
    }

    @Test func phasesTellWhoMayTouchWhat() {
        for phase in Self.phases {
            let state = Self.state(phase)
            let isHeldByBatch = phase == .queued || phase == .queuedAndGathered
            let isHeldForThread = phase == .gathered || phase == .queuedAndGathered
            let isOpenHere = phase != .away([]) && phase != .closed
            #expect(state.isIdle == (phase == .idle))
            #expect(state.isAway == (phase == .away([])))
            #expect(state.isClosed == (phase == .closed))
            #expect(state.isQueued == isHeldByBatch)
            #expect(state.isGathered == isHeldForThread)
            #expect(state.isInputFree == (isOpenHere && !isHeldByBatch))
            #expect(state.isOutputFree == (isOpenHere && !isHeldForThread))
        }
    }

    @Test func whatHappensMeanwhileIsToldOnReturn() {
        let notices: [ConnectionState.Notice] = [.readable, .writable, .close]
        for set in 0..<8 {
            var state = Self.state(.away([]))
            var expected: ConnectionState.Notice = []
            for (index, notice) in notices.enumerated() where set & (1 << index) != 0 {
                expected.insert(notice)
                // Twice is as good as once.
                for _ in 0..<2 { Self.perform(notice == .close ? .close : .note(notice), &state) }
            }
            #expect(state.phase == .away(expected))
            let noted = state.comeBack()
            #expect(noted == expected)
            #expect(state.isIdle)
        }
    }

    private static func order(_ orders: Orders, _ state: inout ConnectionState) {
        if orders.contains(.postponed) { state.postpone() }
        if orders.contains(.choked) { state.choke() }
        if orders.contains(.closesAfterReply) { state.closeAfterReply() }
        if orders.contains(.killed) { state.kill() }
        // One command waits at a time.
        if orders.contains(.blocked) && !state.isBlocked { state.block() }
    }

    @Test func everySetOfOrdersInEveryPhase() {
        for phase in Self.phases {
            for orders in (0..<32).map({ Orders(rawValue: $0) }) {
                var state = Self.state(phase)
                Self.order(orders, &state)
                #expect(state.orders == orders)
                #expect(state.phase == phase)
                #expect(state.isPostponed == orders.contains(.postponed))
                #expect(state.isChoked == orders.contains(.choked))
                #expect(state.closesAfterReply == orders.contains(.closesAfterReply))
                #expect(state.isKilled == orders.contains(.killed))
                #expect(state.isBlocked == orders.contains(.blocked))
                #expect(state.isHeldUp == !orders.intersection([.choked, .blocked]).isEmpty)
                #expect(state.takesRequests == orders.subtracting(.killed).isEmpty)
                // Given again they are the same; lifted, only they go.
                Self.order(orders, &state)
                #expect(state.orders == orders)
                if state.isPostponed { state.resume() }
                #expect(state.orders == orders.subtracting(.postponed))
                if state.isChoked { state.unchoke() }
                #expect(state.orders == orders.subtracting([.postponed, .choked]))
                if state.isBlocked { state.unblock() }
                #expect(state.orders == orders.subtracting([.postponed, .choked, .blocked]))
            }
        }
    }

    @Test func theListIsLeftAsItWasEntered() {
        for phase in Self.phases {
            var state = Self.state(phase)
            state.announceEnd()
            state.list()
            #expect(state.isListed && state.isEndAnnounced)
            if phase != .closed { _ = state.close() }
            #expect(state.isListed)
            state.unlist()
            #expect(!state.isListed && state.isEndAnnounced)
        }
    }

    /// One forbidden phase of each event, and what lifts what was never ordered.
    @Test(arguments: 0..<14)
    func whatMustNotHappenStopsTheProgram(step: Int) async {
        await #expect(processExitsWith: .failure) { [step] in
            var state = ConnectionState()
            switch step {
            case 0:
                state.leave()
                state.queue()
            case 1:
                state.leave()
                state.unqueue()
            case 2:
                state.gather()
                state.gather()
            case 3: state.handOver()
            case 4:
                state.queue()
                state.leave()
            case 5: _ = state.comeBack()
            case 6: state.note(.readable)
            case 7:
                _ = state.close()
                _ = state.close()
            case 8: state.resume()
            case 9: state.unchoke()
            case 10:
                state.list()
                state.list()
            case 11:
                state.block()
                state.block()
            case 12: state.unblock()
            default: state.unlist()
            }
        }
    }
}
