// What a command or a load that broke off says of the server: that it ended, hung, or answered
// wrongly, as the failure of an experiment and as an incident of the record.
import LoadGenerator
import RunRecord
import Targets

extension ExperimentFailure {
    /// A command of ours that failed.
    package init(_ error: TargetError, _ server: any MeasuredServer) {
        self.init("\(server.target.label): \(error)", unlessEnded: server)
    }

    /// A load that broke off: what the server's end was is the better cause where it is known.
    package init(_ failure: LoadFailure, _ server: any MeasuredServer) {
        switch failure.reason {
        case .interrupted:
            self.init(.interrupted, "interrupted")
            return
        case .notStarted:
            self.init(.setUp, "\(failure)")
            return
        case .program:
            self.init("\(failure)", unlessEnded: server)
            return
        default: break
        }
        if let death = server.deathAfterLoss() {
            self.init(
                .invalid, "\(death); look in its log, or measure another build",
                incident: server.incident(.crashed, death))
            return
        }
        let incident: RunRecord.Incident? =
            switch failure.reason {
            case .stalled: server.incident(.hung, "\(failure)")
            case .closed, .broken, .lostNode: server.incident(.crashed, "\(failure)")
            case .malformed, .unexpectedReply: server.incident(.wrongValues, "\(failure)")
            default: nil
            }
        self.init(.invalid, "\(server.target.label): \(failure)", incident: incident)
    }

    /// `cause`, or the server's end where that is behind it.
    private init(_ cause: String, unlessEnded server: any MeasuredServer) {
        let death = server.deathAfterLoss()
        self.init(
            .invalid, death ?? cause, incident: death.map { server.incident(.crashed, $0) })
    }
}
