// The Firefox Profiler's processed format, version 48 (it reads that version and brings it up to
// date): a thread per target, weights in ms.
//
// Tables are columns: `funcTable.name[3]` is the number of a string. Frames have no address, for a
// profile keeps functions; they are symbolicated already.
//
// Source: firefox-devtools/profiler, src/types/profile.js and docs-developer/CHANGELOG-formats.md.
import Foundation
import Quantities
import RunRecord

public struct FirefoxFormat: StackFormat {
    public let name = "firefox"

    /// The grey one is the reader's default.
    private static let categories: JSONTree = [
        ["name": "Other", "color": "grey", "subcategories": ["Other"]],
        ["name": "User", "color": "blue", "subcategories": ["Other"]],
        ["name": "Kernel", "color": "orange", "subcategories": ["Other"]],
    ]

    public func document(_ profiles: [StackProfile]) throws(RunRecordError) -> Data {
        let binaries = profiles.flatMap(\.frames).compactMap(\.binary).distinct()
        var buildIDs: [String: String] = [:]
        for profile in profiles { buildIDs.merge(profile.buildIDs) { own, _ in own } }
        let libraries = binaries.map { binary -> JSONTree in
            let name = JSONTree.text(printable(binary))
            let buildID = buildIDs[binary].map { JSONTree.text(printable($0)) } ?? .null
            return [
                "name": name, "path": name, "debugName": name, "debugPath": name,
                "breakpadId": "", "codeId": buildID, "arch": "",
            ]
        }
        let threads = profiles.enumerated().map { index, profile in
            FirefoxThread(profile, binaries).tree(number: index + 1)
        }
        let file: JSONTree = [
            "meta": [
                "interval": 1, "startTime": 0, "processType": 0, "product": "hashmark",
                "stackwalk": 1, "version": 29, "preprocessedProfileVersion": 48,
                "symbolicated": true, "markerSchema": [], "categories": Self.categories,
            ],
            "libs": .list(libraries), "threads": .list(threads),
        ]
        return try file.json()
    }
}

/// The tables of one target.
private struct FirefoxThread {
    private let profile: StackProfile
    private let binaries: [String]
    private var strings: [String] = []
    private var stringNumbers: [String: Int] = [:]
    private var functionNames: [Int] = []
    private var fileNames: [Int?] = []
    private var resourceNames: [Int] = []
    private var stackFrames: [Int] = []
    private var stackPrefixes: [Int?] = []
    /// By the stack below (−1: none) and the frame.
    private var stackNumbers: [[Int]: Int] = [:]
    private var sampleStacks: [Int?] = []
    private var times: [Double] = []
    private var weights: [Double] = []

    /// - Parameter binaries: of all targets, in the order of the libraries.
    init(_ profile: StackProfile, _ binaries: [String]) {
        self.profile = profile
        self.binaries = binaries
        for binary in binaries {
            let name = string(binary)
            resourceNames.append(name)
        }
        for frame in profile.frames {
            let name = string(frame.function)
            functionNames.append(name)
            var file: Int?
            if let path = frame.file { file = string(path) }
            fileNames.append(file)
        }
        var time = 0.0
        for (stack, units, _) in profile.weighed {
            let weight =
                profile.unit.isTime
                ? Nanoseconds.value(Double(units), in: .milliseconds) : Double(units)
            let number = self.stack(profile.stacks[stack])
            sampleStacks.append(number)
            times.append(time)
            weights.append(weight)
            time += weight
        }
    }

    private mutating func string(_ text: String) -> Int {
        let text = printable(text)
        if let number = stringNumbers[text] { return number }
        stringNumbers[text] = strings.count
        strings.append(text)
        return strings.count - 1
    }

    /// The number of a stack, whose callers come before it in the table; nil of an empty one.
    private mutating func stack(_ path: [Int]) -> Int? {
        var prefix: Int?
        for frame in path {
            let key = [prefix ?? -1, frame]
            if let known = stackNumbers[key] {
                prefix = known
                continue
            }
            stackNumbers[key] = stackFrames.count
            stackFrames.append(frame)
            stackPrefixes.append(prefix)
            prefix = stackFrames.count - 1
        }
        return prefix
    }

    func tree(number: Int) -> JSONTree {
        [
            "name": .text(profile.exportName), "pid": .text("\(number)"), "tid": .whole(number),
            "processType": "default", "processStartupTime": 0, "processShutdownTime": .null,
            "registerTime": 0, "unregisterTime": .null, "isMainThread": true, "pausedRanges": [],
            "samples": samples,
            "markers": Self.empty(["data", "name", "startTime", "endTime", "phase", "category"]),
            "stackTable": stackTable, "frameTable": frameTable, "funcTable": functionTable,
            "resourceTable": resourceTable,
            "nativeSymbols": Self.empty(["libIndex", "address", "name", "functionSize"]),
            "stringArray": .texts(strings),
        ]
    }

    private var samples: JSONTree {
        [
            "stack": .optionals(sampleStacks), "time": .reals(times), "weight": .reals(weights),
            "weightType": profile.unit.isTime ? "tracing-ms" : "samples",
            "length": .whole(times.count),
        ]
    }

    private var stackTable: JSONTree {
        [
            "frame": .numbers(stackFrames), "prefix": .optionals(stackPrefixes),
            "category": .numbers(stackFrames.map { category($0) }),
            "subcategory": Self.column(.whole(0), stackFrames.count),
            "length": .whole(stackFrames.count),
        ]
    }

    /// Of type 1: libraries.
    private var resourceTable: JSONTree {
        [
            "name": .numbers(resourceNames), "lib": .numbers(Array(binaries.indices)),
            "host": Self.column(.null, binaries.count),
            "type": Self.column(.whole(1), binaries.count), "length": .whole(binaries.count),
        ]
    }

    /// A frame per function, with its number.
    private var frameTable: JSONTree {
        let frames = profile.frames
        let unknown = Self.column(.null, frames.count)
        return [
            "address": Self.column(.whole(-1), frames.count),
            "inlineDepth": .numbers(frames.map { $0.kind == .inlined ? 1 : 0 }),
            "category": .numbers(frames.indices.map { category($0) }),
            "subcategory": Self.column(.whole(0), frames.count),
            "func": .numbers(Array(frames.indices)), "nativeSymbol": unknown,
            "innerWindowID": unknown, "implementation": unknown,
            "line": .optionals(frames.map(\.line)), "column": unknown,
            "length": .whole(frames.count),
        ]
    }

    private var functionTable: JSONTree {
        let frames = profile.frames
        let resources = frames.map { frame in
            frame.binary.flatMap { binaries.firstIndex(of: $0) } ?? -1
        }
        return [
            "name": .numbers(functionNames), "isJS": Self.column(.flag(false), frames.count),
            "relevantForJS": Self.column(.flag(false), frames.count),
            "resource": .numbers(resources),
            "fileName": .optionals(fileNames), "lineNumber": Self.column(.null, frames.count),
            "columnNumber": Self.column(.null, frames.count), "length": .whole(frames.count),
        ]
    }

    private static func column(_ value: JSONTree, _ count: Int) -> JSONTree {
        .list([JSONTree](repeating: value, count: count))
    }

    /// A table without rows.
    private static func empty(_ columns: [String]) -> JSONTree {
        var table: [String: JSONTree] = ["length": 0]
        for column in columns { table[column] = [] }
        return .object(table)
    }

    private func category(_ frame: Int) -> Int {
        switch profile.frames[frame].kind {
        case .unnamed: 0
        case .user, .inlined: 1
        case .kernel: 2
        }
    }
}
