// Where memory comes from: which NUMA nodes, and how. What can be asked of this kernel, and how a
// thread or a child gets it; where pages then lie is NumaPages' to say.
import CLinux
import Glibc
import Quantities
import SystemPackage

/// The policy, ready for a child between fork and exec: everything about it is known before.
public struct MemoryPolicy: Hashable, Sendable, CustomStringConvertible {
    /// The modes of set_mempolicy(2) that something is measured with.
    public enum Mode: String, CaseIterable, Sendable {
        /// From these nodes alone: where they have none left, the process gets none.
        case bind
        /// From each of them in turn, page by page.
        case interleave
        /// From one of them; where it has none left, silently from others.
        case preferred
        /// From the node of the CPU that touches a page first.
        case local

        /// The kernel's.
        var number: CInt {
            switch self {
            case .preferred: 1
            case .bind: 2
            case .interleave: 3
            case .local: 4
            }
        }
    }

    public let mode: Mode
    /// In order; none for `local`.
    public let nodes: [Int]
    /// A bit for each node, as set_mempolicy(2) takes them.
    let mask: [UInt]
    /// How many nodes it has one for.
    var bits: UInt { UInt(mask.count * UInt.bitWidth) }

    /// - Parameter nodes: that there are; `local` has none.
    /// - Returns: nil where libnuma is not installed.
    public init?(_ mode: Mode, nodes: [Int]) {
        self.mode = mode
        guard mode != .local else {
            self.nodes = []
            mask = []
            return
        }
        guard let library = NumaLibrary.installed else { return nil }
        self.nodes = nodes
        mask = library.mask(of: nodes)
    }

    /// `bind 1`, `interleave 0,1`, `local`.
    public var description: String {
        nodes.isEmpty ? mode.rawValue : "\(mode.rawValue) \(CPUList.text(nodes))"
    }

    /// Why policies may not be used here (EPERM or ENOSYS in containers), or nil.
    public static var denial: Errno? {
        let code = hashmark_probe_memory_policy()
        return code == 0 ? nil : Errno(rawValue: -code)
    }

    /// Puts the calling thread's new memory, and that of threads it starts, under the policy.
    public func apply() throws(SystemCallError) {
        let code = mask.withUnsafeBufferPointer {
            hashmark_set_memory_policy(mode.number, mask.isEmpty ? nil : $0.baseAddress, bits)
        }
        if code != 0 {
            throw SystemCallError("set_mempolicy", Errno(rawValue: -code), description)
        }
    }

    /// Nodes that the calling thread's memory is bound to; all, where it is bound to none.
    public static func boundNodes() -> [Int] { NumaLibrary.installed?.boundNodes() ?? [] }

    /// Nodes that the cgroup of this process lets memory come from; nil where nothing tells.
    public static func permittedNodes() -> [Int]? {
        ProcessAccounting.statusField("self", "Mems_allowed_list")
            .flatMap { try? CPUList.parse($0) }
    }
}
