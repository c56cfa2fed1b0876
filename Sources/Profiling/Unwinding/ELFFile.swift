// ELF64, little-endian: as much of it as unwinding and naming need. Every offset is checked against
// the bytes that there are; what does not fit is as if it were missing.
//
// Source: the ELF-64 object file format, version 1.5.

package struct ELFFile: Sendable {
    struct Section: Sendable {
        var name: String
        var type: UInt32
        var flags: UInt64
        var address: UInt64
        var offset: UInt64
        var size: UInt64
        /// Of the section with its strings.
        var link: UInt32
    }

    struct Segment: Sendable {
        var type: UInt32
        var isExecutable: Bool
        var offset: UInt64
        var address: UInt64
        /// Bytes of it in the file.
        var size: UInt64
    }

    let image: ImageBytes
    let architecture: Architecture
    let sections: [Section]
    let segments: [Segment]

    /// SHT_NOBITS, SHF_COMPRESSED, PF_X, PT_LOAD, PT_GNU_EH_FRAME.
    private static let noBits: UInt32 = 8
    private static let compressed: UInt64 = 0x800
    private static let executable: UInt32 = 1
    private static let load: UInt32 = 1
    private static let frameHeader: UInt32 = 0x6474_e550

    /// Nil where it is none, or of another processor, class or byte order.
    package init?(_ image: ImageBytes) {
        var reader = ByteReader(image.bytes)
        // 0x7f ELF, 64 bits, little-endian
        guard reader.u32() == 0x464c_457f, reader.u8() == 2, reader.u8() == 1 else { return nil }
        reader.skip(10 + 2)
        guard let architecture = Architecture(machine: reader.u16()) else { return nil }
        reader.skip(4 + 8)
        let (segmentsAt, sectionsAt) = (reader.u64(), reader.u64())
        reader.skip(4 + 2)
        let (segmentSize, segmentCount) = (reader.u16(), reader.u16())
        let (sectionSize, sectionCount, namesIndex) = (reader.u16(), reader.u16(), reader.u16())
        guard !reader.isDamaged else { return nil }
        self.image = image
        self.architecture = architecture
        segments = Self.table(
            image.bytes, segmentsAt, max(segmentSize, Self.segmentHeader), segmentCount
        ).map { entry in
            var entry = entry
            let (type, flags) = (entry.u32(), entry.u32())
            let (offset, address) = (entry.u64(), entry.u64())
            entry.skip(8)
            return Segment(
                type: type, isExecutable: flags & Self.executable != 0, offset: offset,
                address: address, size: entry.u64())
        }
        var names: [UInt32] = []
        var found = Self.table(
            image.bytes, sectionsAt, max(sectionSize, Self.sectionHeader), sectionCount
        ).map { entry in
            var entry = entry
            names.append(entry.u32())
            let (type, flags) = (entry.u32(), entry.u64())
            let (address, offset, size) = (entry.u64(), entry.u64(), entry.u64())
            return Section(
                name: "", type: type, flags: flags, address: address, offset: offset, size: size,
                link: entry.u32())
        }
        if Int(namesIndex) < found.count,
            let strings = Self.contents(found[Int(namesIndex)], image.bytes)
        {
            for index in found.indices {
                var reader = ByteReader(strings, at: UInt64(names[index]))
                found[index].name = String(decoding: reader.string(), as: UTF8.self)
            }
        }
        sections = found
    }

    /// Bytes of a program's and of a section's header, at least.
    private static let segmentHeader: UInt16 = 56
    private static let sectionHeader: UInt16 = 64

    /// The entries of a table of headers that are there.
    private static func table(
        _ bytes: UnsafeRawBufferPointer, _ offset: UInt64, _ size: UInt16, _ count: UInt16
    ) -> [ByteReader] {
        (0..<UInt64(count)).compactMap { index in
            let (start, overflow) = offset.addingReportingOverflow(index * UInt64(size))
            guard offset > 0, !overflow, start &+ UInt64(size) > start,
                start &+ UInt64(size) <= UInt64(bytes.count)
            else { return nil }
            return ByteReader(bytes, at: start)
        }
    }

    private static func contents(
        _ section: Section, _ bytes: UnsafeRawBufferPointer
    ) -> UnsafeRawBufferPointer? {
        guard section.type != noBits, section.flags & compressed == 0 else { return nil }
        var reader = ByteReader(bytes, at: section.offset)
        let contents = reader.take(section.size)
        return reader.isDamaged ? nil : contents
    }

    func contents(_ section: Section) -> UnsafeRawBufferPointer? {
        Self.contents(section, image.bytes)
    }

    func section(_ name: String) -> Section? { sections.first { $0.name == name } }

    /// What is to be added to an offset in a part of the file for the address that the linker gave
    /// to the code there; nil where there is no code.
    func shift(ofOffsets part: Range<UInt64>) -> UInt64? {
        segments.first { segment in
            segment.type == Self.load && segment.isExecutable
                && segment.offset < part.upperBound
                && segment.offset &+ segment.size > part.lowerBound
        }.map { $0.address &- $0.offset }
    }

    private func offset(ofAddress address: UInt64) -> UInt64? {
        for segment in segments where segment.type == Self.load {
            let distance = address &- segment.address
            if distance < segment.size { return segment.offset &+ distance }
        }
        return nil
    }

    /// The lowest address that is loaded.
    var base: UInt64 {
        segments.lazy.filter { $0.type == Self.load }.map(\.address).min() ?? 0
    }

    /// .eh_frame and its address: by its section, or where there are no sections, by the header
    /// that the program's own unwinder would take.
    var frames: (bytes: UnsafeRawBufferPointer, address: UInt64)? {
        if let section = section(".eh_frame"), let contents = contents(section) {
            return (contents, section.address)
        }
        guard let header = segments.first(where: { $0.type == Self.frameHeader }) else {
            return nil
        }
        var reader = ByteReader(image.bytes, at: header.offset)
        guard reader.u8() == 1 else { return nil }
        let encoding = PointerEncoding(reader.u8())
        reader.skip(2)
        guard let address = encoding.read(&reader, at: header.address &+ 4),
            let offset = offset(ofAddress: address), !reader.isDamaged
        else { return nil }
        // Its end is marked by a length of 0.
        var rest = ByteReader(image.bytes, at: offset)
        return (rest.take(rest.remaining), address)
    }
}
