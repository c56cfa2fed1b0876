// Waits for durability, as a workload file spells them.
import Testing
import Workloads

private func problems(_ operation: String, load: String = "{}") -> [String] {
    let text = """
        schema: hashmark.workload/1
        name: w
        keyspaces: [{keys: 10, key_size: 4, value_size: 3}]
        operations: [{\(operation)}]
        load: \(load)
        phases: [prefill, measure]
        """
    do {
        _ = try Workload(yaml: Array(text.utf8), file: "w.yaml")
        return []
    } catch {
        return error.problems.map(\.problem)
    }
}

@Suite struct DurabilityWaitTests {
    @Test(arguments: ["WAIT 1 100", "WAITAOF 1 0 20000", "WAITAOF 0 2 1"])
    func aSpellingComesBack(text: String) throws {
        let wait = try DurabilityWait.parse(text).get()
        #expect(wait.description == text && wait.words.joined(separator: " ") == text)
        #expect(wait.verb == text.split(separator: " ").first.map { String($0) })
        #expect(problems("command: 'SET {key} {value}', wait: \(text)").isEmpty)
        #expect(problems("command: 'DEL {key}', wait: \(text)").isEmpty)
    }

    @Test(arguments: [
        ("WAIT 1", "no wait"), ("WAIT x 1", "no wait"), ("SLEEP 1 1", "no wait"),
        ("WAITAOF 1 1", "no wait"), ("WAIT 1 1 1 x", "no wait"), ("WAIT 0 100", "waits for"),
        ("WAIT 1 0", "waits for"), ("WAIT 1 99999", "waits for"), ("WAIT -1 5", "waits for"),
        ("WAITAOF 2 0 5", "waits for"), ("WAITAOF 0 0 5", "waits for"),
    ])
    func whatWouldNotEndIsRefused(text: String, word: String) {
        let found = problems("command: 'SET {key} {value}', wait: \(text)")
        #expect(found.count == 1 && found.allSatisfy { $0.contains(word) }, "\(found)")
    }

    @Test(arguments: [
        "command: 'GET {key}', wait: WAIT 1 9", "command: PING, wait: WAIT 1 9",
        "command: 'GETSET {key} {value}', wait: WAIT 1 9",
        "command: 'DEL {key}', wait: WAIT 1 9, then: 'SET {key} {value}'",
    ])
    func onlyAWriteIsWaitedFor(operation: String) {
        let found = problems(operation)
        #expect(found.contains { $0.contains("does not wait for one write") }, "\(found)")
    }

    @Test func replicasAreFew() {
        #expect(problems("command: 'GET {key}'", load: "{replicas: 2}").isEmpty)
        #expect(problems("command: 'GET {key}'", load: "{replicas: 11}") == ["11 replicas"])
    }
}
