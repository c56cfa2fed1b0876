// Where the files of a project's gate lie: those that its people review and commit, and what its
// runner is worth. Without a flag they are in the project's Reports/.
import ArgumentParser
import Foundation

struct AcceptancesOption: ParsableArguments {
    @Option(
        help: .value(
            "FILE", "Accepted regressions; Reports/acceptances.yaml of this project if left out."))
    var acceptances: String?

    var path: String { acceptances ?? ProjectFiles.acceptances }

    /// Complains of a file that was named and is not there.
    func requireNamed() throws {
        try requireThere(acceptances, "no file", "hashmark gate accept --acceptances")
    }
}

struct BaselinesOption: ParsableArguments {
    @Option(
        help: .value(
            "FOLDER", "Folder of stored baselines; Reports/baselines of this project if left out."))
    var baselines: String?

    /// Where a baseline of that name is stored.
    func path(of name: String) -> String {
        "\(baselines ?? ProjectFiles.baselines)/\(name).json"
    }

    /// The file that a path or a name means; a file of that path comes first.
    func file(_ nameOrPath: String) -> String {
        let isPath =
            nameOrPath.contains("/") || nameOrPath.hasSuffix(".json")
            || access(nameOrPath, F_OK) == 0
        return isPath ? nameOrPath : path(of: nameOrPath)
    }
}

struct CertificateOption: ParsableArguments {
    @Option(
        help: .value(
            "FILE", "This runner's certificate; Reports/selftest.json of this project if left out.")
    )
    var certificate: String?

    var path: String { certificate ?? ProjectFiles.certificate }

    /// Complains of a certificate that was named and is not there.
    func requireNamed() throws {
        try requireThere(certificate, "no certificate", "hashmark gate selftest --certificate")
    }
}

/// Complains of a path that was given and has no file.
/// - Parameter maker: the command that makes it.
private func requireThere(_ path: String?, _ nothing: String, _ maker: String) throws {
    guard let path, access(path, F_OK) != 0 else { return }
    throw ValidationError(
        "there is \(nothing) \(path); make one with `\(maker) \(path)`, or leave it out")
}
