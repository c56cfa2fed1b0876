// From addresses to frames with names: the kernel's by kallsyms, those of binaries by
// llvm-symbolizer where they have debug information and it is there, else by their symbols, else by
// the start of their function.
import LinuxSystem
import RunRecord

struct FrameNamer {
    let binaries: [Binary]
    private(set) var symbols: [Int: SymbolTable]
    /// Files beside binaries that were looked for; nil where there is none.
    private(set) var debugFiles: [Int: ELFFile?]

    /// Nearest to the root first; every frame gets at least one.
    mutating func names(
        of frames: Set<RawFrame>, inlines: Bool, remarks: inout [String]
    ) -> [RawFrame: [StackProfile.Frame]] {
        var named: [RawFrame: [StackProfile.Frame]] = [:]
        var addresses: [Int: [UInt64]] = [:]
        for frame in frames {
            switch frame.meaning {
            case .kernel(let address): named[frame] = [Self.kernel(address)]
            case .place(let place): named[frame] = [Self.name(of: place)]
            case .binary(let number, let address): addresses[number, default: []].append(address)
            }
        }
        let symbolizer = inlines && !addresses.isEmpty ? InlineFrames() : nil
        for (number, list) in addresses.sorted(by: { $0.key < $1.key }) {
            guard number < binaries.count else { continue }
            let binary = binaries[number]
            let debug: ELFFile?
            if let known = debugFiles[number] {
                debug = known
            } else {
                debug = DebugFile.find(for: binary, remarks: &remarks)
                debugFiles[number] = .some(debug)
            }
            let table = symbols[number] ?? SymbolTable([binary.file] + (debug.map { [$0] } ?? []))
            symbols[number] = table
            let source = [debug, binary.file].compactMap(\.self).first {
                $0.section(".debug_info") != nil
            }
            let sorted = list.sorted()
            let told =
                source.flatMap { symbolizer?.frames(at: sorted, in: $0, name: binary.name) } ?? []
            for (index, address) in sorted.enumerated() {
                let frames = index < told.count ? told[index] : []
                named[RawFrame(binary: number, address)] =
                    frames.isEmpty ? [Self.name(of: address, in: binary, table)] : frames
            }
        }
        if let remark = symbolizer?.remark { remarks.append(remark) }
        return named
    }

    private static func name(
        of address: UInt64, in binary: Binary, _ table: SymbolTable
    ) -> StackProfile.Frame {
        if let name = table.name(at: address) {
            return StackProfile.Frame(Demangling.readable(name), binary: binary.name)
        }
        let start = binary.table.functionStart(at: address)
        return StackProfile.Frame(
            start.map { "\(binary.name)+0x\(String($0, radix: 16))" } ?? binary.name,
            binary: binary.name, kind: .unnamed)
    }

    private static let kernelName = "[kernel]"

    private static func kernel(_ address: UInt64) -> StackProfile.Frame {
        StackProfile.Frame(
            KernelSymbols.current.name(at: address) ?? kernelName, binary: kernelName,
            kind: .kernel)
    }

    private static func name(of place: RawFrame.Place) -> StackProfile.Frame {
        switch place {
        case .anonymous: StackProfile.Frame("[code made at run time]", kind: .unnamed)
        case .unreadable: StackProfile.Frame("[a file that cannot be read]", kind: .unnamed)
        case .unmapped: StackProfile.Frame("[no code]", kind: .unnamed)
        case .unseenKernel:
            StackProfile.Frame(kernelName, binary: kernelName, kind: .kernel)
        }
    }
}
