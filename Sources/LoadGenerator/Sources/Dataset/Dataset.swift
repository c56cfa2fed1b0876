// Rows of a CSV or TSV file, held in memory: what `__field:NAME__` in a command is replaced with.
//
//     title,price        fields  ["title", "price"]
//     "tea, green",3     bytes   tea, green|3|coffee|4   cells back to back, unquoted
//     coffee,4           bounds  0 10 11 17 18           cell i = bytes[bounds[i]..<bounds[i+1]]
//
// CSV as RFC 4180 has it: cells in double quotes hold separators, line ends and doubled quotes. TSV
// has no quotes. Lines end in LF or CR LF; empty lines are left out.
//
// Credits: the idea and the spelling of the placeholder are valkey-benchmark's (`--dataset`).
import Foundation
import LinuxSystem
import Quantities

/// Why a file is no dataset: cause and remedy.
public struct DatasetProblem: Error, CustomStringConvertible, Sendable {
    public let description: String

    init(_ cause: String, _ remedy: String) { description = "\(cause); \(remedy)" }
}

public final class Dataset: Sendable {
    /// Names of the columns, from the first line.
    public let fields: [String]
    public let rowCount: Int
    private let bytes: [UInt8]
    private let bounds: [Int]

    /// All of it is held, twice while it is read.
    private static let mostBytes = 1 << 30

    /// - Parameters:
    ///   - path: a file whose name ends in .csv or .tsv.
    ///   - maxRows: rows beyond these are not read (`--maxdocs`).
    public convenience init(path: String, maxRows: Int?) throws(DatasetProblem) {
        let separator: UInt8
        switch path.split(separator: ".").last?.lowercased() {
        case "csv": separator = UInt8(ascii: ",")
        case "tsv": separator = UInt8(ascii: "\t")
        default:
            throw DatasetProblem(
                "'\(path)' is neither .csv nor .tsv", "name the file by what it holds")
        }
        guard let text = SmallFile.bytes(path, atMost: Self.mostBytes) else {
            throw DatasetProblem("'\(path)' cannot be read", "check the path")
        }
        guard text.count <= Self.mostBytes else {
            throw DatasetProblem(
                "'\(path)' is larger than \(ByteCount.text(Self.mostBytes)), and is held in memory",
                "use some of its rows: head -n")
        }
        try self.init(text, separator: separator, maxRows: maxRows)
    }

    /// - Parameter separator: a comma (then cells may be quoted) or a tab.
    public init(_ text: [UInt8], separator: UInt8, maxRows: Int?) throws(DatasetProblem) {
        var reader = CellReader(text, separator)
        guard let names = try reader.nextRow() else {
            throw DatasetProblem("the dataset is empty", "its first line has to name the fields")
        }
        fields = names.map { String(decoding: $0, as: UTF8.self) }
        guard Set(fields).count == fields.count else {
            throw DatasetProblem("two fields of the dataset have one name", "rename one")
        }
        var bytes: [UInt8] = []
        var bounds = [0]
        var rows = 0
        while rows < maxRows ?? .max, let cells = try reader.nextRow() {
            guard cells.count == names.count else {
                throw DatasetProblem(
                    "line \(reader.rowLine) of the dataset has \(cells.count) cells, not "
                        + "\(names.count)", "give every line the cells that the first one names")
            }
            for cell in cells {
                bytes += cell
                bounds.append(bytes.count)
            }
            rows += 1
        }
        guard rows > 0 else {
            throw DatasetProblem("the dataset has no rows", "add some below the first line")
        }
        (self.bytes, self.bounds, rowCount) = (bytes, bounds, rows)
    }

    /// Bytes of a cell.
    @inline(__always)
    func size(row: Int, field: Int) -> Int {
        let cell = row &* fields.count &+ field
        return bounds[cell &+ 1] &- bounds[cell]
    }

    /// Copies a cell to `target`, which has room for it.
    @inline(__always)
    func write(row: Int, field: Int, to target: UnsafeMutablePointer<UInt8>) {
        let start = bounds[row &* fields.count &+ field]
        bytes.withUnsafeBufferPointer {
            // Empty buffers have no address, and nothing to copy.
            guard let base = $0.baseAddress else { return }
            target.update(from: base + start, count: size(row: row, field: field))
        }
    }
}

/// Cuts a text into rows of cells.
private struct CellReader {
    private let text: [UInt8]
    private let separator: UInt8
    private let hasQuotes: Bool
    private var position = 0
    private var line = 1
    /// Where the last row began, from 1.
    private(set) var rowLine = 0

    init(_ text: [UInt8], _ separator: UInt8) {
        self.text = text
        self.separator = separator
        hasQuotes = separator == UInt8(ascii: ",")
    }

    /// nil at the end.
    mutating func nextRow() throws(DatasetProblem) -> [[UInt8]]? {
        while isAtLineEnd { skipLineEnd() }
        guard position < text.count else { return nil }
        rowLine = line
        var cells = [try cell()]
        while position < text.count && text[position] == separator {
            position += 1
            cells.append(try cell())
        }
        if isAtLineEnd { skipLineEnd() }
        return cells
    }

    private var isAtLineEnd: Bool {
        guard position < text.count else { return false }
        return text[position] == UInt8(ascii: "\n")
            || text[position...].starts(with: [UInt8(ascii: "\r"), UInt8(ascii: "\n")])
    }

    private mutating func skipLineEnd() {
        position += text[position] == UInt8(ascii: "\r") ? 2 : 1
        line += 1
    }

    private mutating func cell() throws(DatasetProblem) -> [UInt8] {
        guard hasQuotes, position < text.count, text[position] == UInt8(ascii: "\"") else {
            let start = position
            while position < text.count && text[position] != separator && !isAtLineEnd {
                position += 1
            }
            return Array(text[start..<position])
        }
        position += 1
        var cell: [UInt8] = []
        while position < text.count {
            let byte = text[position]
            position += 1
            if byte == UInt8(ascii: "\"") {
                guard position < text.count, text[position] == byte else {
                    guard position == text.count || text[position] == separator || isAtLineEnd
                    else { break }
                    return cell
                }
                position += 1
            } else if byte == UInt8(ascii: "\n") {
                line += 1
            }
            cell.append(byte)
        }
        throw DatasetProblem(
            "the quotes of line \(rowLine) of the dataset are not closed",
            "end the cell with a quote, and double those inside it")
    }
}
