// hashmark gate init: the files that a project's gate begins with.
import ArgumentParser
import Foundation
import Gating
import LinuxSystem
import RunRecord

struct GateInit: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Begin to gate a project: a policy of its own, and a workflow.",
        discussion: """
            Writes Workloads/policies/NAME.yaml, a copy of the built-in policy to be changed, and \
            .github/workflows/hashmark-gate.yml, which builds a change and what it is based on and \
            gates one against the other. Files that are there already are left alone.

            Examples:
              hashmark gate init --server src/valkey-server --build 'make -j'
              hashmark gate init --name nightly --no-workflow
            """)

    @Option(help: .value("NAME", "Name of the policy."))
    var name = "gate"

    @Option(help: .value("PATH", "The server's program, from the root of a checkout."))
    var server = "src/valkey-server"

    @Option(help: .value("COMMAND", "What builds it there."))
    var build = "make -j"

    @Flag(help: "The policy alone: another system than GitHub runs the gate.")
    var noWorkflow = false

    func validate() throws {
        guard name.wholeMatch(of: /[A-Za-z0-9_][A-Za-z0-9._-]*/) != nil else {
            throw ValidationError(
                "--name '\(name)'; use letters, digits, dots, dashes and underscores")
        }
        guard name != "default" else {
            throw ValidationError("--name default is the built-in policy's; use another")
        }
        guard server.wholeMatch(of: #/[A-Za-z0-9._+][A-Za-z0-9._+\/-]*/#) != nil else {
            throw ValidationError(
                "--server '\(server)'; give a path from the root of a checkout, without blanks")
        }
        guard !build.isEmpty, !build.contains(where: \.isNewline) else {
            throw ValidationError("--build is one line, such as 'make -j'")
        }
        if noWorkflow {
            try GivenOptions.refuse(["--server", "--build"], "has no effect with --no-workflow")
        }
    }

    func run() throws {
        let project = GateProject(policy: name, server: server, build: build)
        var files = [(path: project.policyPath, text: project.policyText)]
        if !noWorkflow { files.append((GateProject.workflowPath, project.workflowText)) }
        let written = files.map { (path: ProjectFiles.file($0.path), text: $0.text) }
        for file in written where FileManager.default.fileExists(atPath: file.path) {
            MeasuringOptions.complain(
                "\(file.path) is there already; remove it, or choose another --name or "
                    + "--no-workflow")
            throw ExitCode.error
        }
        do throws(RunRecordError) {
            for file in written { try AtomicFile.write(Data(file.text.utf8), to: file.path) }
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        }
        for file in written { Output.print("wrote \(file.path)") }
        Output.print(
            "next: hashmark gate --policy \(name) --baseline TARGET --candidate TARGET --dry-run")
        if !noWorkflow {
            Output.print("and in the workflow: OWNER, the version, and what the build needs")
        }
    }
}
