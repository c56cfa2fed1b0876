// Which code of which binary lies where in a process: from /proc/PID/maps, and from the kernel's
// records of later mappings. A binary is opened when a frame first lies in it.
import Glibc
import LinuxSystem

package struct AddressSpace {
    package struct Mapping: Equatable {
        package var start: UInt64
        package var end: UInt64
        /// In the file, of the mapping's start.
        package var offset: UInt64
        /// 0: unknown, or no file.
        package var inode: UInt64
        /// As in /proc/PID/maps; empty: none.
        package var path: String

        package init(start: UInt64, end: UInt64, offset: UInt64, inode: UInt64, path: String) {
            self.start = start
            self.end = end
            self.offset = offset
            self.inode = inode
            self.path = path
        }

        /// Memory, however it came to be: the kernel's records call it `//anon`, a segment that
        /// compilers share with themselves is `/memfd:NAME (deleted)`.
        fileprivate var isMemory: Bool {
            !path.hasPrefix("/")
                || ["//", "/memfd:", "/dev/zero", "/anon_hugepage"].contains { path.hasPrefix($0) }
        }

        /// The same, and its file may have lost its name since.
        fileprivate func isSame(as later: Mapping) -> Bool {
            var named = self
            if later.path == path + Binary.deleted { named.path = later.path }
            return named == later
        }
    }

    /// Where an address lies.
    struct Location {
        var frame: RawFrame
        /// Nil for code outside of all files.
        var binary: Binary?
        /// The linker's, in the binary.
        var address: UInt64
    }

    private enum Content {
        case unread
        /// - shift: added to an address, it is the linker's.
        case binary(Binary, shift: UInt64)
        case none
    }

    private let pid: pid_t
    private let binaries: Binaries
    /// Executable ones, by address, apart from each other.
    package private(set) var mappings: [Mapping] = []
    private var contents: [Content] = []

    package init(pid: pid_t, binaries: Binaries) {
        self.pid = pid
        self.binaries = binaries
    }

    /// Looks again what is mapped; keeps what is known where it can be read no more.
    /// - Parameter anew: another program runs now: nothing of before is left.
    mutating func refresh(anew: Bool = false) {
        guard let maps = Self.maps(of: pid) else { return }
        if anew { (mappings, contents) = ([], []) }
        for mapping in Self.executable(maps: maps) { insert(mapping) }
    }

    private static func maps(of pid: pid_t) -> [UInt8]? {
        func read(_ process: String) -> [UInt8]? {
            SmallFile.bytes("/proc/\(process)/maps").flatMap { $0.isEmpty ? nil : $0 }
        }
        if let maps = read("\(pid)") { return maps }
        // A first thread that has ended before others has none.
        for thread in SmallFile.names(in: "/proc/\(pid)/task") {
            if let maps = read("\(pid)/task/\(thread)") { return maps }
        }
        return nil
    }

    /// The executable mappings of /proc/PID/maps: `start-end perms offset device inode path`.
    package static func executable(maps: [UInt8]) -> [Mapping] {
        maps.split(separator: UInt8(ascii: "\n")).compactMap { line in
            // Most are not, and text is slow: this is read at the start of every window.
            guard let blank = line.firstIndex(of: UInt8(ascii: " ")),
                line[blank...].dropFirst(3).first == UInt8(ascii: "x")
            else { return nil }
            let fields = String(decoding: line, as: UTF8.self)
                .split(separator: " ", maxSplits: 5)
            guard fields.count >= 5 else { return nil }
            let ends = fields[0].split(separator: "-")
            guard ends.count == 2, let start = UInt64(ends[0], radix: 16),
                let end = UInt64(ends[1], radix: 16), start < end,
                let offset = UInt64(fields[2], radix: 16), let inode = UInt64(fields[4])
            else { return nil }
            let path = fields.count > 5 ? fields[5].drop { $0 == " " } : ""
            return Mapping(
                start: start, end: end, offset: offset, inode: inode, path: String(path))
        }
    }

    /// Adds a mapping in place of what it covers.
    package mutating func insert(_ mapping: Mapping) {
        let first = mappings.firstIndex { $0.end > mapping.start } ?? mappings.count
        let last = mappings[first...].firstIndex { $0.start >= mapping.end } ?? mappings.count
        if last == first + 1, mappings[first].isSame(as: mapping) {
            // What was read of it when it had a name stays: it may be out of reach now.
            mappings[first] = mapping
            return
        }
        var (pieces, inside): ([Mapping], [Content]) = ([mapping], [.unread])
        if first < last {
            // What the first and the last have outside of it stays.
            let (before, after) = (mappings[first], mappings[last - 1])
            if before.start < mapping.start {
                var piece = before
                piece.end = mapping.start
                pieces.insert(piece, at: 0)
                inside.insert(contents[first], at: 0)
            }
            if after.end > mapping.end {
                var piece = after
                piece.offset &+= mapping.end - after.start
                piece.start = mapping.end
                pieces.append(piece)
                // A shift is the same at every address of what was one mapping.
                inside.append(contents[last - 1])
            }
        }
        mappings.replaceSubrange(first..<last, with: pieces)
        contents.replaceSubrange(first..<last, with: inside)
    }

    /// - Complexity: O(log mappings), and the time to read a binary that is new.
    mutating func locate(_ address: UInt64) -> Location {
        var (low, high) = (0, mappings.count)
        while low < high {
            let middle = (low + high) / 2
            if mappings[middle].start <= address { low = middle + 1 } else { high = middle }
        }
        guard low > 0, address < mappings[low - 1].end else {
            return Location(frame: RawFrame(.unmapped), binary: nil, address: address)
        }
        if case .unread = contents[low - 1] {
            contents[low - 1] = content(of: mappings[low - 1])
        }
        guard case .binary(let binary, let shift) = contents[low - 1] else {
            let isMemory = mappings[low - 1].isMemory
            return Location(
                frame: RawFrame(isMemory ? .anonymous : .unreadable), binary: nil, address: address)
        }
        let own = address &+ shift
        return Location(
            frame: RawFrame(binary: binary.number, own), binary: binary, address: own)
    }

    private func content(of mapping: Mapping) -> Content {
        let (end, overflow) = mapping.offset.addingReportingOverflow(mapping.end - mapping.start)
        guard !overflow, let binary = binaries.load(mapping, of: pid),
            let shift = binary.file.shift(ofOffsets: mapping.offset..<end)
        else { return .none }
        return .binary(binary, shift: mapping.offset &- mapping.start &+ shift)
    }
}
