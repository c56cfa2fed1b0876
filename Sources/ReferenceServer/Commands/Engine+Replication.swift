// What is asked of a primary: its role, and how far its writes have come. There are neither
// replicas nor an append-only file here, and none can come: a wait is over at once, as it is
// elsewhere when its time is.
import Keyspaces
import RESP

extension Engine where K: ~Copyable {
    /// `WAIT replicas milliseconds`: no replica has it.
    mutating func waitForReplicas(_ request: Request) {
        guard argument(request, 1).integer != nil else { return notAnInteger(request) }
        guard hasTimeout(request, 2) else { return }
        reply.integer(0)
    }

    /// `WAITAOF local replicas milliseconds`: no file has it.
    mutating func waitForFiles(_ request: Request) {
        guard let local = argument(request, 1).integer else { return notAnInteger(request) }
        guard (0...1).contains(local) else {
            return fail(request, "ERR value is out of range, value must between 0 and 1")
        }
        guard let replicas = argument(request, 2).integer else { return notAnInteger(request) }
        guard replicas >= 0 else {
            return fail(request, "ERR value is out of range, must be positive")
        }
        guard hasTimeout(request, 3) else { return }
        guard local == 0 else {
            return fail(
                request,
                "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.")
        }
        reply.array(2)
        reply.integer(0)
        reply.integer(0)
    }

    /// Whether an argument is a time to wait; false after an error reply.
    private mutating func hasTimeout(_ request: Request, _ index: Int) -> Bool {
        guard let milliseconds = argument(request, index).integer else {
            fail(request, "ERR timeout is not an integer or out of range")
            return false
        }
        guard milliseconds >= 0 else {
            fail(request, "ERR timeout is negative")
            return false
        }
        return true
    }
}
