// swift-tools-version: 6.2
// Hashmark: one executable over small modules. The number before each group is its level in the
// house plan (Sources/README.md): a module imports only from levels below its own, and Tests/Tidy
// says so.
import PackageDescription

// Modules are small and meet on hot paths (a server is generic over its table), so bodies must be
// visible across them: this flag does what `@inlinable` on every declaration would.
let hot: [SwiftSetting] = [
    .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release))
]

let systemPackage: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")

/// Scripts/install sets it: with zlib and zstd in it, the executable starts where they are missing.
let isForElsewhere = Context.environment["HASHMARK_STATIC"] != nil

func module(
    _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil,
    libraries: [String] = []
) -> Target {
    let linked: [LinkerSetting] = libraries.map { library in
        .linkedLibrary(isForElsewhere ? ":lib\(library).a" : library)
    }
    return .target(
        name: name, dependencies: dependencies, resources: resources, swiftSettings: hot,
        linkerSettings: linked)
}

/// Tests that compute much themselves: oracles, simulations, parsers of the whole tree. The others
/// spend their time in what they test and are compiled as they stand, in half the time.
let computing: Set<String> = [
    "Distributions", "Gate", "Keyspaces", "LoadGenerator", "ReferenceServer", "RESP", "Statistics",
    "TableBench", "Tidy", "Traces",
]

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    let plain: [SwiftSetting] = [.unsafeFlags(["-Onone"], .when(configuration: .release))]
    return .testTarget(
        name: "\(name)Tests", dependencies: dependencies, path: "Tests/\(name)",
        swiftSettings: computing.contains(name) ? hot : plain)
}

let package = Package(
    name: "hashmark",
    products: [.executable(name: "hashmark", targets: ["hashmark"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        // 0: what C alone can call, and system libraries
        .target(name: "CLinux"),
        .target(name: "CIntrinsics"),
        .target(name: "CPerf"),
        // Builds without libpfm4's header (package libpfm4-dev), and then finds no events by name.
        .target(name: "CPfm"),
        // Builds without OpenSSL and its headers, and opens it when TLS is asked for.
        .target(name: "COpenSSL"),
        .target(name: "CCallgrind"),
        // libpq by its functions' names; no header of it is needed.
        .target(name: "CPostgres"),
        // The interface of tables that Hashmark loads: hashmark_table.h.
        .target(name: "CTable", exclude: ["Examples", "README.md"]),
        // The files of Workloads/, as #embed takes them in.
        .target(name: "CShippedFiles"),
        // Without pkgConfig, which would link them: libnuma is opened when it is needed (see its
        // header), and the modules that use the others say in which form.
        .systemLibrary(name: "CNuma", providers: [.apt(["libnuma-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CZstd", providers: [.apt(["libzstd-dev"])]),

        // Below 1: times, sizes, counts and CPUs, of which all may speak; did you mean
        module("Quantities"),
        module("Spelling"),

        // 1
        module("Distributions", ["Quantities"]),
        module("LinuxSystem", ["CLinux", "CNuma", "Quantities", systemPackage]),
        module("RESP"),
        module("RunRecord", ["Quantities"]),
        module("ShippedFiles", ["CShippedFiles"]),
        module("StrictYAML", ["Quantities", "Spelling", "Yams"]),

        // 2
        module(
            "Statistics",
            [
                "Distributions", "RunRecord", "CZlib",
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            libraries: ["z"]),
        module(
            "Keyspaces",
            ["Distributions", "LinuxSystem", "RESP", "CIntrinsics", "CTable", "Spelling"]),
        module(
            "Workloads",
            [
                "Distributions", "RESP", "ShippedFiles", "StrictYAML", "LinuxSystem", "Quantities",
                "Spelling", "Yams",
            ]),
        module("Traces", ["CZlib", "CZstd", "LinuxSystem"], libraries: ["z", "zstd"]),
        module("Transport", ["LinuxSystem", "COpenSSL", systemPackage]),
        module("Progress", ["LinuxSystem", "Quantities"]),
        // seedpin.c is compiled when a run first needs it, for a process that is not ours.
        module(
            "Counters",
            [
                "RunRecord", "LinuxSystem", "Quantities", "CPerf", "CPfm", "CCallgrind",
                systemPackage,
            ],
            resources: [.embedInCode("Resources/seedpin.c")]),

        // 3
        module("ReferenceServer", ["Keyspaces", "Transport", "RESP", "LinuxSystem", "Quantities"]),
        module(
            "LoadGenerator",
            [
                "Distributions", "Workloads", "Traces", "Transport", "RESP", "Statistics",
                "LinuxSystem", "Quantities",
            ]),
        module(
            "Targets",
            ["Transport", "RESP", "LinuxSystem", "Quantities", "Spelling", "StrictYAML"]),

        module(
            "Profiling",
            ["Counters", "RunRecord", "LinuxSystem", "Quantities", "CPerf", systemPackage]),

        module(
            "TableBench",
            [
                "Counters", "Distributions", "Keyspaces", "RunRecord", "Statistics", "LinuxSystem",
                "Progress", "Quantities", "Spelling",
            ]),

        // hashmark_table.h held against a table of somebody's, in processes of its own.
        module(
            "TableCheck", ["CTable", "Distributions", "Keyspaces", "LinuxSystem", "Quantities"]),
        // What this machine can measure, and what would disturb.
        module("Doctor", ["Counters", "LinuxSystem", "Quantities", systemPackage]),

        // 4
        module(
            "Experiments",
            [
                "Doctor", "LoadGenerator", "Targets", "Counters", "Profiling", "Workloads",
                "Traces",
                "RESP", "Transport",
                "RunRecord", "Statistics", "LinuxSystem", "Quantities", "Distributions", "Progress",
                "ShippedFiles", "StrictYAML", "Yams", "Keyspaces", "TableBench",
            ]),

        // 5
        module(
            "Ladders",
            [
                "Experiments", "ReferenceServer", "Keyspaces", "LoadGenerator", "Targets",
                "Counters", "Workloads", "RESP", "RunRecord", "LinuxSystem", "Distributions",
                "Progress", "StrictYAML",
            ]),
        module(
            "Gate",
            [
                "RunRecord", "Distributions", "Statistics", "StrictYAML", "Quantities", "Spelling",
                "Yams",
            ]),
        module(
            "Reporting", ["RunRecord", "Distributions", "Statistics", "Quantities", "CZlib"],
            libraries: ["z"]),

        // Run records in a database; schema.sql is what it has to look like.
        module(
            "Publishing", ["RunRecord", "Statistics", "LinuxSystem", "CPostgres"],
            resources: [.embedInCode("Resources/schema.sql")]),

        // 6
        module(
            "Gating",
            [
                "Experiments", "Gate", "Reporting", "Counters", "Targets", "Workloads",
                "RunRecord", "ShippedFiles", "StrictYAML", "Quantities", "Progress",
            ]),

        // 7
        .executableTarget(
            name: "hashmark",
            dependencies: [
                "Doctor", "Experiments", "Gate", "Gating", "Ladders", "Publishing", "Reporting",
                "ReferenceServer",
                "LoadGenerator", "Targets", "Counters", "Profiling", "Workloads", "Traces",
                "Keyspaces", "RunRecord", "Statistics", "LinuxSystem", "RESP", "ShippedFiles",
                "StrictYAML", "Transport",
                "TableBench", "TableCheck", "Quantities", "Progress", "Spelling",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                "Yams",
            ],
            swiftSettings: hot),

        // Tests mirror Sources; everything shared between them is in TestSupport.
        .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
        .target(
            name: "TestSupport",
            dependencies: ["LinuxSystem", "Traces", "Distributions", "CAllocationCounter"],
            path: "Tests/TestSupport"),
        .executableTarget(
            name: "faulty-server", dependencies: ["LinuxSystem", "RESP"],
            path: "Tests/FaultyServer", swiftSettings: hot),
        tests("Faults", ["faulty-server", "Targets", "RESP", "LinuxSystem", "TestSupport"]),
        tests("Tidy", []),
        tests("LinuxSystem", ["LinuxSystem", "TestSupport"]),
        tests("RESP", ["RESP", "Distributions", "TestSupport"]),
        tests("Distributions", ["Distributions", "TestSupport"]),
        tests("Statistics", ["Statistics", "RunRecord", "Distributions", "TestSupport"]),
        tests("Quantities", ["Quantities"]),
        tests("Spelling", ["Spelling"]),
        tests("Progress", ["Progress"]),
        tests("RunRecord", ["RunRecord", "TestSupport"]),
        tests("Publishing", ["Publishing", "RunRecord", "Statistics", "TestSupport"]),
        tests(
            "Keyspaces", ["Keyspaces", "LinuxSystem", "RESP", "Distributions", "TestSupport"]),
        tests("StrictYAML", ["StrictYAML"]),
        tests("ShippedFiles", ["ShippedFiles", "TestSupport"]),
        tests(
            "Workloads",
            ["Workloads", "ShippedFiles", "Distributions", "TestSupport", "CZlib"]),
        tests(
            "Counters", ["Counters", "RunRecord", "LinuxSystem", "TestSupport", systemPackage]),
        tests(
            "Profiling", ["Profiling", "RunRecord", "LinuxSystem", "Distributions"]),
        tests(
            "ReferenceServer",
            [
                "ReferenceServer", "Keyspaces", "RESP", "LinuxSystem", "Distributions",
                "TestSupport", "CAllocationCounter",
            ]),
        tests("TableBench", ["TableBench", "Counters", "Keyspaces", "RunRecord", "TestSupport"]),
        tests("TableCheck", ["TableCheck", "LinuxSystem", "TestSupport", "hashmark"]),
        tests("Doctor", ["Doctor", "LinuxSystem", "TestSupport"]),
        tests(
            "LoadGenerator",
            ["LoadGenerator", "Workloads", "RESP", "Quantities", "Transport", "TestSupport"]),
        tests("Targets", ["Targets", "Transport", "TestSupport"]),
        tests("Traces", ["Traces", "Distributions", "LinuxSystem", "TestSupport"]),
        tests("Transport", ["Transport", "LinuxSystem", "TestSupport", systemPackage]),
        tests(
            "Experiments",
            [
                "Doctor", "Experiments", "LoadGenerator", "Profiling", "Targets", "Workloads",
                "RESP", "RunRecord",
                "StrictYAML", "Distributions", "Statistics", "LinuxSystem", "Progress",
                "Reporting", "Keyspaces", "ShippedFiles", "Quantities",
                "TestSupport", systemPackage,
            ]),
        tests(
            "Ladders",
            ["Ladders", "Experiments", "ReferenceServer", "Keyspaces", "Targets", "Workloads"]),
        tests(
            "Gate",
            ["Gate", "RunRecord", "Distributions", "Statistics", "StrictYAML", "TestSupport"]),
        tests(
            "Gating",
            [
                "Gating", "Gate", "Experiments", "Targets", "RunRecord", "ShippedFiles",
                "TestSupport",
            ]),
        tests("Reporting", ["Reporting", "RunRecord", "Statistics", "TestSupport", "CZlib"]),
        tests(
            "hashmark",
            [
                "TestSupport", "RunRecord", "Reporting", "ReferenceServer", "Workloads",
                "Profiling", "Statistics", "hashmark", "faulty-server",
            ]),
        tests("CommandLine", ["TestSupport", "LinuxSystem", "hashmark", "faulty-server"]),
    ],
    swiftLanguageModes: [.v6]
)
