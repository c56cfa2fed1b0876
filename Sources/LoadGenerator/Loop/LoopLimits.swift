// Bounds of a load loop, on one server or on a cluster.
import RESP

enum LoopLimits {
    /// Received at once: 64 KiB hold 64 pipelined replies of 1 KiB, and stay in the L2 cache.
    static var receiveBytes: Int { 64 << 10 }
    /// With room in front of that for a line that was not whole (see `ReplyScanner`).
    static var bufferBytes: Int { receiveBytes + 2 * ReplyLimits.lineBytes }
    /// Interruptions, stalls and progress are looked at this often; 5 ms is below what anybody
    /// notices and far above a wake-up.
    static var housekeepingNanoseconds: UInt64 { 5_000_000 }
    /// Silence beyond this is a stall: a hundred times what a loaded server takes for a batch, and
    /// what a client's own time-outs begin to notice.
    static var stallNanoseconds: UInt64 { 5_000_000 }
    /// An interrupted burst waits this long for outstanding replies.
    static var drainNanoseconds: UInt64 { 1_000_000_000 }
    /// A wait that ends so late was overslept: ten times what a timer and a wake-up take on a
    /// virtual machine.
    static var oversleepingNanoseconds: UInt64 { 500_000 }
}
