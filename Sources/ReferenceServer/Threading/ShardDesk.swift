// What one thread of `sharded:N` has at hand for requests of which others have the keys.
import LinuxSystem
import RESP
import Transport

struct ShardDesk: ~Copyable {
    typealias ConnectionPointer = UnsafeMutablePointer<Connection>

    /// What is to be done with a request of the batch.
    enum Route {
        case execute
        /// It ends a stretch: it is about its connection, or about several shards.
        case executeAlone
        /// It is request `entry` of a parcel that was sent.
        case sent(Parcel, entry: Int)
        /// Its connection has to wait; it is put back.
        case hold
    }

    /// Parcels kept for the next use.
    private static let keptParcels = 64

    let shards: Shards
    /// The number of the thread, and of its shard.
    let thread: Int
    /// Of the requests in the batch.
    var routes: [Route] = []
    /// Whose requests others have executed here.
    let proxy: ConnectionPointer
    /// Parcels that are being filled, by their receiver.
    private var open: [Parcel?]
    private var spare: [Parcel] = []
    /// The thread that the next new connection is of.
    private var receiver = 0

    static func make(_ shards: Shards, thread: Int) -> UnsafeMutablePointer<ShardDesk> {
        let desk = UnsafeMutablePointer<ShardDesk>.allocate(capacity: 1)
        desk.initialize(to: ShardDesk(shards, thread: thread))
        return desk
    }

    private init(_ shards: Shards, thread: Int) {
        self.shards = shards
        self.thread = thread
        open = [Parcel?](repeating: nil, count: shards.count)
        proxy = .allocate(capacity: 1)
        proxy.initialize(to: Connection(.plain(descriptor: -1), id: 0, nowNanoseconds: 0))
    }

    deinit {
        proxy.deinitialize(count: 1)
        proxy.deallocate()
    }

    /// Makes the proxy stand for a client that is served as these say.
    func represent(client: UInt64, version: UInt8, recordsUse: Bool) {
        proxy.initialize(to: Connection(.plain(descriptor: -1), id: client, nowNanoseconds: 0))
        proxy.pointee.version = version
        proxy.pointee.recordsUse = recordsUse
        proxy.pointee.isAuthenticated = true
    }

    /// A parcel for `receiver` that has room for a request of `connection`.
    mutating func parcel(for receiver: Int, _ connection: ConnectionPointer) -> Parcel {
        if let parcel = open[receiver] {
            let contents = parcel.contents
            if contents.pointee.count < Parcel.capacity
                && contents.pointee.version == connection.pointee.version
                && contents.pointee.recordsUse == connection.pointee.recordsUse
            {
                return parcel
            }
            open[receiver] = nil
            shards.post(.requests(parcel), to: receiver)
        }
        let parcel = spare.popLast() ?? Parcel(sender: thread)
        parcel.contents.pointee.version = connection.pointee.version
        parcel.contents.pointee.recordsUse = connection.pointee.recordsUse
        open[receiver] = parcel
        return parcel
    }

    /// Sends what was filled.
    mutating func sendParcels() {
        for receiver in open.indices {
            guard let parcel = open[receiver] else { continue }
            open[receiver] = nil
            shards.post(.requests(parcel), to: receiver)
        }
    }

    /// The threads in turn.
    mutating func nextReceiver() -> Int {
        defer { receiver = (receiver + 1) % shards.count }
        return receiver
    }

    /// Takes a parcel that came back.
    mutating func keep(_ parcel: Parcel) {
        parcel.removeAll()
        if spare.count < Self.keptParcels { spare.append(parcel) }
    }
}
