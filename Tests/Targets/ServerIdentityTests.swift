// Who a server is by what it tells of itself.
import Targets
import Testing

@Suite struct ServerIdentityTests {
    @Test func theMostParticularNameCounts() {
        let own = ServerIdentity(info: [
            "hashmark_version": "0.9", "redis_version": "7.2.4", "hashmark_quantum": "8",
        ])
        #expect(own.name == "hashmark" && own.version == "0.9" && own.quantum == 8)
        let valkey = ServerIdentity(info: [
            "server_name": "valkey", "valkey_version": "8.1.0", "redis_version": "7.2.4",
            "mem_allocator": "jemalloc-5.3.0",
        ])
        #expect(valkey.name == "valkey" && valkey.version == "8.1.0")
        #expect(valkey.nameAndVersion == "valkey 8.1.0")
        #expect(valkey.allocator == "jemalloc-5.3.0" && valkey.quantum == nil)
        let redis = ServerIdentity(info: ["redis_version": "7.0.15"])
        #expect(redis.name == "redis" && redis.version == "7.0.15")
        #expect(redis.nameAndVersion == "redis 7.0.15")
    }

    /// By a field that nobody else has, or by the program.
    @Test func otherProjectsAreToldApart() {
        let dragonfly = ServerIdentity(info: [
            "redis_version": "7.4.0", "dragonfly_version": "df-v1.30.0", "thread_count": "1",
        ])
        #expect(dragonfly.nameAndVersion == "dragonfly df-v1.30.0")
        #expect(dragonfly.allocator == "mimalloc")
        let garnet = ServerIdentity(info: ["garnet_version": "1.0.60", "redis_version": "7.4.3"])
        #expect(garnet.nameAndVersion == "garnet 1.0.60" && garnet.allocator == ".NET")
        for info in [["mvcc_depth": "0"], ["executable": "/data/keydb-server"]] {
            let all = info.merging(["redis_version": "6.3.4", "mem_allocator": "libc"]) { $1 }
            let keydb = ServerIdentity(info: all)
            #expect(keydb.nameAndVersion == "keydb 6.3.4" && keydb.allocator == "libc")
        }
    }

    @Test func everyFamilyHasItsTarget() throws {
        #expect(Set(ServerFamily.all.map(\.name)).count == ServerFamily.all.count)
        for family in ServerFamily.all {
            let target = try Target(parsing: family.recipe)
            #expect(target.isOwned && !family.remarks.isEmpty, "\(family.name)")
        }
    }

    @Test func whatIsNotToldStaysOpen() {
        let silent = ServerIdentity(info: ["server_name": "other"])
        #expect(silent.nameAndVersion == nil)
        #expect(silent.name == "other" && silent.version == nil && silent.allocator == nil)
        let nobody = ServerIdentity(info: [:])
        #expect(nobody.name == nil && nobody.version == nil && nobody.quantum == nil)
    }
}
