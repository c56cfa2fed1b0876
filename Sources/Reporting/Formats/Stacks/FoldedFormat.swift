// Folded stacks: a line per stack, frames from the outermost to the innermost with ; between them,
// a blank, the weight. flamegraph.pl, speedscope and the Firefox Profiler read it.
//
//     valkey-9.1;main;aeMain;dictFind 5120
//
// The first frame is the target, so that several stand side by side.
import Foundation
import RunRecord

public struct FoldedFormat: StackFormat {
    public let name = "folded"
    public let isStream = true

    public func document(_ profiles: [StackProfile]) throws(RunRecordError) -> Data {
        var text = ""
        for profile in profiles {
            let names = profile.frames.map { Self.frame($0.function) }
            let first = Self.frame(profile.exportName)
            for (stack, units, _) in profile.weighed {
                let frames = [first] + profile.stacks[stack].map { names[$0] }
                text += "\(frames.joined(separator: ";")) \(units)\n"
            }
        }
        return Data(text.utf8)
    }

    /// What separates frames is in none.
    private static func frame(_ name: String) -> String {
        printable(name).replacing(";", with: ",")
    }
}
