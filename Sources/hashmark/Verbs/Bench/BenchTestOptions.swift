// What `bench` sends: the tests of valkey-benchmark.
import ArgumentParser
import Experiments
import LoadGenerator
import Spelling
import Targets

struct BenchTestOptions: ParsableArguments {
    @Option(
        name: [.customShort("t")], parsing: .unconditional,
        help: .value("TESTS", "Comma separated list of tests; see hashmark list tests."))
    var list: String?
    @Option(
        name: [.customShort("d")], parsing: .unconditional,
        help: .value("SIZE", "Size of SET/GET values in bytes. (default: 3)"),
        transform: NumberOption.bytes(1...1 << 30))
    var dataSize: Int?
    @Option(
        name: [.customShort("r")], parsing: .unconditional,
        help: .value("N", "Random keys from 0 below this. (default: one key)"),
        transform: NumberOption.count(1...Int.max) { UInt64($0) })
    var range: UInt64?
    @Flag(help: "Numbers of -r count up instead of being drawn.")
    var sequential = false
    @Flag(help: "Each client (-c) has a part of -r for itself.")
    var rangePerClient = false
    @Flag(name: [.customShort("x")], help: "Read the last argument of the command from stdin.")
    var readsStandardInput = false
    @Option(
        parsing: .unconditional,
        help: .value("N", "Functions of the library that 'function_load' loads."),
        transform: NumberOption.count(1...10_000))
    var numFunctions = 10
    @Option(
        parsing: .unconditional, help: .value("N", "Keys passed to FCALL by 'fcall'."),
        transform: NumberOption.count(0...1_000))
    var numKeysInFcall = 1

    @Option(
        name: .customLong("dataset"), parsing: .unconditional,
        help: .value(
            "FILE", "CSV or TSV file; __field:NAME__ in a command becomes a cell, row after row."),
        completion: .file())
    var datasetPath: String?
    @Option(
        parsing: .unconditional, help: .value("N", "Use so many rows of the dataset."),
        transform: NumberOption.count(1...Int.max))
    var maxdocs: Int?

    @Option(
        parsing: .unconditional, help: .value("N", "Keys of each MSET and MGET. (default: 10)"),
        transform: NumberOption.count(1...10_000))
    var keysPerOp: Int?

    private var names: [String]? {
        list?.lowercased().split(separator: ",").map { String($0) }
    }

    /// Whether `test` is among those asked for.
    func asks(for test: String) -> Bool { names?.contains(test) ?? true }

    /// Whether some test has to do with values, whose size is `-d`.
    var haveValues: Bool { BenchmarkTest.haveValues(names) }

    /// - Parameter isUsed: whether `-t` counts; it is ignored beside a command.
    func check(isUsed: Bool) throws {
        guard maxdocs == nil || datasetPath != nil else {
            throw ValidationError("--maxdocs needs --dataset")
        }
        if isUsed, BenchOriginal.current == nil, let names, names.isEmpty {
            throw ValidationError(
                "-t names no test; there are " + BenchmarkTest.allNames.joined(separator: ", "))
        }
        for name in (isUsed ? names : nil) ?? [] where !BenchmarkTest.allNames.contains(name) {
            throw ValidationError(
                "-t has no test '\(name)'; "
                    + Spelling.remedy(for: name, among: BenchmarkTest.allNames))
        }
    }

    func dataset() throws(DatasetProblem) -> Dataset? {
        guard let datasetPath else { return nil }
        return try Dataset(path: datasetPath, maxRows: maxdocs)
    }

    /// - Parameters:
    ///   - range: of the numbers that placeholders become.
    ///   - isNeeded: whether the tests are what is sent.
    ///   - isCluster: whether they are sent to one.
    func apply(
        to options: inout BenchOptions, range: UInt64?, isNeeded: Bool, isCluster: Bool
    ) throws {
        options.dataBytes = dataSize ?? 3
        do throws(TargetError) {
            try BenchNeeds.check(valueBytes: options.dataBytes)
        } catch {
            throw Failure("\(error)")
        }
        options.range = range
        options.isSequential = sequential
        options.hasOwnParts = rangePerClient
        guard isNeeded else { return }
        options.namesWorks = names != nil
        options.works = BenchmarkTest.all(
            names.map { Set($0) }, dataBytes: options.dataBytes, isRandom: options.range != nil,
            functions: numFunctions, functionKeys: numKeysInFcall,
            keysPerCommand: keysPerOp ?? 10, isCluster: isCluster
        ).map { .test($0) }
    }
}
