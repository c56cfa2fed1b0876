import LinuxSystem
import Testing

@Suite struct RedactionTests {
    @Test(arguments: [
        (["bench", "-a", "pw", "-n", "1"], ["bench", "-a", "***", "-n", "1"]),
        (["--target", "redis://u:p:w@h:1/2"], ["--target", "redis://u:***@h:1/2"]),
        (["--baseline", "a=valkey://:x@h"], ["--baseline", "a=valkey://:***@h"]),
        (["redis://pw@h"], ["redis://***@h"]),
        (
            ["exec:redis-server --requirepass 'a' --port 1"],
            ["exec:redis-server --requirepass *** --port 1"]
        ),
        (["exec:env REDISCLI_AUTH=x y"], ["exec:env REDISCLI_AUTH=*** y"]),
        (["--requirepass=x"], ["--requirepass=***"]),
        (["AUTH", "user", "word"], ["AUTH", "***", "***"]),
        (["--user", "me", "--pass", "x"], ["--user", "me", "--pass", "***"]),
        (["tcp://127.0.0.1:6379", "ref:valkey-9.1"], ["tcp://127.0.0.1:6379", "ref:valkey-9.1"]),
    ])
    func commandLines(_ words: [String], _ masked: [String]) {
        #expect(Redaction.masked(words) == masked)
    }

    @Test func whatWasLearnedIsMaskedEverywhere() {
        Redaction.learn(["--target", "exec:redis-server --masterauth tops3cret"])
        #expect(Redaction.masked("the server said: tops3cret?") == "the server said: ***?")
    }
}
