// The repository that releases and commits are built from, as flags of `sweep` and `bisect`.
import ArgumentParser
import Experiments
import LinuxSystem
import Targets

struct SourceOptions: ParsableArguments {
    @Option(
        help: .value("DIR", "The git repository, or a folder in it."), completion: .directory)
    var repo = "."

    @Option(
        name: .customLong("build"),
        help: .value(
            "LINE",
            "What /bin/sh builds the server with, in the root of its sources; {cpus} is the number "
                + "of CPUs. (default: \(BuildRequest.usualMake))"))
    var make: String?

    @Option(
        help: .value(
            "COMMAND",
            "The server's command line, its paths from the root of its sources, and what follows "
                + "as of exec:; found if left out, as src/valkey-server."))
    var server: String?

    @OptionGroup var builds: BuildOptions

    var repository: GitRepository { GitRepository(repo) }
    var cache: BuildCache { BuildCache(builds.cache) }

    /// What every commit is built of, but for the commit.
    func request(make: String? = nil, server: String? = nil) -> BuildRequest {
        let server = self.server ?? server
        Redaction.learn([server].compactMap(\.self))
        return BuildRequest(
            .ref("HEAD"), make: self.make ?? make, server: server, repository: repo)
    }

    /// Reads what a repository says; complains of what it does not have, and ends.
    static func reading<R>(_ body: () throws(TargetError) -> R) throws -> R {
        do throws(TargetError) {
            return try body()
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        }
    }
}
