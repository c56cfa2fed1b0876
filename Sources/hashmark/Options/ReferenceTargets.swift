// `ref:` targets held against what `hashmark serve` takes, before anything is launched: a child
// that ends because of its flags would say so seconds later, in the words of another command.
import Keyspaces
import ReferenceServer
import Spelling
import Targets

extension Target {
    /// Flags of `serve` that are no settings of the server but make sense in a query.
    private static let otherKeys =
        ["requirepass", "unixsocket", "tls-auth-clients"] + referenceFileKeys
    private static let keys = ServerConfiguration.names + otherKeys

    /// Keys that the server does not know go to the table, if that is a loaded one, which is then
    /// called by its own name.
    /// - Returns: what a reference server is made of; nil of other targets.
    /// - Throws: what `serve` would refuse, with the closest name that there is.
    @discardableResult
    mutating func resolveReference() throws(TargetError) -> ServerConfiguration? {
        if var node = member {
            try node.resolveReference()
            replaceMember(node)
            return nil
        }
        let isUnnamed = hasDefaultLabel
        sortQuery { Self.keys.contains($0) }
        guard case .reference(let name, let options) = kind else { return nil }
        let table: Table
        do throws(TableError) {
            table = try Table.parse(name)
        } catch {
            throw TargetError("'\(spelling)': \(error.cause)", remedy: error.remedy)
        }
        let configuration = try check(options, of: table)
        guard isUnnamed, case .foreign = table else { return configuration }
        label = options.appended(to: table.label)
        return configuration
    }

    private func check(
        _ options: [QueryItem], of table: Table
    ) throws(TargetError) -> ServerConfiguration {
        var configuration = ServerConfiguration(table: table)
        var seen: Set<String> = []
        for option in options {
            if !seen.insert(option.key).inserted && option.key != "inject" {
                throw TargetError("'\(spelling)' has '\(option.key)' twice", remedy: "keep one")
            }
            if Self.otherKeys.contains(option.key) { continue }
            guard ServerConfiguration.names.contains(option.key) else {
                throw TargetError(
                    "'\(spelling)': there is no option '\(option.key)'",
                    remedy: Spelling.remedy(for: option.key, among: Self.keys))
            }
            do throws(ConfigurationError) {
                try configuration.set(option.key, option.value)
            } catch {
                throw TargetError("'\(spelling)': \(error)", remedy: "correct the query")
            }
        }
        return configuration
    }
}
