// Passwords do not get past the places where commands are shown or kept.
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
        (["auth", "x9", ";", "get", "a"], ["auth", "***", ";", "get", "a"]),
        (
            ["hello", "3", "AUTH", "default", "x9", "setname", "n"],
            ["hello", "3", "AUTH", "***", "***", "setname", "n"]
        ),
        (["CONFIG", "SET", "MasterAuth", "x9"], ["CONFIG", "SET", "MasterAuth", "***"]),
        (
            ["config", "set", "masteruser", "u", "maxmemory", "1", "requirepass", "x9"],
            ["config", "set", "masteruser", "***", "maxmemory", "1", "requirepass", "***"]
        ),
        (["config", "get", "requirepass", "save"], ["config", "get", "requirepass", "save"]),
        (
            ["migrate", "h", "1", "k", "0", "5", "auth", "x9", "keys", "a"],
            ["migrate", "h", "1", "k", "0", "5", "auth", "***", "keys", "a"]
        ),
        (
            ["migrate", "h", "1", "k", "0", "5", "AUTH2", "u", "x9", "keys", "a"],
            ["migrate", "h", "1", "k", "0", "5", "AUTH2", "***", "***", "keys", "a"]
        ),
        (
            ["acl", "setuser", "bob", ">x9", "#ab", "<x8", "!cd", "~*", ";", "echo", ">b"],
            ["acl", "setuser", "bob", ">***", "#***", "<***", "!***", "~*", ";", "echo", ">b"]
        ),
        (
            ["exec:redis-server --user bob on >x9 ~* -get --port 1"],
            ["exec:redis-server --user bob on >*** ~* -get --port 1"]
        ),
        // Words of commands as values of options hide nothing that follows.
        (
            ["--out", "migrate", "auth", "u", "x9", ";", "config", "get", "a"],
            ["--out", "migrate", "auth", "***", "***", ";", "config", "get", "a"]
        ),
        (["--out", "set", "auth", "x9"], ["--out", "set", "auth", "***"]),
        // A key may be called like a command.
        (["set", "auth", "x9"], ["set", "auth", "x9"]),
        (["bench", "-q", "2", "set", "auth", "x9"], ["bench", "-q", "2", "set", "auth", "x9"]),
        (["-q", "hset", "k", "requirepass", "x9"], ["-q", "hset", "k", "requirepass", "x9"]),
        (["set", "hello", "x9", ";", "auth", "x8"], ["set", "hello", "x9", ";", "auth", "***"]),
        (["set", "k", "v", "-a", "x9"], ["set", "k", "v", "-a", "***"]),
        (
            ["sentinel", "set", "n", "auth-pass", "x9"],
            ["sentinel", "set", "n", "auth-pass", "***"]
        ),
        (["--user", "-a", "x9"], ["--user", "-a", "***"]),
        (["--user", "me", "-ax9", "set", ">a"], ["--user", "me", "-a***", "set", ">a"]),
        (["ref:valkey-9.1?requirepass=x9&hash=a"], ["ref:valkey-9.1?requirepass=***&hash=a"]),
        // Wherever in a query, and behind a label.
        (["ref:valkey-9.1?batch=1&requirepass=x9"], ["ref:valkey-9.1?batch=1&requirepass=***"]),
        (["a=ref:valkey-9.1?requirepass=x9&batch=1"], ["a=ref:valkey-9.1?requirepass=***&batch=1"]),
        (["a=unix:///s?db=1&password=x9&db=2"], ["a=unix:///s?db=1&password=***&db=2"]),
        // A query ends a password, and nothing ends that of an option.
        (["--requirepass=x&y?z"], ["--requirepass=***"]),
    ])
    func commandLines(_ words: [String], _ masked: [String]) {
        #expect(Redaction.masked(words) == masked)
    }

    /// Also what is no URI yet, for a message that refuses it.
    @Test(arguments: [
        ("redis://u:p:w@h:1/2", "redis://u:***@h:1/2"), ("redis://pw@h", "redis://***@h"),
        ("redis//u:pw@h", "redis//u:***@h"),
        ("redis://h?password=pw&x=1", "redis://h?password=***&x=1"),
        ("redis://a@h?password=pw&x=password=q", "redis://***@h?password=***&x=password=***"),
        ("tcp://127.0.0.1:6379", "tcp://127.0.0.1:6379"),
        ("postgresql://ci@db/bench", "postgresql://ci@db/bench"),
        ("postgresql://ci:pw@db/bench", "postgresql://ci:***@db/bench"),
    ])
    func uris(_ text: String, _ masked: String) {
        #expect(Redaction.masked(uri: text) == masked)
    }

    /// What somebody is told to write is no secret.
    @Test func usersOfADatabaseAreShown() {
        let remedy = "write postgresql://USER@HOST/DATABASE"
        #expect(Redaction.masked(remedy) == remedy)
        #expect(Redaction.masked("to postgresql://u:pw@h/d") == "to postgresql://u:***@h/d")
        #expect(Redaction.masked("redis://u@h") == "redis://***@h")
    }

    @Test func everyPasswordOfAQueryIsLearned() {
        Redaction.learn(["--target", "ref:valkey-9.1?batch=1&requirepass=qu3ry-secret"])
        #expect(Redaction.masked("no: qu3ry-secret") == "no: ***")
    }

    @Test func whatWasLearnedIsMaskedEverywhere() {
        Redaction.learn(["--target", "exec:redis-server --masterauth tops3cret"])
        #expect(Redaction.masked("the server said: tops3cret?") == "the server said: ***?")
        #expect(Redaction.masked(["set", "tops3cret", "a tops3cret"]) == ["set", "***", "a ***"])
    }

    /// A short password is found as a word and in quotes, and no user's name is.
    @Test func shortPasswordsAndNames() {
        Redaction.learn(["hello", "3", "auth", "somebody", "z7q"])
        #expect(Redaction.masked(["set", "z7q", "xz7q"]) == ["set", "***", "xz7q"])
        #expect(Redaction.masked("no 'z7q' for somebody: xz7q") == "no '***' for somebody: xz7q")
    }
}
