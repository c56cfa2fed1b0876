// The text of `perf script`, which stackcollapse-perf.pl, the Firefox Profiler and speedscope read.
//
//     valkey-9.1 1/1 0.001003: 1003009 cpu-clock:
//         <tab>      1a find (valkey-server)
//         <tab>       2 main (valkey-server)
//
// An event per sample, for readers that pass over the period and count events. A profile keeps
// functions and no addresses: in their place are the numbers of the frames.
import Foundation
import Quantities
import RunRecord

public struct PerfScriptFormat: StackFormat {
    public let name = "perf-script"
    public let isStream = true

    /// More events make a file that nothing opens: then each stack has one.
    private static let mostEvents = 50_000.0

    public func document(_ profiles: [StackProfile]) throws(RunRecordError) -> Data {
        var text = ""
        for (index, profile) in profiles.enumerated() {
            let weighed = profile.weighed
            // Waiting is weighed by its length, and counts are as many as there are.
            let isSampled =
                profile.unit == .cpuNanoseconds
                && weighed.reduce(0) { $0 + $1.weight } <= Self.mostEvents
            let lines = profile.frames.enumerated().map { Self.line($0.offset, $0.element) }
            let command = Self.word(profile.exportName)
            var time = 0
            for (stack, units, weight) in weighed {
                let events = isSampled ? max(1, StackProfile.whole(weight)) : 1
                let trace = profile.stacks[stack].reversed().map { lines[$0] }.joined()
                for event in 0..<events {
                    // Whole parts whose sum is the whole.
                    let period = units / events + (event < units % events ? 1 : 0)
                    time = time.addingReportingOverflow(period).partialValue
                    let seconds = (Double(time) / Nanoseconds.perSecond).fixed(9)
                    let process = index + 1
                    text += "\(command) \(process)/\(process) \(seconds): \(period) "
                    text += "\(profile.unit.event):\n\(trace)\n"
                }
            }
        }
        return Data(text.utf8)
    }

    private static func line(_ number: Int, _ frame: StackProfile.Frame) -> String {
        let address = String(number + 1, radix: 16)
        let space = String(repeating: " ", count: max(0, 16 - address.count))
        let object = frame.kind == .inlined ? "inlined" : frame.binary ?? "[unknown]"
        return "\t\(space)\(address) \(printable(frame.function)) (\(word(object)))\n"
    }

    /// Without blanks, which separate fields.
    private static func word(_ text: String) -> String {
        let word = String(printable(text).map { $0.isWhitespace ? "_" : $0 })
        return word.isEmpty ? "_" : word
    }
}

extension StackProfile.Unit {
    /// As perf would call the event.
    fileprivate var event: String {
        switch self {
        case .cpuNanoseconds: "cpu-clock"
        case .offCPUNanoseconds: "off-cpu"
        default: rawValue
        }
    }
}
