// Datasets: what a file says, and what of it is sent.
import LinuxSystem
import LoadGenerator
import RESP
import TestSupport
import Testing

private func dataset(
    _ text: String, separator: Character = ",", rows: Int? = nil
) throws -> Dataset {
    try Dataset(Array(text.utf8), separator: separator.asciiValue!, maxRows: rows)
}

private func plan(_ words: [String], _ dataset: Dataset) throws -> DatasetPlan {
    try DatasetPlan(CommandSequence(words, last: nil, dataBytes: 3), title: "x", dataset)
}

/// The requests that a source writes, one line each.
private func lines(
    _ plan: DatasetPlan, _ count: Int, range: UInt64? = nil,
    _ place: WorkerPlace = WorkerPlace(index: 0, count: 1)
) -> [String] {
    var source = DatasetSource(plan, range: range, seed: 1, place)
    var batch = RequestBatch(requests: count)
    defer { batch.deallocate() }
    source.fill(&batch, count)
    let bytes = Array(UnsafeBufferPointer(start: batch.bytes, count: batch.length))
    var requests: [String] = []
    var words: [String] = []
    var position = 0
    func line() -> String {
        let start = position
        while bytes[position] != 13 { position += 1 }
        position += 2
        return String(decoding: bytes[start..<position - 2], as: UTF8.self)
    }
    while position < bytes.count {
        let arguments = Int(line().dropFirst())!
        words = []
        for _ in 0..<arguments {
            let size = Int(line().dropFirst())!
            words.append(String(decoding: bytes[position..<position + size], as: UTF8.self))
            position += size + 2
        }
        requests.append(words.joined(separator: "|"))
    }
    return requests
}

@Suite struct DatasetTests {
    @Test func cells() throws {
        let echo = ["ECHO", "__field:a__,__field:b__"]
        for (text, separator, expected) in [
            ("a,b\n1,2\n3,4\n", ",", ["1,2", "3,4"]),
            ("a,b\r\n1,2\r\n\r\n3,4", ",", ["1,2", "3,4"]),
            ("a,b\n\"x,y\",\"two\nlines\"\n,\n", ",", ["x,y,two\nlines", ","]),
            ("\"a\",b\n\"say \"\"hi\"\"\",é\n", ",", ["say \"hi\",é"]),
            ("a\tb\n1 \"2\"\t3\n", "\t", ["1 \"2\",3"]),
            ("x,b,a\n0,1,2\n", ",", ["2,1"]),
        ] as [(String, Character, [String])] {
            let table = try dataset(text, separator: separator)
            #expect(table.rowCount == expected.count)
            #expect(
                lines(try plan(echo, table), expected.count) == expected.map { "ECHO|\($0)" },
                "\(text)")
        }
    }

    @Test func fewerRows() throws {
        let table = try dataset("a\n1\n2\n3\n", rows: 2)
        #expect(table.rowCount == 2)
        #expect(lines(try plan(["GET", "__field:a__"], table), 3) == ["GET|1", "GET|2", "GET|1"])
    }

    @Test func mistakesAreNamed() throws {
        for (text, words) in [
            ("", "empty"), ("a,b\n", "no rows"), ("a,b\n1,2\n1\n", "line 3"),
            ("a\n\"x\n", "not closed"), ("a\n\"x\"y\n", "not closed"), ("a,a\n1,2\n", "one name"),
        ] {
            #expect {
                try dataset(text)
            } throws: {
                "\($0)".contains(words)
            }
        }
    }

    @Test func otherPlaceholdersMix() throws {
        let table = try dataset("a\nx\n")
        let words = ["SET", "__rand_1st__:__field:a__", "__data____rand_1st__", ";", "DEL", "k"]
        let spelt = lines(try plan(words, table), 2)
        #expect(spelt == ["SET|__rand_1st__:x|VXK__rand_1st__", "DEL|k"])
        let filled = lines(try plan(words, table), 4, range: 1_000)
        #expect(filled[0].contains(/^SET\|(\d{12}):x\|VXK\1$/))
        #expect(filled[1] == "DEL|k" && filled[3] == "DEL|k" && filled[0] != filled[2])
    }

    /// As many requests as there are rows send every row once, whatever the threads.
    @Test(arguments: [1, 3]) func everyRowOnce(_ threads: Int) throws {
        let server = try RedisServer()
        let table = try dataset("id\n" + (0..<1_000).map { "row\($0)" }.joined(separator: "\n"))
        let set = try plan(["SET", "__field:id__", "v"], table)
        var options = LoadOptions()
        options.threads = threads
        options.connections = 5
        options.pipeline = 3
        var load = try LoadSession(to: server.address, options) {
            DatasetSource(set, range: nil, seed: 1, $0)
        }
        let sample = try load.run(.requests(1_000))
        #expect(sample.errors == 0 && sample.commands.map(\.label.name) == ["SET"])
        #expect(try server.client().ask("DBSIZE") == .integer(1_000))
    }
}
