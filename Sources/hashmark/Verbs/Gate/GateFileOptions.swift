// Where the files of a project's gate lie: those that its people review and commit, and what its
// runner is worth. Without a flag they are in the project's Reports/.
import ArgumentParser
import Foundation

struct AcceptancesOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Accepted regressions; Reports/acceptances.yaml of this project if left out.",
            valueName: "file"))
    var acceptances: String?

    var path: String { acceptances ?? ProjectFiles.acceptances }
}

struct BaselinesOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Folder of stored baselines; Reports/baselines of this project if left out.",
            valueName: "folder"))
    var baselines: String?

    /// Where a baseline of that name is stored.
    func path(of name: String) -> String {
        "\(baselines ?? ProjectFiles.baselines)/\(name).json"
    }

    /// The file that a path or a name means; a file of that path comes first.
    func file(_ nameOrPath: String) -> String {
        let stored = path(of: nameOrPath)
        let isPath = nameOrPath.contains("/") || access(nameOrPath, F_OK) == 0
        return isPath || access(stored, F_OK) != 0 ? nameOrPath : stored
    }
}

struct CertificateOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "This runner's certificate; Reports/selftest.json of this project if left out.",
            valueName: "file"))
    var certificate: String?

    var path: String { certificate ?? ProjectFiles.certificate }

    /// Complains of a certificate that was named and is not there.
    func requireNamed() throws {
        guard let certificate, access(certificate, F_OK) != 0 else { return }
        throw ValidationError(
            "there is no certificate \(certificate); make one with `hashmark gate selftest "
                + "--certificate \(certificate)`, or leave it out")
    }
}
