// The gate's command lines: what needs no rounds.

extension Case {
    static let gate = [
        Case(
            "F20: an acceptance that has expired is not taken",
            "hashmark gate accept --metric server_cpu_ns_per_op --bound 5% --reason r "
                + "--author a --expires 2020-01-01",
            exit: 64, err: ["2020-01-01 has passed", "give a day from"]),
        Case(
            "an acceptance of everything is not taken",
            "hashmark gate accept --metric '*' --bound 5% --reason r --author a "
                + "--expires 2999-01-01",
            exit: 64, err: ["accepts whatever gets worse"]),
        Case(
            "an acceptance of ten times as much is not taken",
            "hashmark gate accept --metric server_cpu_ns_per_op --bound 1000% --reason r "
                + "--author a --expires 2999-01-01",
            exit: 64, err: ["accepts almost anything"]),
        Case(
            "what is no gate's record is not judged",
            "echo '{}' > r.json; hashmark gate --judge r.json", exit: 1, err: ["r.json"]),
        Case(
            "judging measures nothing, and says so to options that would",
            "hashmark gate --judge r.json --budget 5s", exit: 64,
            err: ["--judge measures nothing"]),
        Case(
            "a policy of the first schema is refused by name",
            "printf 'schema: hashmark.gate/1\\nname: a\\nworkloads: [get-16x64]\\nrules:\\n"
                + "  - {metric: server_cpu_ns_per_op, rule: timed, margin: 2%%}\\n' > p.yaml; "
                + "hashmark gate --policy ./p.yaml --baseline ref:valkey-9.1 "
                + "--candidate ref:valkey-9.1",
            exit: 1, err: ["schema `hashmark.gate/1` is not `hashmark.gate/2`"]),
        Case(
            "two gates at once have a folder each",
            """
            export HASHMARK_HOME=$PWD/home; mkdir -p home/Workloads
            cat >home/p.yaml <<'END'
            schema: hashmark.gate/2
            name: bytes
            cells: []
            memory: {key_size: 16, value_size: 8, entries: [1000, 1200, 1400, 1600, 1800, 2000], launches: 2}
            rules: [{metric: memory_bytes_per_entry/reported, rule: exact, margin: 1%}]
            END
            # The other one, for as long as this takes.
            mkdir -p home/Reports/latest
            exec 9<home/Reports/latest
            flock 9
            hashmark gate --policy ./home/p.yaml --baseline ref:valkey-9.1 \
              --candidate ref:valkey-9.1 --quiet
            ls home/Reports/latest-2/run.json
            [ -e home/Reports/latest/run.json ] && exit 98 || exit 0
            """,
            out: ["PASS", "latest-2/run.json"], err: ["this one writes to"]),
        Case(
            "a budget that is too short says in minutes what is missing",
            "printf 'schema: hashmark.gate/2\nname: a\ncells: [{workload: get-16x64, "
                + "pipeline: 16, entries: 1000}]\nrounds: {seconds: 0.2, warm_up: 10ms}\nrules:\n"
                + "  - {metric: server_cpu_ns_per_op, rule: timed, margin: 2%%}\n' > p.yaml; "
                + "hashmark gate --policy ./p.yaml --budget 2s --out g --baseline ref:valkey-9.1 "
                + "--candidate c=ref:valkey-9.1",
            exit: 3, out: ["needs about ", " min more: use --budget "]),
        Case(
            "a dry run says what would be measured, for how long, and what it would find",
            """
            hashmark gate --dry-run --baseline ref:valkey-8.1 --candidate new=ref:valkey-9.1 \
              --budget 20m
            ls
            """,
            out: [
                "new against baseline, policy default: a dry run, nothing was measured\n",
                "at most 20 min", "bytes per entry: 2 launches a side", "get-16x64 P16",
                "found in 9 of\n", " 10 runs\n", "\nserver CPU", " timed ", " 1.5 % ", "n/a [1]",
            ], lacks: ["ready tcp://", "Reports"]),
        Case(
            "a dry run of a candidate that is not built ends as a run would",
            "hashmark gate --dry-run --baseline ref:valkey-8.1 --candidate b=exec:./none",
            exit: 1, err: ["the candidate's program './none' does not exist"]),
        Case(
            "init writes a policy that a gate takes, a workflow, and nothing over what is there",
            """
            unset HASHMARK_HOME; mkdir .git
            hashmark gate init --server src/redis-server --build 'make -j2' || exit 98
            hashmark gate --policy gate --dry-run --baseline ref:valkey-8.1 \
              --candidate b=ref:valkey-9.1 || exit 97
            grep -c 'candidate: head=build:HEAD' .github/workflows/hashmark-gate.yml
            hashmark gate init --no-workflow --name two | tail -1
            echo mine >Workloads/policies/gate.yaml; rm -r .github
            hashmark gate init; echo "ended $?"; cat Workloads/policies/gate.yaml; ls -A
            """,
            out: [
                "wrote Workloads/policies/gate.yaml\nwrote .github/workflows/hashmark-gate.yml\n",
                "policy gate: a dry run", "\n1\nnext: hashmark gate --policy two ",
                "ended 1\nmine\n.git\nWorkloads\n",
            ], err: ["Workloads/policies/gate.yaml is there already"]),
        Case(
            "made-up rounds tell what a policy does at its margins",
            "hashmark gate selftest --modelled --gates 1",
            out: [
                "CPU at its margin in every cell", "every metric at its margin", "2.50 … 100.00 %",
            ], err: ["gate selftest · scatter 2.0 %", ": 0 %"]),
    ]
}
