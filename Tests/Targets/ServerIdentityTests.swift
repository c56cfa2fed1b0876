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

    @Test func whatIsNotToldStaysOpen() {
        let silent = ServerIdentity(info: ["server_name": "other"])
        #expect(silent.nameAndVersion == nil)
        #expect(silent.name == "other" && silent.version == nil && silent.allocator == nil)
        let nobody = ServerIdentity(info: [:])
        #expect(nobody.name == nil && nobody.version == nil && nobody.quantum == nil)
    }
}
