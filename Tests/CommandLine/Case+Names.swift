// Names that there are not: verbs, options, tables, files, tests, metrics. Each is refused in one
// line that says what was meant, before anything is started.

extension Case {
    private static func unknown(_ what: String, _ script: String, _ err: String...) -> Case {
        Case(
            "B14: \(what)", "export HASHMARK_HOME='\(home)'\n\(script)", exit: 64, err: err,
            lacks: ["launching"], seconds: 20)
    }

    private static let pair = "--key-size 16 --value-size 16 --entries 10"

    static let names: [Case] = [
        unknown("a verb", "hashmark sute", "no verb 'sute'; did you mean `suite`?"),
        unknown("a verb that nothing is like", "hashmark frobnicate", "there are suite, compare"),
        unknown("a verb of a verb", "hashmark workload chek", "'chek'; did you mean `check`?"),
        unknown(
            "a verb beside one that is there by default", "hashmark gate accpt",
            "no hashmark gate 'accpt'; did you mean `accept`?"),
        unknown(
            "an option, where the parser misses another", "hashmark memory --taget x \(pair)",
            "no option '--taget'; did you mean `--target`?", "Usage: hashmark memory"),
        unknown("help", "hashmark suite --hlep", "'--hlep'; did you mean `--help`?"),
        unknown("help of tables", "hashmark tables --hlep", "did you mean `--help`?"),
        unknown("an option of bench", "hashmark bench --popluate", "did you mean `--populate`?"),
        unknown(
            "an option behind values", "hashmark replay ycsb-a --target ref:valkey-9.1 --sed 7",
            "'--sed'; did you mean `--seed`?"),
        unknown(
            "an option that nothing is like", "hashmark suite --frobnicate",
            "no option '--frobnicate'; see hashmark suite --help"),
        unknown(
            "a workload", "hashmark replay ycsb-aa --target ref:valkey-9.1",
            "ycsb-aa: there is no such workload in ", "did you mean `ycsb-a`?"),
        unknown(
            "a workload that nothing is like", "hashmark workload describe frobnicate",
            "`hashmark list` names all"),
        unknown("a suite", "hashmark suite smoek", "did you mean `smoke`?"),
        unknown(
            "a policy",
            "hashmark gate --baseline ref:valkey-9.1 --candidate b=ref:valkey-9.1 "
                + "--policy defualt", "defualt: there is no such policy in ",
            "did you mean `default`?"),
        unknown(
            "a scheme", "hashmark memory --target rf:valkey-9.1 \(pair)",
            "'rf:valkey-9.1' is no target; did you mean `ref:`?"),
        unknown(
            "a table without its scheme", "hashmark memory --target valkey-9.1 \(pair)",
            "did you mean `ref:valkey-9.1`?"),
        unknown("a table", "hashmark tables --table valkey9.1", "did you mean `valkey-9.1`?"),
        unknown(
            "an option of a table", "hashmark tables --table 'a=valkey-9.1?mach=scalar'",
            "there is no option 'mach'; did you mean `match`?"),
        unknown(
            "an option that a table has not", "hashmark tables --table 'valkey-7.2?match=scalar'",
            "match is about buckets, which valkey-7.2 has not; leave it out"),
        unknown(
            "a table twice", "hashmark tables --table valkey-9.1 --table 'valkey-9.1'",
            "two tables are called 'valkey-9.1'; name one, as LABEL=valkey-9.1"),
        unknown(
            "a served table", "hashmark serve --table valkey-91", "did you mean `valkey-9.1`?"),
        unknown("a test", "hashmark bench -t gte", "no test 'gte'; did you mean `get`?"),
        unknown("a list", "hashmark list workload", "did you mean `workloads`?"),
        unknown(
            "a metric",
            "hashmark gate accept --metric server_cpu_per_op --bound 5% --reason r --author a "
                + "--expires 2099-01-01", "did you mean `server_cpu_ns_per_op`?"),
        unknown("a format", "hashmark report x.json --format markdwon", "did you mean `markdown`?"),
        Case(
            "B14: what follows a misspelled verb is no option of its own",
            "hashmark sute --rounds 3", exit: 64, err: ["no verb 'sute'"], lacks: ["--rounds"]),
        Case(
            "B18: a file that is no YAML of ours is not shown",
            """
            for i in $(seq 50); do echo "user$i:x:$i:0::/root:/bin/bash"; done >users
            hashmark workload check ./users
            """, exit: 1, out: ["./users:1", "the file is `user1:x"], lacks: ["user9", "`` is"]),
        Case(
            "B18: a history that nobody has begun says how to",
            "unset HASHMARK_HOME; hashmark history", exit: 1,
            err: ["nothing has been recorded", "--record LABEL"]),
        Case(
            "B18: a seed says its range", "hashmark suite --seed x", exit: 64,
            err: ["'x' is no seed; write a whole number from 0"]),
    ]
}
