// A node of the cluster as one worker sees it, and a connection to it: plain structs behind
// pointers, as LoadConnection is.
import LinuxSystem
import RESP
import Statistics

struct RoutedNode {
    let address: SocketAddress
    /// Drawn from the source, and not sent yet.
    var queue = RoutedBatch()
    /// Sent elsewhere before: it goes first, without waiting for others.
    var urgent = RoutedBatch()
    /// Connections that wait for requests, the one used last at the end.
    var idle: [Int] = []
    /// All that there are, the broken ones among them.
    var connections: [Int] = []
    /// Slots it serves as a primary, or of its primary.
    var slots = 0
    var isReplica = false
    /// Of a primary.
    var replicas: [Int] = []
    /// Requests on the way to it.
    var outstanding = 0
    var lastByteAt: UInt64 = 0
    /// When it is tried again; 0 while its connections stand.
    var retryAt: UInt64 = 0
    /// Connections that stand.
    var open = 0
    /// Since when none of them does, or since when it has been silent; 0 while it answers. What is
    /// for it waits in its queues meanwhile.
    var awaySince: UInt64 = 0
    /// It has been away for longer than anybody waits: what is for it counts as failed.
    var isGivenUp = false
    /// Of a burst: the longest time that requests waited for it, and the most of them.
    var longestAway: UInt64 = 0
    var mostWaiting = 0
    var operations: UInt64 = 0
    var redirected: UInt64 = 0
    var lost: UInt64 = 0
    let latency = LatencyRecorder()

    init(_ address: SocketAddress) { self.address = address }

    /// Whether all of its connections stand and it answers.
    var isThere: Bool { retryAt == 0 && awaySince == 0 }

    func deallocate() {
        queue.deallocate()
        urgent.deallocate()
    }

    /// Begins a burst.
    mutating func reset() {
        (operations, redirected, lost) = (0, 0, 0)
        (longestAway, mostWaiting) = (0, 0)
        latency.reset()
    }

    var sample: ClusterSample.Node {
        var sample = ClusterSample.Node(address: address, isReplica: isReplica, slots: slots)
        sample.operations = operations
        sample.redirected = redirected
        sample.lostConnections = lost
        sample.longestAwayNanoseconds = longestAway
        sample.waited = UInt64(mostWaiting)
        sample.latency = latency.histogram()
        return sample
    }
}

struct RoutedConnection {
    /// Socket, scanner and what is left of a line; its own batch stays empty.
    var link: LoadConnection
    let node: Int
    /// Its number in the worker, and what the poller tells it by.
    let token: Int
    var isOpen = true
    /// What is on the way. Empty between two batches.
    var batch = RoutedBatch()
    var answered = 0
    /// A client waits for its batch. Not one that a silent node has, whose client works on.
    var holdsClient = false

    init(_ link: LoadConnection, node: Int, token: Int) {
        self.link = link
        self.node = node
        self.token = token
    }

    func deallocate() {
        if isOpen { link.deallocate() }
        batch.deallocate()
    }
}
