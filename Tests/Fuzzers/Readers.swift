// The entry of a libFuzzer binary over the readers of traces and snapshots, compiled by
// Scripts/fuzz-readers together with Sources/Traces (no part of the package). HASHMARK_READER names
// the reader.
//
// The input is a file. Whatever it holds, its reader ends: with records, with an error of one line,
// or, where damaged records are left out, with a count of them. The address sanitizer, Swift's own
// checks, the limit of memory and the time-out of libFuzzer say when it does not.
import Glibc

private let reader = getenv("HASHMARK_READER").map { String(cString: $0) } ?? "aof"

/// What compressed files begin with: the rest of an input is of no use without.
private let magic: [UInt8] =
    switch reader {
    case "gzip": [0x1f, 0x8b, 0x08]
    case "zstd": [0x28, 0xb5, 0x2f, 0xfd]
    default: []
    }

private let format: (any TraceDecoder)? =
    switch reader {
    case "gzip", "zstd": TraceFormats.withName("aof")
    case "csv": try? TraceFormats.parsed("csv:time-col=1,obj-id-col=2,obj-size-col=3")
    case "contents": nil
    default: TraceFormats.withName(reader)
    }

/// An error is one line that says something.
private func check(_ error: TraceError) {
    let text = "\(error)"
    precondition(!text.isEmpty && !text.contains { $0.isNewline }, "an error of several lines")
}

private func readRecords(_ bytes: [UInt8], skips: Bool) {
    let block = UnsafeMutableBufferPointer<TraceRecord>.allocate(capacity: 64)
    block.initialize(repeating: TraceRecord())
    defer { block.deallocate() }
    do throws(TraceError) {
        let trace = try TraceReader(
            "input", contents: bytes, format: format, skipsDamaged: skips)
        while true {
            let count = try trace.read(block)
            if count == 0 { break }
            let operations = trace.format.operations.count
            for record in block[..<count] {
                precondition(Int(record.operation) < operations, "an operation that there is not")
            }
        }
        if let damage = trace.firstDamage { check(damage) }
    } catch {
        check(error)
    }
}

private func readCommands(_ bytes: [UInt8], skips: Bool) {
    do throws(TraceError) {
        let trace = try TraceReader(
            "input", contents: bytes, format: format, skipsDamaged: skips)
        guard trace.hasCommands else { return }
        while true {
            let commands = try trace.commands()
            if commands.isEmpty { break }
            precondition(commands.allSatisfy { !$0.arguments.isEmpty }, "a command without a name")
        }
    } catch {
        check(error)
    }
}

/// Looks at every byte that it is given.
private struct Sum: SnapshotVisitor {
    var sum: UInt64 = 0
    var wantsContents: Bool { true }

    mutating func begin(_ entry: SnapshotEntry, key: UnsafeRawBufferPointer) { add(key) }
    mutating func element(
        _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer?
    ) {
        add(first)
        if let second { add(second) }
    }
    mutating func end(_ entry: SnapshotEntry) { sum &+= entry.valueSize }

    private mutating func add(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes { sum = sum &* 31 &+ UInt64(byte) }
    }
}

private func readSnapshot(_ bytes: [UInt8], skips: Bool) {
    var sum = Sum()
    do throws(TraceError) {
        let snapshot = try SnapshotReader("input", contents: bytes, skipsDamaged: skips)
        while try snapshot.next(&sum) {}
        if let damage = snapshot.damage { check(damage) }
    } catch {
        check(error)
    }
}

/// The manifest of an append-only file, which is read by its path.
private func readManifest(_ bytes: [UInt8]) {
    let path = "input.manifest"
    guard let file = fopen(path, "w") else { return }
    _ = fwrite(bytes, 1, bytes.count, file)
    fclose(file)
    do throws(TraceError) {
        _ = try AppendOnlyManifest.files(path)
    } catch {
        check(error)
    }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzReaders(_ input: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    var bytes = Array(UnsafeBufferPointer(start: input, count: count))
    if reader == "manifest" {
        readManifest(bytes)
        return 0
    }
    for (index, byte) in magic.enumerated() where index < bytes.count { bytes[index] = byte }
    for skips in [false, true] {
        readRecords(bytes, skips: skips)
        readCommands(bytes, skips: skips)
        if reader == "rdb" { readSnapshot(bytes, skips: skips) }
    }
    return 0
}
