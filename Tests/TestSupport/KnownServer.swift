// A real redis-server whose data a test knows, with every type in its encodings.
import Foundation

public struct KnownServer: Sendable {
    public let folder = TemporaryFolder()
    public let server: RedisServer
    /// Keys, and those that hold strings.
    public static let keys = 761
    public static let strings = 751

    public struct Refused: Error { let reply: String }

    /// 700 strings, a third of them with a time to live, numbers, and every type in its encodings.
    private static let script = """
        for i = 1, 700 do
          local value = string.rep('v', i % 300 + 1)
          if i % 3 == 0 then redis.call('SET', string.format('key:%05d', i), value, 'EX', 3600)
          else redis.call('SET', string.format('key:%05d', i), value) end
        end
        for i = 1, 50 do redis.call('SET', 'n:' .. i, i * 1000 - 25000) end
        redis.call('SET', 'long', string.rep('abc', 100000))
        for i = 1, 3 do redis.call('RPUSH', 'list:small', 'item' .. i) end
        for i = 1, 5000 do redis.call('RPUSH', 'list:large', 'item' .. i) end
        redis.call('RPUSH', 'list:plain', string.rep('x', 20000), 'y')
        for i = 1, 20 do redis.call('SADD', 'set:numbers', i * 70000 - 350000) end
        for i = 1, 1000 do redis.call('SADD', 'set:large', 'm' .. i) end
        redis.call('HSET', 'hash:small', 'f', 'value', '12', '-5', 'g', string.rep('z', 60))
        for i = 1, 1000 do redis.call('HSET', 'hash:large', 'f' .. i, i) end
        redis.call('ZADD', 'zset:small', 1.5, 'm', -3, '7')
        for i = 1, 1000 do redis.call('ZADD', 'zset:large', i / 4, 'm' .. i) end
        for i = 1, 10 do redis.call('XADD', 'stream', i .. '-1', 'f', 'v') end
        redis.call('XGROUP', 'CREATE', 'stream', 'g', 0)
        redis.call('XREADGROUP', 'GROUP', 'g', 'c', 'COUNT', 3, 'STREAMS', 'stream', '>')
        return redis.call('DBSIZE')
        """

    public init(_ options: String...) throws {
        let folder = self.folder
        server = try RedisServer(["--dir", folder.path] + options)
    }

    /// A reply of redis-cli's.
    @discardableResult
    public func call(_ words: String...) throws -> String {
        try RunningProgram(["redis-cli", "-p", "\(server.port)"] + words).finish().stdout
    }

    public func fill() throws {
        let size = try call("EVAL", Self.script, "0")
        guard size.contains("\(Self.keys)") else { throw Refused(reply: size) }
    }
}
