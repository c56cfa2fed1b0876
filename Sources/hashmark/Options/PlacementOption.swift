// Where servers and load generator run, as flags of the verbs that run them: CPUs by number, for
// those that run them in rounds, and NUMA nodes, for all that launch servers.
import ArgumentParser
import Experiments
import LinuxSystem
import Quantities
import Targets

struct PlacementOption: ParsableArguments {
    @Option(help: .value("CPUS", "CPUs as SERVERS/CLIENT, such as 0/1 or 0-2/3; auto; or none."))
    var cpus = "auto"

    @OptionGroup(title: "NUMA") var nodes: NodeOptions

    func validate() throws { _ = try placement() }

    /// CPUs that are given by number stay what they are.
    func placement() throws -> Placement {
        let base: Placement
        do throws(QuantityError) {
            base = try Placement(parsing: cpus)
        } catch {
            throw ValidationError("--cpus: \(error)")
        }
        return try nodes.placement(base, choosing: cpus == "auto" ? [.servers, .client] : [])
    }
}

extension MemoryPolicy.Mode: ExpressibleByArgument {}

struct NodeOptions: ParsableArguments {
    @Option(
        help: .value(
            "NODES",
            "NUMA nodes of the servers, their CPUs and their memory, as 0 or 0-1; the load "
                + "generator's, unless given."),
        transform: NumberOption.nodes)
    var serverNode: [Int]?

    @Option(
        help: .value(
            "NODES",
            "NUMA nodes of the load generator, its CPUs and its memory; the servers', unless "
                + "given."),
        transform: NumberOption.nodes)
    var clientNode: [Int]?

    @Option(
        help: .value(
            "POLICY",
            "How the servers' memory comes from their nodes: bind (from these alone, the default), "
                + "interleave (in turn), preferred (from others when full), local (where it is "
                + "touched first)."),
        completion: .list(MemoryPolicy.Mode.allCases.map(\.rawValue)))
    var numaPolicy: MemoryPolicy.Mode?

    func validate() throws { _ = try placement() }

    /// - Parameters:
    ///   - base: what is given by number.
    ///   - sides: whose CPUs follow from the nodes.
    ///   - threads: of the load generator.
    func placement(
        _ base: Placement = Placement(), choosing sides: NodeRequest.Sides = [.servers, .client],
        threads: Int = 1
    ) throws -> Placement {
        var placement = base
        do throws(QuantityError) {
            try placement.put(
                NodeRequest(
                    servers: serverNode ?? [], client: clientNode ?? [], mode: numaPolicy),
                choosing: sides, threads: threads)
        } catch {
            throw usage(error)
        }
        return placement
    }

    /// Refuses what is of servers that nobody starts.
    func check(_ targets: [Target]) throws {
        guard !targets.contains(where: \.isOwned) else { return }
        try GivenOptions.refuse(
            ["--server-node", "--numa-policy"], "has no effect on servers that run already")
    }
}
