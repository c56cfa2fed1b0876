// What a workload file says that only `replay` does: comparisons and counters drive every target in
// a closed loop, slice by slice, whatever schedule and events the file has.
import Workloads

extension Recorder {
    /// Says which parts of `workload` do not count in this run, once.
    package func warn(ofUnused workload: Workload) {
        var parts: [String] = []
        if workload.load.arrival != .closed { parts.append("`arrival`") }
        if !workload.events.isEmpty { parts.append("`events`") }
        if !workload.overlays.isEmpty { parts.append("`overlays`") }
        guard !parts.isEmpty else { return }
        warn(
            "\(workload.name)'s \(parts.joined(separator: " and ")) "
                + "\(parts.count == 1 ? "does" : "do") not count here: it is driven in a closed "
                + "loop",
            remedy: "use `hashmark replay` for its schedule")
    }

    /// Says that a workload's waits are left out, where each request must be one command.
    package func warn(ofWaits workload: Workload) {
        guard let wait = workload.waits.first else { return }
        warn(
            "\(workload.name)'s `\(wait)` is left out here: what is taken apart is the write",
            remedy: "use `hashmark replay` or `hashmark compare` for what waiting takes")
    }
}
