// The routed loop by a schedule: what is due is drawn, goes into the queue of its node, and is sent
// as soon as that has a free connection. A node that is slow holds up what is for it alone; what
// waits in its queue counts from the moment that it was due.
import LinuxSystem
import Statistics

extension RoutedWorker {
    /// The longest wait, so that stalls and interruptions are seen; and with requests that wait for
    /// another attempt.
    private static var longestPause: UInt64 { 50_000_000 }
    private static var shortPause: UInt64 { 1_000_000 }

    mutating func preparePaced(_ pace: Pace) {
        followsSource = pace.isOfSource
        let step = pace.sendsWholePipelines ? pipeline : unit
        let goesOn = pace.goesOn && openLoop != nil
        let pacer = goesOn ? openLoop.pointee.pacer : Pacer(pace, place, requests: step)
        if openLoop == nil {
            openLoop = .allocate(capacity: 1)
            // Its ring of connections and its notes of them are another loop's.
            openLoop.initialize(
                to: OpenLoop(
                    connections: 0, batchRequests: 0, commands: labels.count, pacer: pacer))
        }
        openLoop.pointee.reset(goesOn ? nil : pacer, step: step, connections: 0)
        Worker.sharpenTimersOfCurrentThread()
    }

    /// When the next request is due, `.max` when there is none.
    private mutating func nextMoment() -> UInt64 {
        let start = openLoop.pointee.startedAt
        guard followsSource else { return start &+ openLoop.pointee.pacer.next }
        guard let due = source.due(0) else { return .max }
        return start &+ due
    }

    mutating func pacedLoop(_ tick: (UInt64) -> Void) {
        defer { openLoop.pointee.endedAt = now }
        var housekeeping = now &+ LoopLimits.housekeepingNanoseconds
        while !hasFailed {
            drawDue()
            if outstanding == 0 && queued == 0 {
                if openLoop.pointee.isPast(budget, now) { return }
                lastByteAt = now  // nothing is awaited, so nothing stalls
            }
            let wait = pause()
            let count: Int
            do throws(SystemCallError) {
                count = try epoll.wait(nanoseconds: wait)
            } catch {
                fail(.system(error))
                return
            }
            now = Clock.monotonicNanoseconds()
            if now > openLoop.pointee.awakeBy { openLoop.pointee.noteOversleeping(now) }
            handleEvents(count)
            if now >= housekeeping {
                housekeeping = now &+ LoopLimits.housekeepingNanoseconds
                keepHouse()
                tick(now)
            }
        }
    }

    /// How long to wait for replies: no longer than to the next moment.
    private mutating func pause() -> UInt64 {
        var wait = delayed.isEmpty ? Self.longestPause : Self.shortPause
        openLoop.pointee.awakeBy = .max
        let current = Clock.monotonicNanoseconds()
        if !openLoop.pointee.isOver && hasRoom {
            let moment = nextMoment()
            wait = moment > current ? min(moment &- current, wait) : 0
            openLoop.pointee.awakeBy = current &+ wait
        } else if openLoop.pointee.isOver && openLoop.pointee.endsAt < .max {
            let end = openLoop.pointee.endsAt
            if end > current { wait = min(end &- current, wait) }
        }
        return wait
    }

    /// Draws what is due, and sends it as far as its nodes have free connections.
    private mutating func drawDue() {
        now = Clock.monotonicNanoseconds()
        while !openLoop.pointee.isOver && !hasFailed {
            let moment = nextMoment()
            // A source at its end may yet have to answer misses.
            if moment == .max && budget > 0 && outstanding &+ queued > 0 { break }
            if budget <= 0 || moment >= deadline {
                openLoop.pointee.isOver = true
                if followsSource { openLoop.pointee.endsAt = sourceEnd(moment) }
                break
            }
            if now > openLoop.pointee.givenUpAt {
                giveUp()
                break
            }
            guard moment <= now, hasRoom else { break }
            let count = min(openLoop.pointee.step, budget)
            budget &-= count
            openLoop.pointee.planned &+= UInt64(truncatingIfNeeded: count)
            draw(count, intendedAt: moment)
            openLoop.pointee.pacer.advance()
        }
        if queued > 0 && now > openLoop.pointee.givenUpAt { dropQueues() }
        if queued > 0 { sendAll() }
    }

    /// Where the burst's part of a source's schedule ends, of which the next request is due at
    /// `moment`.
    private func sourceEnd(_ moment: UInt64) -> UInt64 {
        let start = openLoop.pointee.startedAt
        return min(moment == .max ? start &+ source.scheduleNanoseconds : moment, deadline)
    }

    /// Counts what is left of the schedule as unsent.
    private mutating func giveUp() {
        let before = openLoop.pointee.unsent
        if !followsSource { openLoop.pointee.giveUp(before: deadline, budget: &budget) }
        openLoop.pointee.planned &+= openLoop.pointee.unsent &- before
        openLoop.pointee.isOver = true
    }

    /// The same of what was drawn and found no free connection.
    private mutating func dropQueues() {
        openLoop.pointee.unsent &+= UInt64(truncatingIfNeeded: queued)
        for node in nodes { node.pointee.queue.removeAll() }
        queued = 0
    }

    func pacingSample() -> PacingSample {
        let end = openLoop.pointee.endsAt
        let isWhole = !hasFailed && !Interruption.requested && end < .max
        let length = max(isWhole ? end : now, startedAt) &- startedAt
        return openLoop.pointee.sample(
            now: now, deadline: deadline, scheduleNanoseconds: followsSource ? length : nil)
    }
}
