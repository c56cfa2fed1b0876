// From when on `hashmark serve` keeps collections in another way: settings of real servers by their
// names.
import ArgumentParser
import ReferenceServer

struct ServeLimitOptions: ParsableArguments {
    @Option(help: .value("N", Setting.hashEntries.help))
    var hashMaxListpackEntries: String?

    @Option(help: .value("BYTES", Setting.hashBytes.help))
    var hashMaxListpackValue: String?

    // A negative size is a value, too.
    @Option(parsing: .unconditional, help: .value("N", Setting.listSize.help))
    var listMaxListpackSize: String?

    @Option(help: .value("N", Setting.intsetEntries.help))
    var setMaxIntsetEntries: String?

    @Option(help: .value("N", Setting.setEntries.help))
    var setMaxListpackEntries: String?

    @Option(help: .value("BYTES", Setting.setBytes.help))
    var setMaxListpackValue: String?

    @Option(help: .value("N", Setting.sortedSetEntries.help))
    var zsetMaxListpackEntries: String?

    @Option(help: .value("BYTES", Setting.sortedSetBytes.help))
    var zsetMaxListpackValue: String?

    /// Those that were given, with their values.
    var given: [(setting: Setting, value: String)] {
        let all: [(Setting, String?)] = [
            (.hashEntries, hashMaxListpackEntries), (.hashBytes, hashMaxListpackValue),
            (.listSize, listMaxListpackSize), (.intsetEntries, setMaxIntsetEntries),
            (.setEntries, setMaxListpackEntries), (.setBytes, setMaxListpackValue),
            (.sortedSetEntries, zsetMaxListpackEntries), (.sortedSetBytes, zsetMaxListpackValue),
        ]
        return all.compactMap { setting, value in
            value.map { (setting: setting, value: $0) }
        }
    }
}
