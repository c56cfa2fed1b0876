// Targets as they are spelled on a command line or in a suite: parsed, held against what servers
// take, told apart, and built where they are commits.
import ArgumentParser
import Keyspaces
import LinuxSystem
import Spelling
import Targets

enum TargetList {
    /// - Parameter cache: the folder of builds that was asked for, as of `BuildOptions`.
    static func parse(_ spellings: [String], cache: String? = nil) throws -> [Target] {
        Redaction.learn(spellings)
        var targets: [Target] = []
        var running: Set<String> = []
        for spelling in spellings {
            var target: Target
            do throws(TargetError) {
                target = try Target(parsing: spelling)
                try target.resolveReference()
            } catch {
                if let meant = reference(meantBy: spelling) {
                    throw ValidationError("'\(spelling)' is no target; did you mean `\(meant)`?")
                }
                throw usage(error)
            }
            if targets.contains(where: { $0.label == target.label }) {
                throw ValidationError(
                    "two targets are called '\(target.label)'; name one, as "
                        + "LABEL=\(target.spelling)")
            }
            if case .running(let endpoint) = target.kind {
                guard running.insert(Self.spelled(endpoint)).inserted else {
                    throw ValidationError(
                        "\(endpoint.address) is given twice, and would be compared with itself; "
                            + "give another server")
                }
            }
            targets.append(target)
        }
        if cache != nil, targets.allSatisfy({ $0.build == nil }) {
            throw ValidationError("--cache has no effect without a build: target; leave it out")
        }
        return try built(targets, in: BuildCache(cache))
    }

    /// The same with servers in place of commits, which are built where they are not yet.
    private static func built(_ targets: [Target], in cache: BuildCache) throws -> [Target] {
        var ready: [Target] = []
        do throws(TargetError) {
            for target in targets {
                guard let request = target.build else {
                    ready.append(target)
                    continue
                }
                // Never released: the server's files are needed to the end of the process.
                let tree = try cache.tree(request, told: told)
                ready.append(try Target(request, tree, label: target.label))
            }
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        }
        return ready
    }

    /// Says that a build goes on: it takes minutes.
    static func told(_ what: String) { MeasuringOptions.note(what) }

    /// Refuses `--allow-flush` where all servers are started here, for they begin empty.
    static func checkFlush(_ isAllowed: Bool, of targets: [Target]) throws {
        guard isAllowed, targets.allSatisfy(\.isOwned) else { return }
        throw ValidationError(
            "--allow-flush has no effect: every server is started here and begins empty; leave it "
                + "out")
    }

    /// The target of a table that stands without `ref:`; nil for all else.
    private static func reference(meantBy spelling: String) -> String? {
        guard !spelling.contains(":") else { return nil }
        let label = spelling.firstIndex(of: "=").map { spelling[...$0] } ?? ""
        let hasLabel = !label.contains("?")
        let table = spelling.dropFirst(hasLabel ? label.count : 0).prefix { $0 != "?" }
        let known = Table.builtIn.map(\.name)
        return Spelling.closest(to: String(table), among: known).map { "ref:\($0)" }
    }

    /// One spelling of an address, for servers on this machine have two.
    private static func spelled(_ endpoint: Target.Endpoint) -> String {
        let address = "\(endpoint.address)"
        return address.hasPrefix("localhost:") ? "127.0.0.1" + address.dropFirst(9) : address
    }
}
