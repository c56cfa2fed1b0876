// The load loop by a schedule: what is due is sent on the connection that has been free longest;
// what finds none waits, and its waiting counts in the latency from the intended moment.
//
//     due moments ─► at most `pipeline` of them become one batch of c7 ─► answered: c7 goes last
import LinuxSystem
import Statistics

extension LoadWorker where Source: ~Copyable {
    mutating func pacedLoop(_ tick: (UInt64) -> Void) {
        defer { burst.openLoop.pointee.endedAt = burst.now }
        var housekeeping = burst.now &+ LoopLimits.housekeepingNanoseconds
        while !burst.hasFailed {
            dispatch()
            if burst.outstanding == 0 && handshaking == 0 {
                if burst.openLoop.pointee.isPast(burst.budget, burst.now) { return }
                burst.lastByteAt = burst.now  // nothing is awaited, so nothing stalls
            }
            let count: Int
            do throws(SystemCallError) {
                count = try waitForEvents()
            } catch {
                burst.fail(.system(error))
                return
            }
            burst.wakePaced()
            var index = 0
            while index < count {
                handle(epoll.event(at: index))
                index &+= 1
            }
            if burst.now >= housekeeping {
                housekeeping = burst.now &+ LoopLimits.housekeepingNanoseconds
                keepHouse()
                tick(burst.now)
            }
        }
    }

    /// Waits for replies, and no longer than to the next moment that a free connection can serve.
    private mutating func waitForEvents() throws(SystemCallError) -> Int {
        let isFree = burst.openLoop.pointee.freeCount > 0
        let wait = burst.openLoop.pointee.pause(OpenLoop.longestWait, canSend: isFree, &source)
        return try epoll.wait(nanoseconds: wait)
    }

    /// Sends what is due, as far as there are free connections.
    @inline(__always)
    private mutating func dispatch() {
        let loop: UnsafeMutablePointer<OpenLoop> = burst.openLoop
        guard !loop.pointee.isOver else { return }
        burst.now = Clock.monotonicNanoseconds()
        while !burst.hasFailed {
            let moment = loop.pointee.nextMoment(&source)
            // A source at its end may yet have to answer misses.
            if moment == .max && burst.budget > 0 && burst.outstanding > 0 { return }
            if burst.budget <= 0 || moment >= burst.deadline {
                loop.pointee.end(at: moment, source, deadline: burst.deadline)
                return
            }
            if burst.now > loop.pointee.givenUpAt {
                loop.pointee.giveUp(before: burst.deadline, budget: &burst.budget)
                return
            }
            guard moment <= burst.now, loop.pointee.freeCount > 0 else { return }
            sendDue(loop.pointee.take())
        }
    }

    private mutating func sendDue(_ index: Int) {
        let loop: UnsafeMutablePointer<OpenLoop> = burst.openLoop
        let connection = connections + index
        let moments = loop.pointee.intended + index &* loop.pointee.batchRequests
        var count = 0
        while count < burst.pipeline && burst.budget > 0 {
            let moment = loop.pointee.nextMoment(&source, count)
            guard moment <= burst.now, moment < burst.deadline else { break }
            let part = min(loop.pointee.step, burst.budget)
            for _ in 0..<part {
                moments[count] = moment
                count &+= 1
            }
            burst.budget &-= part
            loop.pointee.pacer.advance()
        }
        loop.pointee.planned &+= UInt64(truncatingIfNeeded: count)
        burst.outstanding &+= count
        start(connection, count)
        let sentAt = connection.pointee.sentAt
        var position = 0
        while position < count {
            let moment = moments[position]
            loop.pointee.slip.record(sentAt > moment ? sentAt &- moment : 1)
            position &+= 1
        }
        loop.pointee.endLag = sentAt > moments[count - 1] ? sentAt &- moments[count - 1] : 0
    }

    /// A reply to the request at `position` of its connection's batch.
    @inline(__always)
    mutating func recordIntended(
        _ connection: UnsafeMutablePointer<LoadConnection>, _ position: Int, _ command: Int
    ) {
        let loop: UnsafeMutablePointer<OpenLoop> = burst.openLoop
        let index = connection - connections
        let moment = loop.pointee.intended[index &* loop.pointee.batchRequests &+ position]
        loop.pointee.latency[command].record(burst.now > moment ? burst.now &- moment : 1)
    }
}
