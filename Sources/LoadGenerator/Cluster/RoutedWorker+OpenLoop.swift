// The routed loop by a schedule: what is due is drawn, goes into the queue of its node, and is sent
// as soon as that has a free connection. A node that is slow holds up what is for it alone; what
// waits in its queue counts from the moment that it was due. The open loop's ring of connections
// and its notes of their requests are another loop's, and stay empty.
import LinuxSystem

extension RoutedWorker {
    /// The longest wait with requests that wait for another attempt.
    private static var shortPause: UInt64 { 1_000_000 }

    mutating func pacedLoop(_ tick: (UInt64) -> Void) {
        var source = source
        defer { burst.openLoop.pointee.endedAt = burst.now }
        var housekeeping = burst.now &+ LoopLimits.housekeepingNanoseconds
        while !burst.hasFailed {
            drawDue(&source)
            if burst.outstanding == 0 && queued == 0 {
                if burst.openLoop.pointee.isPast(burst.budget, burst.now) { return }
                burst.lastByteAt = burst.now  // nothing is awaited, so nothing stalls
            }
            let longest = delayed.isEmpty ? OpenLoop.longestWait : Self.shortPause
            let canDraw = hasRoom
            let wait = burst.openLoop.pointee.pause(longest, canSend: canDraw, &source)
            let count: Int
            do throws(SystemCallError) {
                count = try epoll.wait(nanoseconds: wait)
            } catch {
                burst.fail(.system(error))
                return
            }
            burst.wakePaced()
            handleEvents(count)
            if burst.now >= housekeeping {
                housekeeping = burst.now &+ LoopLimits.housekeepingNanoseconds
                keepHouse()
                tick(burst.now)
            }
        }
    }

    /// Draws what is due, and sends it as far as its nodes have free connections.
    private mutating func drawDue(_ source: inout ErasedSource) {
        let loop: UnsafeMutablePointer<OpenLoop> = burst.openLoop
        burst.now = Clock.monotonicNanoseconds()
        while !loop.pointee.isOver && !burst.hasFailed {
            let moment = loop.pointee.nextMoment(&source)
            // A source at its end may yet have to answer misses.
            if moment == .max && burst.budget > 0 && burst.outstanding &+ queued > 0 { break }
            if burst.budget <= 0 || moment >= burst.deadline {
                loop.pointee.end(at: moment, source, deadline: burst.deadline)
                break
            }
            if burst.now > loop.pointee.givenUpAt {
                loop.pointee.giveUp(before: burst.deadline, budget: &burst.budget)
                break
            }
            guard moment <= burst.now, hasRoom else { break }
            let count = min(loop.pointee.step, burst.budget)
            burst.budget &-= count
            loop.pointee.planned &+= UInt64(truncatingIfNeeded: count)
            draw(count, intendedAt: moment)
            loop.pointee.pacer.advance()
        }
        if queued > 0 && burst.now > loop.pointee.givenUpAt { dropQueues() }
        if queued > 0 { sendAll() }
    }

    /// Counts what was drawn and found no free connection as unsent.
    private mutating func dropQueues() {
        burst.openLoop.pointee.unsent &+= UInt64(truncatingIfNeeded: queued)
        for node in nodes { node.pointee.queue.removeAll() }
        queued = 0
    }
}
