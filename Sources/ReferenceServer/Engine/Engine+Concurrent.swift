// With `lock-free:N`: an engine of each thread, and one store that all of them execute on at once.
import Keyspaces
import RESP

extension Engine where K: ~Copyable {
    /// All of the batch is for this engine, and nothing of it stands behind replies of others: with
    /// such a store, requests with keys.
    @inline(__always)
    var isBatchOwn: Bool {
        guard shard.isShared else { return false }
        for index in 0..<batchCount {
            let request = request(at: index)
            let hasKey = request.key.bytes.baseAddress != nil
            if !hasKey || request.connection.pointee.awaitsReplies { return false }
        }
        return true
    }

    /// What is about one key is one step to those who execute on the store meanwhile.
    @inline(never)
    mutating func executeConcurrently(
        _ request: UnsafePointer<Request>, _ row: UnsafeMutablePointer<CommandIndex.Row>
    ) {
        if row.pointee.changesOneKey { keyspace.hold(request.pointee.key) }
        perform(request, row, request.pointee.argumentCount)
        keyspace.letGo()
    }
}
