// pprof's format: a Protocol Buffers message in gzip. `go tool pprof`, its `-diff_base`, speedscope
// and Perfetto read it.
//
//   sample    locations, the leaf first; samples and units; the target as a label
//   location  a call: its function, and before it what was inlined into it, the innermost first
//   mapping   a binary, by name and build id: a profile keeps no addresses
//
// Source: google/pprof, proto/profile.proto, whose numbers of fields are named below.
import Foundation
import RunRecord

public struct PprofFormat: StackFormat {
    public let name = "pprof"

    public func document(_ profiles: [StackProfile]) throws(RunRecordError) -> Data {
        var message = PprofMessage(units: profiles.map(\.unit).distinct())
        for profile in profiles { message.add(profile) }
        return Data(Gzip.compress(message.bytes()))
    }
}

private struct PprofMessage {
    private enum Field {
        static let sampleType = 1, sample = 2, mapping = 3, location = 4, function = 5
        static let string = 6
    }

    private struct FunctionKey: Hashable {
        var name: String
        var file: String?
    }

    private struct MappingKey: Hashable {
        var binary: String
        var buildID: String?
    }

    private struct LocationKey: Hashable {
        var profile: Int
        /// The call's own frame first, then what was inlined into it.
        var frames: [Int]
    }

    private let units: [StackProfile.Unit]
    private var body = Protobuf()
    private var strings: [String] = [""]
    private var stringNumbers: [String: Int] = ["": 0]
    private var functions: [FunctionKey: Int] = [:]
    private var mappings: [MappingKey: Int] = [:]
    private var locations: [LocationKey: Int] = [:]
    private var profiles = 0

    init(units: [StackProfile.Unit]) {
        self.units = units
        let types = [("samples", "count")] + units.map(\.valueType)
        for (type, unit) in types {
            var value = Protobuf()
            value.append(1, string(type))
            value.append(2, string(unit))
            body.append(Field.sampleType, value)
        }
    }

    mutating func add(_ profile: StackProfile) {
        profiles += 1
        let labels = [("target", profile.target), ("workload", profile.workload ?? "")]
            .filter { !$0.1.isEmpty }
            .map { key, text -> Protobuf in
                var label = Protobuf()
                label.append(1, string(key))
                label.append(2, string(text))
                return label
            }
        let place = units.firstIndex(of: profile.unit) ?? 0
        for (stack, amount, weight) in profile.weighed {
            let calls = Self.calls(profile.stacks[stack], profile.frames)
            var values = [Int](repeating: 0, count: units.count + 1)
            // Waiting is weighed by its length: how often is not known.
            values[0] = profile.unit == .offCPUNanoseconds ? 0 : StackProfile.whole(weight)
            values[place + 1] = amount
            var sample = Protobuf()
            sample.append(1, packed: calls.reversed().map { location($0, profile) })
            sample.append(2, packed: values)
            for label in labels { sample.append(3, label) }
            body.append(Field.sample, sample)
        }
    }

    /// Frames of a stack by the call that they are part of.
    private static func calls(_ stack: [Int], _ frames: [StackProfile.Frame]) -> [[Int]] {
        var calls: [[Int]] = []
        for frame in stack {
            if frames[frame].kind == .inlined, !calls.isEmpty {
                calls[calls.count - 1].append(frame)
            } else {
                calls.append([frame])
            }
        }
        return calls
    }

    func bytes() -> [UInt8] {
        var all = body
        for text in strings { all.append(Field.string, text) }
        return all.bytes
    }

    // MARK: tables

    private mutating func string(_ text: String) -> Int {
        let text = printable(text)
        if let number = stringNumbers[text] { return number }
        stringNumbers[text] = strings.count
        strings.append(text)
        return strings.count - 1
    }

    private mutating func location(_ frames: [Int], _ profile: StackProfile) -> Int {
        let key = LocationKey(profile: profiles, frames: frames)
        if let number = locations[key] { return number }
        let number = locations.count + 1
        locations[key] = number
        var location = Protobuf()
        location.append(1, number)
        let binary = profile.frames[frames[0]].binary ?? "[unknown]"
        let place = MappingKey(binary: binary, buildID: profile.buildIDs[binary])
        location.append(2, mapping(place))
        for frame in frames.reversed() {
            var line = Protobuf()
            line.append(1, function(profile.frames[frame]))
            line.append(2, max(0, profile.frames[frame].line ?? 0))
            location.append(4, line)
        }
        body.append(Field.location, location)
        return number
    }

    private mutating func mapping(_ key: MappingKey) -> Int {
        if let number = mappings[key] { return number }
        let number = mappings.count + 1
        mappings[key] = number
        var mapping = Protobuf()
        mapping.append(1, number)
        mapping.append(5, string(key.binary))
        mapping.append(6, string(key.buildID ?? ""))
        // Has functions, file names, lines and inlined frames: nobody need look for them.
        for field in 7...10 { mapping.append(field, 1) }
        body.append(Field.mapping, mapping)
        return number
    }

    private mutating func function(_ frame: StackProfile.Frame) -> Int {
        let key = FunctionKey(name: frame.function, file: frame.file)
        if let number = functions[key] { return number }
        let number = functions.count + 1
        functions[key] = number
        var function = Protobuf()
        function.append(1, number)
        function.append(2, string(frame.function))
        function.append(3, string(frame.function))
        function.append(4, string(frame.file ?? ""))
        body.append(Field.function, function)
        return number
    }
}

extension StackProfile.Unit {
    fileprivate var valueType: (String, String) {
        switch self {
        case .cpuNanoseconds: ("cpu", "nanoseconds")
        case .offCPUNanoseconds: ("off_cpu", "nanoseconds")
        default: (rawValue, "count")
        }
    }
}
