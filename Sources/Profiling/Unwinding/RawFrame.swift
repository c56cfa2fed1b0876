// A frame before it has a name, in one word, the same in every process that runs the binary:
//
//     16 bits: number of the binary (see Binaries) | 48 bits: the linker's address in it
//     0xffff: kernel                               | the lower bits of its address
//     0xfffe: no file                              | a `Place`

package struct RawFrame: Hashable, Sendable {
    /// Code outside of all files.
    package enum Place: UInt64, Sendable {
        /// Memory that was made executable, as by a JIT compiler.
        case anonymous
        /// No mapping is known there.
        case unmapped
        /// A file that cannot be opened, or is no binary of this processor.
        case unreadable
        /// The kernel, where it may not be looked into.
        case unseenKernel
    }

    private let word: UInt64

    private static let addressMask: UInt64 = 0x0000_ffff_ffff_ffff
    private static let kernel: UInt64 = 0xffff
    private static let noFile: UInt64 = 0xfffe
    /// Numbers of binaries are below this.
    static let mostBinaries = 0xff00

    package init(binary: Int, _ address: UInt64) {
        word = UInt64(truncatingIfNeeded: binary) << 48 | address & Self.addressMask
    }

    package init(kernel address: UInt64) { word = Self.kernel << 48 | address & Self.addressMask }

    package init(_ place: Place) { word = Self.noFile << 48 | place.rawValue }

    package enum Meaning {
        case binary(Int, UInt64)
        case kernel(UInt64)
        case place(Place)
    }

    package var meaning: Meaning {
        let address = word & Self.addressMask
        switch word >> 48 {
        // The upper half of addresses is the kernel's.
        case Self.kernel: return .kernel(address | ~Self.addressMask)
        case Self.noFile: return .place(Place(rawValue: address) ?? .unmapped)
        default: return .binary(Int(word >> 48), address)
        }
    }
}
