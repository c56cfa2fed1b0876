// speedscope's own format: frames shared by all, a sampled profile per target.
//
// Source: speedscope, src/lib/file-format-spec.ts.
import Foundation
import RunRecord

public struct SpeedscopeFormat: StackFormat {
    public let name = "speedscope"

    private struct Frame: Hashable {
        var name: String
        var file: String?
        var line: Int?

        var tree: JSONTree {
            var fields: [String: JSONTree] = ["name": .text(name)]
            if let file { fields["file"] = .text(file) }
            if let line { fields["line"] = .whole(line) }
            return .object(fields)
        }
    }

    public func document(_ profiles: [StackProfile]) throws(RunRecordError) -> Data {
        var frames: [Frame] = []
        var numbers: [Frame: Int] = [:]
        func number(_ frame: StackProfile.Frame) -> Int {
            let own = Frame(
                name: printable(frame.function),
                file: (frame.file ?? frame.binary).map(printable), line: frame.line)
            if let number = numbers[own] { return number }
            numbers[own] = frames.count
            frames.append(own)
            return frames.count - 1
        }
        let all = profiles.map { profile -> JSONTree in
            let own = profile.frames.map { number($0) }
            let weighed = profile.weighed
            let end = weighed.reduce(0) { $0.addingReportingOverflow($1.units).partialValue }
            return [
                "type": "sampled", "name": .text(profile.exportName),
                "unit": profile.unit.isTime ? "nanoseconds" : "none",
                "startValue": 0, "endValue": .whole(end),
                "samples": .list(
                    weighed.map { entry in .numbers(profile.stacks[entry.stack].map { own[$0] }) }),
                "weights": .numbers(weighed.map(\.units)),
            ]
        }
        let file: JSONTree = [
            "$schema": "https://www.speedscope.app/file-format-schema.json",
            "exporter": "hashmark", "shared": ["frames": .list(frames.map(\.tree))],
            "profiles": .list(all),
        ]
        return try file.json()
    }
}
