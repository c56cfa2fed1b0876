// What one of several load hosts cannot do, found before anything is measured: each of them runs
// this, and all say the same.
import ArgumentParser
import Experiments
import Targets

enum FleetChecks {
    /// - Parameter connections: of all hosts.
    static func check(connections: Int, _ targets: [Target]) throws {
        guard let link = FleetLink.current else { return }
        guard connections >= link.place.count else {
            throw ValidationError(
                "\(connections) connections are fewer than the \(link.place.count) load hosts; "
                    + "every host needs one")
        }
        for target in targets where target.isOwned {
            throw ValidationError(
                "target '\(target.label)' would be started on every load host; start it yourself, "
                    + "and name it as tcp://HOST:PORT")
        }
    }

    /// Refuses what is no load that hosts could share.
    static func refuse(_ what: String) throws {
        guard FleetLink.current != nil else { return }
        throw ValidationError("\(what) is no load of several hosts; use hashmark, not hashmark-mpi")
    }
}
