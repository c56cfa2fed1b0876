// Streams that wait for their peers, with failures in this module's words.
import LinuxSystem
import Transport

struct ReadySet: ~Copyable {
    private var epoll: Epoll

    init(capacity: Int) throws(LoadFailure.Reason) {
        do throws(SystemCallError) {
            epoll = try Epoll(capacity: capacity)
        } catch {
            throw .system(error)
        }
    }

    /// - Parameter number: what `number(at:)` tells its events by.
    func add(_ stream: Stream, number: Int) throws(LoadFailure.Reason) {
        do throws(SystemCallError) {
            try epoll.add(stream.descriptor, .edges, token: UInt64(number))
        } catch {
            throw .system(error)
        }
    }

    /// Takes out and closes the descriptor of a stream that was shut down.
    func close(_ stream: Stream) { epoll.close(stream.descriptor) }

    /// Waits until something is ready, at most so long that an interruption is seen soon.
    /// - Returns: how many numbers there are.
    mutating func wait() throws(LoadFailure.Reason) -> Int {
        do throws(SystemCallError) {
            return try epoll.wait(milliseconds: 50)
        } catch {
            throw .system(error)
        }
    }

    func number(at index: Int) -> Int { Int(truncatingIfNeeded: epoll.event(at: index).token) }
}
