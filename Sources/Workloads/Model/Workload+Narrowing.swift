// A part of a workload: one of its operations, or collections of another size, on what else the
// file says. What a sweep over sizes is made of.

extension Workload {
    /// - Parameters:
    ///   - operation: the only one that is left, with the keys that it is for alone; nil: all.
    ///     A name that there is not leaves no operation, which `findings` refuses.
    ///   - members: of each key that is a collection; nil: as the file has it.
    ///   - memberSize: bytes of a member; nil: as the file has it.
    public func narrowed(
        to operation: String? = nil, members: Int? = nil, memberSize: Int? = nil
    ) -> Workload {
        var narrowed = self
        if let operation {
            narrowed.operations = operations.filter { $0.name == operation }
            if let space = narrowed.operations.first?.keyspace {
                narrowed.keyspaces = keyspaces.filter { $0.name == space }
            }
        }
        for index in narrowed.keyspaces.indices where keyspaces[index].members != nil {
            if let members {
                narrowed.keyspaces[index].members = SizeSpec(.constant(Double(members)))
            }
            if let memberSize { narrowed.keyspaces[index].memberSize = memberSize }
        }
        // What a sample of the whole must show is nothing that a part has.
        if narrowed != self { narrowed.expect = Expectations() }
        return narrowed
    }
}
