// What a generator draws: one request, as numbers.

/// One request, as numbers; `CompiledWorkload.operations[operation]` says what to do with them.
public struct DrawnRequest: Sendable, Equatable {
    /// Index into `CompiledWorkload.operations`.
    public var operation: UInt32
    public var keyspace: UInt32
    /// Popularity rank of the key, 0 the most popular.
    public var rank: UInt64
    /// Id of the key: what its digits say.
    public var key: UInt64
    /// Bytes of the key, 0 for a command without one.
    public var keySize: Int
    /// Bytes of the value to write, 0 for a command without one.
    public var valueSize: Int
    /// Time to live to set, 0 for none.
    public var ttlSeconds: Int
    /// Bytes of the value that a look-up must answer with; −1 where they do not hang on the key.
    public var answerSize = -1
    /// Which bytes the value has (`ValueFiller.salt(ofKey:)`), 0 for a command without one.
    public var salt: UInt64
    /// Rank that the key's sizes hang on: `rank` unless popularity changes hands.
    public var home: UInt64 = 0
    /// What the command needs besides: the number of a member, the id of another key, or how many
    /// keys `{keys}` stands for.
    public var extra: UInt64 = 0

    init(
        operation: UInt32 = 0, keyspace: UInt32 = 0, rank: UInt64 = 0, key: UInt64 = 0,
        keySize: Int = 0, valueSize: Int = 0, ttlSeconds: Int = 0, salt: UInt64 = 0
    ) {
        self.operation = operation
        self.keyspace = keyspace
        self.rank = rank
        self.key = key
        self.keySize = keySize
        self.valueSize = valueSize
        self.ttlSeconds = ttlSeconds
        self.salt = salt
    }
}
