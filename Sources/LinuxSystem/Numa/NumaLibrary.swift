// libnuma, where this machine has it: numbers of nodes and CPUs instead of its masks.
//
// It takes part in everything but the system calls that bind memory: those a child makes between
// fork and exec, where nothing of a library may run, and libnuma's own hide errno.
import CNuma

/// Unchecked: functions of a library that stays open, and a mask that it sets when it is opened.
struct NumaLibrary: @unchecked Sendable {
    private let functions: hashmark_numa

    /// Nil where this machine has none.
    static let installed = NumaLibrary("libnuma.so.1")

    /// Nil where there is no library of that name, or it is another one.
    init?(_ name: String) {
        var functions = hashmark_numa()
        guard hashmark_numa_open(name, &functions) == 0 else { return nil }
        self.functions = functions
    }

    /// Nodes that the kernel shows; none where it has no NUMA.
    var nodes: [Int] { functions.nodes.pointee.map { numbers($0) } ?? [] }

    /// Bytes of a node's memory.
    func memoryBytes(of node: Int) -> Int { Int(max(functions.node_size(CInt(node), nil), 0)) }

    /// Cost of an access from one node to another's memory, in tenths of one to its own; 0 where
    /// the firmware does not say.
    func distance(from node: Int, to other: Int) -> Int {
        Int(functions.distance(CInt(node), CInt(other)))
    }

    func cpus(of node: Int) -> [Int] {
        guard let mask = functions.allocate_cpumask() else { return [] }
        defer { functions.bitmask_free(mask) }
        return functions.node_to_cpus(CInt(node), mask) == 0 ? numbers(mask) : []
    }

    /// Nodes that the calling thread's memory is bound to; all, where it is bound to none.
    func boundNodes() -> [Int] {
        guard let mask = functions.get_membind() else { return [] }
        defer { functions.bitmask_free(mask) }
        return numbers(mask)
    }

    /// The bits of these nodes, of as many as this kernel can have.
    func mask(of nodes: [Int]) -> [UInt] {
        guard let mask = functions.allocate_nodemask() else { return [] }
        defer { functions.bitmask_free(mask) }
        for node in nodes { _ = functions.bitmask_setbit(mask, CUnsignedInt(node)) }
        let words = (Int(mask.pointee.size) + UInt.bitWidth - 1) / UInt.bitWidth
        return Array(UnsafeMutableBufferPointer(start: mask.pointee.maskp, count: words))
    }

    private func numbers(_ mask: UnsafeMutablePointer<bitmask>) -> [Int] {
        (0..<Int(mask.pointee.size)).filter {
            functions.bitmask_isbitset(UnsafePointer(mask), CUnsignedInt($0)) != 0
        }
    }
}
