// Where servers and load generator run, as a flag of the verbs that run them in rounds.
import ArgumentParser
import Experiments
import Quantities

struct PlacementOption: ParsableArguments {
    @Option(help: .value("CPUS", "CPUs as SERVERS/CLIENT, such as 0/1 or 0-2/3; auto; or none."))
    var cpus = "auto"

    func validate() throws { _ = try placement() }

    func placement() throws -> Placement {
        do throws(QuantityError) {
            return try Placement(parsing: cpus)
        } catch {
            throw ValidationError("--cpus: \(error)")
        }
    }
}
