// Where files lie: what a copy of the executable brings, what is a project's own, and which flag
// names it.

extension Case {
    private static let accept =
        "hashmark gate accept --metric server_cpu_ns_per_op --bound 5% --reason r --author a "
        + "--expires 2999-01-01 "

    static let project = [
        Case(
            "the executable brings its workloads",
            """
            unset HASHMARK_HOME
            hashmark workload show ycsb-a | cmp - '\(home)/Workloads/ycsb-a.yaml' &&
              hashmark workload describe ycsb-a --requests 1000
            """, out: ["requests"]),
        Case(
            "a name that is nowhere: where was looked, and what is near",
            "unset HASHMARK_HOME; hashmark workload show ycsb-aa", exit: 64,
            err: ["ycsb-aa: there is no such workload ", "built-in", "did you mean `ycsb-a`?"]),
        Case(
            "a project's own workload comes before that of its name, from its folders too",
            """
            unset HASHMARK_HOME; mkdir -p .git Workloads deep/down
            echo '# mine' >Workloads/ycsb-a.yaml
            hashmark workload show ycsb-a; cd deep/down; hashmark workload show ycsb-a
            """, out: ["# mine\n# mine\n"]),
        Case(
            "HASHMARK_HOME is looked through after the project",
            """
            export HASHMARK_HOME=$PWD/other; mkdir -p other/Workloads Workloads
            echo '# other' >other/Workloads/ycsb-a.yaml; echo '# b' >other/Workloads/ycsb-b.yaml
            echo '# here' >Workloads/ycsb-a.yaml
            hashmark workload show ycsb-a; hashmark workload show ycsb-b
            """, out: ["# here\n# b\n"]),
        Case(
            "the built-in trace has a name",
            """
            unset HASHMARK_HOME
            hashmark capture --from twitter-shaped.csv --quiet >named 2>/dev/null
            hashmark capture --from '\(home)/Workloads/traces/twitter-shaped.csv' --quiet \
              >path 2>/dev/null
            grep -c hashmark.workload/1 named; cmp named path
            """, out: ["1\n"]),
        Case(
            "an acceptance goes to the project's file, or to one that is named",
            """
            unset HASHMARK_HOME; mkdir -p .git deep/down; cd deep/down
            \(accept); \(accept) --acceptances ours/accepted.yaml
            cmp ../../Reports/acceptances.yaml ours/accepted.yaml
            """,
            out: [
                "accepted in ../../Reports/acceptances.yaml: ", "accepted in ours/accepted.yaml: ",
            ]),
        Case(
            "a run is kept in the project, its line where --history says",
            """
            unset HASHMARK_HOME
            cat >s.yaml <<'END'
            schema: hashmark.suite/1
            name: s
            targets: [ref:valkey-9.1]
            workloads: [get-16x64]
            rounds: 1
            memory: false
            entries: 1000
            END
            hashmark suite s.yaml --record one --history kept/h.ndjson >/dev/null
            echo $?; ls Reports; hashmark history kept/h.ndjson
            """, out: ["0\nlatest\n", "one"], err: ["wrote Reports/latest/run.json"]),
        Case(
            "a flag for a file that nothing reads or writes is refused",
            """
            pair='--baseline ref:valkey-9.1 --candidate b=ref:valkey-9.1'
            hashmark suite smoke --history h; echo $?
            hashmark gate $pair --history h; echo $?
            hashmark gate $pair --baselines b; echo $?
            hashmark gate $pair --certificate none.json; echo $?
            hashmark gate $pair --acceptances none.yaml; echo $?
            """, out: ["64\n64\n64\n64\n64\n"],
            err: [
                "--history has no effect without --record",
                "--baselines has no effect without --stored or --save-baseline",
                "there is no certificate none.json", "there is no file none.yaml",
            ]),
    ]
}
