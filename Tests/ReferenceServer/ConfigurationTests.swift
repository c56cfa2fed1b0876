// The reference server's settings: values taken and reported, values refused with a remedy.
import Keyspaces
import ReferenceServer
import Testing

@Suite struct ConfigurationTests {
    @Test(arguments: [
        ("seed", "7"), ("batch", "1"), ("batch", "128"), ("hz", "500"), ("quantum", "16"),
        ("match", "scalar"), ("match", "simd"), ("lookahead", "0"), ("hash", "wide"),
        ("threads", "single"),
        ("threads", "io:4"), ("threads", "global-lock:16"), ("threads", "sharded:2"),
        ("cluster", "0"),
        ("cluster", "1"), ("policy", "allkeys-lru"), ("maxclients", "5"), ("timeout", "3"),
        ("hash-max-listpack-entries", "0"), ("set-max-listpack-value", "9223372036854775807"),
        ("list-max-listpack-size", "-2147483648"), ("list-max-listpack-size", "128"),
    ])
    func takesAndReports(_ name: String, _ value: String) throws {
        var configuration = ServerConfiguration(table: .valkey91)
        try configuration.set(name, value)
        #expect(configuration.settings.first { $0.name == name }?.value == value)
    }

    @Test func vectorComparisonsHaveTwoNames() throws {
        var configuration = ServerConfiguration(table: .valkey81)
        try configuration.set("match", "sse2")
        #expect(configuration.keyspace.match == .simd)
        #expect(Setting.match.value(configuration) == "simd")
    }

    /// What a setting needs of the table, by the value that it has.
    @Test func settingsNeedWhatTheyAreAbout() throws {
        var configuration = ServerConfiguration(table: .swiss)
        try configuration.set("hash-max-listpack-entries", "512")
        try configuration.set("policy", "allkeys-lru")
        for (name, value) in [
            ("hash-max-listpack-entries", "7"), ("list-max-listpack-size", "7"),
        ] {
            var configuration = configuration
            let error = #expect(throws: ConfigurationError.self) {
                try configuration.set(name, value)
            }
            let said = "swiss has no hashes, lists, sets, sorted sets and Bloom filters"
            #expect(error?.description.contains(said) == true)
        }
    }

    @Test(arguments: [
        ("seed", "-1"), ("batch", "0"), ("batch", "129"), ("batch", "x"), ("hz", "-1"),
        ("quantum", "4"), ("match", "avx"), ("lookahead", "yes"), ("hash", "crc"),
        ("threads", "io:0"), ("threads", "sharded:17"), ("threads", "global-lock:+2"),
        ("threads", "sharded"), ("threads", "lock-free:2"), ("cluster", "2"),
        ("maxmemory", "-1"), ("maxmemory", "1x"), ("policy", "lru"), ("maxclients", "0"),
        ("timeout", "-1"), ("nosuch", "1"), ("zset-max-listpack-value", "-1"),
        ("set-max-intset-entries", "x"), ("list-max-listpack-size", "2147483648"),
    ])
    func refuses(_ name: String, _ value: String) throws {
        var configuration = ServerConfiguration(table: .valkey91)
        let error = #expect(throws: ConfigurationError.self) {
            try configuration.set(name, value)
        }
        // Cause and remedy.
        #expect(error?.description.contains("use ") == true)
    }

    /// What is reported can be set again, and is then the same.
    @Test func everySettingTakesWhatItReports() throws {
        #expect(Set(Setting.all.map(\.name)).count == Setting.all.count)
        for setting in Setting.all where setting.name != "inject" {
            var configuration = ServerConfiguration(table: .valkey91)
            let value = setting.value(configuration)
            try configuration.set(setting, value)
            #expect(setting.value(configuration) == value, "\(setting.name)")
        }
    }

    /// Whichever is asked for first.
    @Test func shardsAreNoCluster() throws {
        for settings in [["threads", "cluster"], ["cluster", "threads"]] {
            var configuration = ServerConfiguration(table: .valkey91)
            let values = ["threads": "sharded:2", "cluster": "1"]
            try configuration.set(settings[0], values[settings[0]]!)
            let error = #expect(throws: ConfigurationError.self) {
                try configuration.set(settings[1], values[settings[1]]!)
            }
            #expect(error?.description.contains("no cluster mode; use threads=single") == true)
        }
    }

    /// Several threads execute at once on one table, without slots, and nothing is evicted.
    @Test func oneTableIsExecutedOnAtOnce() throws {
        for threads in ["lock-free:0", "lock-free:17", "lock-free"] {
            var configuration = ServerConfiguration(table: .tsavorite)
            #expect(throws: ConfigurationError.self) { try configuration.set("threads", threads) }
        }
        for table in Table.builtIn where table != .tsavorite {
            var configuration = ServerConfiguration(table: table)
            let error = #expect(throws: ConfigurationError.self) {
                try configuration.set("threads", "lock-free:2")
            }
            #expect(error?.description.contains("is for the table tsavorite") == true)
        }
        for (name, value) in [("cluster", "1"), ("policy", "allkeys-lru")] {
            var configuration = ServerConfiguration(table: .tsavorite)
            try configuration.set("threads", "lock-free:16")
            let error = #expect(throws: ConfigurationError.self) {
                try configuration.set(name, value)
            }
            #expect(error?.description.contains("or leave \(name) out") == true)
        }
    }

    @Test func loadedTablesHaveNoShards() {
        var configuration = ServerConfiguration(table: .foreignIndex)
        let error = #expect(throws: ConfigurationError.self) {
            try configuration.set("threads", "sharded:2")
        }
        #expect(error?.description.contains("may be there once; use threads=single") == true)
    }

    @Test(arguments: ["match", "lookahead"])
    func tablesWithoutBucketsRefuseWhatIsAboutThem(_ name: String) {
        var configuration = ServerConfiguration(table: .valkey72)
        let error = #expect(throws: ConfigurationError.self) {
            try configuration.set(name, "0")
        }
        #expect(error?.description.contains("has no buckets that '\(name)' is about") == true)
    }

    @Test func bytesMayHaveUnits() throws {
        var configuration = ServerConfiguration(table: .valkey91)
        try configuration.set("maxmemory", "3mb")
        #expect(configuration.maxMemory == 3 << 20)
        for (text, bytes) in [("64KiB", 65_536), ("1e9", 1_000_000_000)] {
            try configuration.set("maxmemory", text)
            #expect(configuration.maxMemory == bytes)
        }
        try configuration.set("maxmemory", "5k")
        #expect(configuration.maxMemory == 5_000)
    }

    @Test func countsMayHaveUnits() throws {
        var configuration = ServerConfiguration(table: .valkey91)
        try configuration.set("maxclients", "10k")
        #expect(configuration.maxClients == 10_000)
        try configuration.set("inject", "cpu-ns:1k,entry-bytes:1KiB")
        try configuration.set("inject", "chase:2")
        #expect(configuration.injection.spelling == "cpu-ns:1000,entry-bytes:1024,chase:2")
        try configuration.set("inject", "touch:2")
        #expect(configuration.injection.spelling.hasSuffix(",chase:2,touch:2"))
        for text in [
            "cpu-ns:0", "cpu-ns:1e9", "entry-bytes:1MiB", "chase:-1", "chase:x", "chase", "touch:0",
            "touch:3",
        ] {
            #expect(throws: ConfigurationError.self, "\(text)") {
                try configuration.set("inject", text)
            }
        }
    }

    @Test func otherAddressesNeedAPasswordOrSomebodyWhoSaysSo() throws {
        var configuration = ServerConfiguration(table: .valkey91)
        for host in ["127.0.0.1", "localhost", "::1"] {
            configuration.host = host
            try configuration.checkExposure()
        }
        for host in ["0.0.0.0", "0", "::"] {
            configuration.host = host
            let error = #expect(throws: ConfigurationError.self) {
                try configuration.checkExposure()
            }
            #expect(error?.description.contains("other machines") == true)
        }
        for host in ["nosuch.invalid", "127.nosuch.invalid"] {
            configuration.host = host
            let error = #expect(throws: ConfigurationError.self) {
                try configuration.checkExposure()
            }
            #expect(error?.description.contains("the name is not known") == true)
        }
        configuration.isInsecure = true
        try configuration.checkExposure()
        configuration.isInsecure = false
        configuration.password = "secret"
        try configuration.checkExposure()
        configuration.isInsecure = true
        #expect(throws: ConfigurationError.self) { try configuration.checkExposure() }
        (configuration.password, configuration.host) = (nil, "127.0.0.1")
        #expect(throws: ConfigurationError.self) { try configuration.checkExposure() }
    }

    @Test func theTableOfCommandsIsSound() {
        #expect(Set(Command.all.map(\.name)).count == Command.all.count)
        #expect(Command.all.map(\.handler) == Handler.allCases)
        for command in Command.all {
            // A module's names are as it registers them.
            let name = command.group == .module ? command.name.lowercased() : command.name
            #expect(name.allSatisfy { "_.".contains($0) || ($0.isLowercase && $0.isLetter) })
        }
    }
}
