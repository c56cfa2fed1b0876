// The files with which a project begins to gate its changes: a policy of its own, to be changed,
// and a workflow of GitHub's, to be completed. Nothing here writes them.
import ShippedFiles

public struct GateProject: Sendable {
    /// The policy's name, and its file's.
    public var policy: String
    /// The server's program, from the root of a checkout.
    public var server: String
    /// What builds it there.
    public var build: String

    public init(policy: String, server: String, build: String) {
        self.policy = policy
        self.server = server
        self.build = build
    }

    /// From the project's root.
    public var policyPath: String { "\(FileKind.policy.folder)/\(policy).yaml" }
    public static let workflowPath = ".github/workflows/hashmark-gate.yml"

    /// The built-in policy under another name.
    public var policyText: String {
        let path = "\(FileKind.policy.folder)/default.yaml"
        let shipped = String(decoding: ShippedFiles.contents(of: path) ?? [], as: UTF8.self)
        // Its first line says what the built-in one is.
        let lines = shipped.split(separator: "\n", omittingEmptySubsequences: false).dropFirst()
            .map { $0 == "name: default" ? "name: \(policy)" : String($0) }
        let about = "# What a change may cost: hashmark gate --policy \(policy) judges by it."
        return ([about] + lines).joined(separator: "\n")
    }

    /// Base and head are built on one runner and gated one against the other.
    public var workflowText: String {
        """
        # Is a change worse than what it is based on? Base and head are built on one runner and
        # judged by \(policyPath). Exit codes: 0 no worse than the margins, 2 regression,
        # 3 inconclusive, 5 the baseline cannot be compared.
        #
        # To be filled in: OWNER and v1, the repository and the version of Hashmark; and where the
        # build of your server needs packages, those.
        name: hashmark gate

        on:
          pull_request:

        permissions:
          contents: read
          pull-requests: write

        concurrency:
          group: hashmark-gate-${{ github.ref }}
          cancel-in-progress: true

        jobs:
          gate:
            runs-on: ubuntu-24.04
            timeout-minutes: 60
            steps:
              - uses: actions/checkout@v4
                with:
                  ref: ${{ github.event.pull_request.head.sha }}
                  fetch-depth: 0
              - name: Gate
                id: gate
                uses: OWNER/hashmark/.github/actions/gate@v1
                with:
                  baseline: base=build:${{ github.event.pull_request.base.sha }}
                  candidate: head=build:HEAD
                  make: >-
                    \(build)
                  server: >-
                    \(server)
                  policy: \(policyPath)
                  # Once something was accepted with `hashmark gate accept`:
                  # arguments: --acceptances=Reports/acceptances.yaml
              - name: Comment
                # Changes from forks get a token that may not comment; the step has its summary.
                if: always() && github.event.pull_request.head.repo.full_name == github.repository
                env:
                  GH_TOKEN: ${{ github.token }}
                run: |
                  gh pr comment "${{ github.event.number }}" --repo "${{ github.repository }}" \\
                    --body-file "${{ steps.gate.outputs.summary }}" --edit-last --create-if-none

        """
    }
}
