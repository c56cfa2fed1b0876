// `ref:` targets held against what `hashmark serve` takes, before anything is launched: a child
// that ends because of its flags would say so seconds later, in the words of another command.
import Keyspaces
import ReferenceServer
import Spelling
import Targets

extension Target {
    /// Flags of `serve` that are no settings of the server but make sense in a query.
    private static let otherKeys = ["requirepass", "unixsocket"]

    /// What a reference server is made of; nil of other targets.
    /// - Throws: what `serve` would refuse, with the closest name that there is.
    @discardableResult
    func checkReference() throws(TargetError) -> ServerConfiguration? {
        guard case .reference(let name, let options) = kind else { return nil }
        guard let table = Table(rawValue: name) else {
            throw TargetError(
                "'\(spelling)': there is no table '\(name)'",
                remedy: Spelling.remedy(for: name, among: Table.allCases.map(\.rawValue)))
        }
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
                    remedy: Spelling.remedy(
                        for: option.key, among: ServerConfiguration.names + Self.otherKeys))
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
