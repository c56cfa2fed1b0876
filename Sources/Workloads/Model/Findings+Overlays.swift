// The rules for loads beside a workload's own, and for what happens meanwhile beside commands.

extension Workload {
    /// Of a file that somebody wrote; each is a thread.
    private static let mostOverlays = 32

    func overlayRangeFindings() -> [Finding] {
        if overlays.count > Self.mostOverlays {
            return [
                Finding(
                    "overlays", "\(overlays.count) overlays", "use at most \(Self.mostOverlays)")
            ]
        }
        var findings: [Finding] = []
        for (index, overlay) in overlays.enumerated() {
            findings += Self.below("overlays[\(index)]", overlay.load.rangeFindings())
            if overlay.load.replicas != 0 {
                findings.append(
                    Finding(
                        "overlays[\(index)].load.replicas", "replicas of a load beside",
                        "ask for them in the workload's own `load`"))
            }
            for (place, operation) in overlay.operations.enumerated() {
                findings += operation.rangeFindings("overlays[\(index)].operations[\(place)]")
            }
        }
        return findings
    }

    /// Findings about a part of the file, by their paths in all of it.
    private static func below(_ path: String, _ findings: [Finding]) -> [Finding] {
        findings.map { Finding("\(path).\($0.path)", $0.problem, $0.remedy) }
    }

    func overlayFindings() -> [Finding] {
        var findings: [Finding] = []
        for (index, overlay) in overlays.enumerated() {
            let path = "overlays[\(index)]"
            if !Self.isLabel(overlay.name) {
                findings.append(
                    Finding(
                        "\(path).name", "name `\(overlay.name)` cannot be a label",
                        "use letters, digits and ._- only"))
            }
            if overlays[..<index].contains(where: { $0.name == overlay.name }) {
                findings.append(
                    Finding(
                        path, "two overlays are named `\(overlay.name)`",
                        "give each its own `name`"))
            }
            let part = self.overlay(index)
            let operations = part.keyspaceFindings().filter { $0.path.hasPrefix("operations[") }
            findings += Self.below(
                path, part.operationFindings() + operations + part.arrivalFindings())
            findings += timeFindings(overlay, path)
        }
        return findings
    }

    private func timeFindings(_ overlay: OverlaySpec, _ path: String) -> [Finding] {
        for case .measure(.milliseconds(let length)) in phases {
            let end = overlay.fromMilliseconds + (overlay.lengthMilliseconds ?? 1)
            let isEmpty = overlay.lengthMilliseconds.map { $0 < 1 } ?? false
            if !isEmpty, overlay.fromMilliseconds >= 0, end <= length { return [] }
            return [
                Finding(
                    path,
                    "an overlay from \(overlay.fromMilliseconds) to \(end) ms of a phase of "
                        + "\(length) ms",
                    "put it within the phase `measure`, for 1 ms or more")
            ]
        }
        return [
            Finding(
                path, "an overlay of a phase without a duration",
                "give the phase `measure` a `duration`, within which overlays have their times")
        ]
    }

    static func isLabel(_ name: String) -> Bool {
        !name.isEmpty
            && name.allSatisfy { character in
                character.isASCII
                    && (character.isLetter || character.isNumber || "._-".contains(character))
            }
    }
}

extension ServerEvent {
    /// What is wrong with what it does.
    func actionFindings(_ path: String) -> [Finding] {
        switch action {
        case .replica, .cluster: return []
        case .command(let text):
            guard text.split(separator: " ").isEmpty else { return [] }
            return [
                Finding(path, "an event without a command", "write it as sent, such as BGSAVE")
            ]
        case .slowReaders(let readers):
            let isSound =
                (1...10_000).contains(readers.connections)
                && (1...100_000).contains(readers.requests) && readers.milliseconds >= 1
                && !readers.command.split(separator: " ").isEmpty
            if isSound { return [] }
            return [
                Finding(
                    path,
                    "\(readers.connections) slow readers of \(readers.requests) requests for "
                        + "\(readers.milliseconds) ms",
                    "use 1 to 10000 connections, 1 to 100000 requests, a command as sent, and a "
                        + "time of 1 ms or more")
            ]
        }
    }
}
