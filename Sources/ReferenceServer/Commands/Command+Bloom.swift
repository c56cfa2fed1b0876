// The rows of the commands about Bloom filters, in the order of `Handler`.
//
// They are a module's, valkey-bloom's, which loads from 8.0 on; their names are as it registers
// them. BF.LOAD is not among them: nobody but an append-only file of such a server sends it.

extension Command {
    /// Of 8.0 and later.
    static let bloom: [Command] = [
        Command(
            "BF.ADD", .bloom(.bfadd), 3, [.write, .denyoom, .fast], keys: oneKey, .module,
            "Adds an item to a Bloom filter.", since: .valkey80),
        Command(
            "BF.MADD", .bloom(.bfmadd), -3, [.write, .denyoom, .fast], keys: oneKey, .module,
            "Adds items to a Bloom filter.", since: .valkey80),
        Command(
            "BF.EXISTS", .bloom(.bfexists), 3, [.readonly, .fast], keys: oneKey, .module,
            "Whether an item was added, probably.", since: .valkey80),
        Command(
            "BF.MEXISTS", .bloom(.bfmexists), -3, [.readonly, .fast], keys: oneKey, .module,
            "Which items were added, probably.", since: .valkey80),
        Command(
            "BF.CARD", .bloom(.bfcard), 2, [.readonly, .fast], keys: oneKey, .module,
            "How many items were added.", since: .valkey80),
        Command(
            "BF.RESERVE", .bloom(.bfreserve), -4, [.write, .denyoom, .fast], keys: oneKey, .module,
            "Makes a Bloom filter for so many items at an error rate.", since: .valkey80),
        Command(
            "BF.INFO", .bloom(.bfinfo), -2, [.readonly, .fast], keys: oneKey, .module,
            "What a Bloom filter is, and how large.", since: .valkey80),
        Command(
            "BF.INSERT", .bloom(.bfinsert), -2, [.write, .denyoom, .fast], keys: oneKey, .module,
            "Adds items to a Bloom filter, which is made as the options say.", since: .valkey80),
    ]
}
