// What records hold, and how they are read again.

extension Case {
    /// Runs a verb, and `report` of its record in three formats: the text is the same to the byte,
    /// and every number of it is in the others.
    private static func read(_ verb: String, _ line: String, out: [String] = []) -> Case {
        Case(
            "A4: a run of \(verb) is read the same by the terminal, report and the page",
            """
            \(line) --quiet --seed 3 --json run.json >first 2>/dev/null || exit 9
            hashmark report run.json >again; cmp first again || exit 8
            hashmark report run.json --format markdown | tr -d '\\\\' >md
            hashmark report run.json --format html >page
            grep -oE '[+−±]?[0-9][0-9,]*(\\.[0-9]+)?( %)?' first | sort -u >numbers
            while read -r n; do
              grep -qF -- "$n" md || echo "MISSING $n in Markdown"
              grep -qF -- "$n" page || echo "MISSING $n on the page"
            done <numbers
            for f in junit annotations go action-bigger action-smaller; do
              hashmark report run.json --format $f >$f 2>err ||
                grep -q 'is better; take --format action-' err || exit 7
              [ -s $f ] || [ -s err ] || echo "MISSING $f"
            done
            cat md
            """, out: out, lacks: ["MISSING"])
    }

    /// A line of a history; with a field that no version knows.
    private static func line(_ label: String, day: Int) -> String {
        #"{"schema":"hashmark.run/1","hashmark_version":"0","arguments":[],"seed":1,"#
            + #""label":"\#(label)","started_at":"2026-01-0\#(day)T00:00:00Z","future":[1]}"#
    }

    static let records = [
        Case(
            "histories are merged by time, each run once, their lines as they were",
            """
            printf '%s\\n' '\(line("b", day: 2))' '\(line("a", day: 1))' >one
            printf '%s\\n' '\(line("c", day: 3))' '\(line("b", day: 2))' '{"torn' >two
            hashmark history merge one two --output all
            grep -o '"label":"."\\|future' all | tr '\\n' ' '; wc -l <all
            hashmark history check all
            hashmark history check two
            """, exit: 1,
            out: [
                #""label":"a" future "label":"b" future "label":"c" future 3"#,
                "3 runs on 1 kind of machine\nwithout results: a, b, c",
            ],
            err: ["warning: two line 3 is no run record", "hashmark: two line 3 is no run record"]),
        read(
            "compare",
            "hashmark compare --baseline ref:valkey-8.1 --candidate ref:valkey-9.1 --entries 2000 "
                + "--rounds 6 --blocks 1 --warm-up 10",
            out: ["95 % interval", "could see", "× (1 + change)"]),
        read(
            "tables",
            "hashmark tables --table valkey-7.2 --table valkey-9.1 --entries 1000 --repeats 2 "
                + "--growth 3500 --curve 12000 --batch 1,4 --hits 1",
            out: ["find-hit/4", "moves a chain", "bytes per entry"]),
        read(
            "memory",
            "hashmark memory --target ref:valkey-9.1 --key-size 16 --value-size 64 "
                + "--entries 500,1000", out: ["memory reported"]),
        read(
            "counters",
            "hashmark counters --target ref:valkey-9.1 --mode simulated --entries 500 "
                + "--requests 500", out: ["above PING: less what as many PINGs take"]),
        read(
            "replay",
            "hashmark replay ycsb-a --target ref:valkey-9.1 --entries 1000 --requests 2000",
            out: ["throughput"]),
        read(
            "suite",
            "printf '%s\\n' 'schema: hashmark.suite/1' 'name: small' 'title: Small' 'targets: "
                + "[ref:valkey-9.1, \"ref:valkey-7.2\"]' 'workloads: [get-16x64]' 'rounds: 1' "
                + "'memory: true' 'entries: 2_000' >small.yaml; hashmark suite small.yaml --out o",
            out: ["throughput", "memory reported"]),
        Case(
            "A4: the rate that bench prints is the one that report prints of its record",
            """
            serve
            hashmark bench -q -p $PORT -t get -n 20000 -r 1000 --json run.json >first 2>/dev/null
            rate=$(tr '\\r' '\\n' <first | sed -n 's/^GET.*: \\([0-9.]*\\) requests.*/\\1/p' | tail -1)
            printf -v rounded '%.0f' "$rate"
            for f in text markdown html; do
              hashmark report run.json --format $f | tr -d ',' | grep -q "$rounded" && echo "$f agrees"
            done
            """, out: ["text agrees", "markdown agrees", "html agrees"]),
        Case(
            "A3: the task clock is a time, ns/op",
            "hashmark counters --target ref:valkey-9.1 --mode software --entries 500 "
                + "--requests 500 --quiet", out: ["task clock", "ns/op"]),
        Case(
            "A8: no percentile from fewer samples than carry it",
            "hashmark replay ycsb-a --target ref:valkey-9.1 --entries 100 --requests 50 --quiet",
            out: ["samples do not carry p99.9, which takes 10000", "n/a"]),
        Case(
            "A0: hits under load are not of the kind that repeats",
            "hashmark replay ycsb-a --target ref:valkey-9.1 --entries 100 --requests 500 --quiet "
                + "--json - 2>/dev/null | tr -d ' \\n' "
                + "| grep -o '\"kind\":\"[a-z]*\",\"metric\":\"hit_ratio\"'",
            out: ["\"kind\":\"software\""]),
        Case(
            "A18: annotations of a run without a verdict say so",
            """
            hashmark memory --target ref:valkey-9.1 --key-size 16 --value-size 64 --entries 500 \
            --quiet --json run.json >/dev/null 2>&1
            hashmark report run.json --format annotations
            """, out: ["::notice title=no verdict::"]),
        Case(
            "an invalid run of bench is one in every format, and no datum",
            """
            serve
            bad() {
              hashmark bench -p $PORT -n 50 -q --json $1.json "${@:2}" >/dev/null 2>&1; echo "exit $?"
              for f in text markdown html junit annotations go; do
                hashmark report $1.json --format $f >$f
                grep -qi invalid $f || echo "MISSING in $f"
              done
              grep -q 'errors="1"' junit && grep -q '<error type="invalid"' junit || echo MISSING error
              grep -q '^::error title=invalid::' annotations || echo MISSING annotation
              for f in action-bigger action-smaller; do
                hashmark report $1.json --format $f >$f 2>err; echo "$f $? $(wc -c <$f)"; cat err >&2
              done
            }
            bad errors foo; grep -c value_size errors.json; bad hits -t get --hit-ratio 0.2
            """,
            out: [
                "exit 3\naction-bigger 1 0\naction-smaller 1 0\n0\n"
                    + "exit 3\naction-bigger 1 0\naction-smaller 1 0\n"
            ], err: ["no number of the record is sound: foo: 50 of 50 replies were errors"],
            lacks: ["MISSING"]),
        Case(
            "a partial run is one in every format, and keeps its warnings",
            """
            serve
            "$HASHMARK" bench -p $PORT -n 1000000000 -q -t get --json r.json >log 2>&1 & pid=$!
            sleep 1; kill -INT $pid; wait $pid
            for f in text markdown html junit annotations go action-bigger; do
              hashmark report r.json --format $f 2>err | grep -qi partial || echo "MISSING in $f"
            done
            hashmark report r.json | grep '^warning: all requests use the same key'
            """, out: ["warning: all requests"], lacks: ["MISSING"]),
        Case(
            "an array of numbers that the record has not is an error",
            """
            hashmark memory --target ref:valkey-9.1 --key-size 16 --value-size 64 --entries 500 \
            --quiet --json run.json >/dev/null 2>&1
            hashmark report run.json --format action-bigger --output a.json; echo "$? $(ls)"
            """, out: ["1 run.json\n"],
            err: ["no number of which more is better; take --format action-smaller"]),
        Case(
            "call stacks are written as flamegraph.pl, speedscope, pprof and Firefox know them",
            """
            formats='folded speedscope pprof firefox perf-script'
            hashmark counters --target ref:valkey-9.1 --mode simulated --entries 500 --requests 500 \
              --top 3 --quiet --json run.json $(for f in $formats; do echo "--export $f=$f"; done) \
              >out 2>err || exit 9
            for f in $formats; do
              hashmark report run.json --format $f | cmp - $f && echo same
            done | sort | uniq -c
            grep -c '^valkey-9.1 get-16-64;' folded; gunzip <pprof | wc -c | grep -q '[1-9]' && echo gzip
            grep -o '"preprocessedProfileVersion":48' firefox; grep -o '"unit":"none"' speedscope
            hashmark memory --target ref:valkey-9.1 --key-size 16 --value-size 64 --entries 500 \
              --quiet --export pprof=x >out 2>>err; echo "exit $?"
            hashmark memory --target ref:valkey-9.1 --key-size 16 --value-size 64 --entries 500 \
              --quiet --json plain.json >out 2>>err
            hashmark report plain.json --format folded 2>>err; echo "exit $?"; cat err >&2
            """,
            out: [
                "5 same\n4\ngzip\n\"preprocessedProfileVersion\":48\n\"unit\":\"none\"\n",
                "exit 64\nexit 1\n",
            ],
            err: [
                "--export pprof: no call stacks will be recorded; take another format",
                "the record has no call stacks, and folded is of nothing else",
            ]),
        Case(
            "another major schema is refused with one line",
            """
            echo '{"schema": "hashmark.run/2", "arguments": []}' >run.json
            hashmark report run.json
            """, exit: 1, err: ["hashmark.run/2", "; use the hashmark that wrote it"]),
        Case(
            "fields of a later version are passed over",
            """
            hashmark memory --target ref:valkey-9.1 --key-size 16 --value-size 64 --entries 500 \
            --quiet --json run.json >first 2>/dev/null
            sed -i '1s/{/{"from_the_future": {"a": [1]},/; s/run\\/1"/run\\/1.7"/' run.json
            hashmark report run.json | cmp - first && echo same
            """, out: ["same"]),
        Case(
            "F19: history by time, a merge's doubles once, its markers and damaged lines passed "
                + "over",
            """
            line() { echo '{"schema":"hashmark.run/1","hashmark_version":"0","arguments":[],"seed":1,\
            "label":"'$1'","started_at":"'$2'T06:00:00Z","results":[{"metric":"server_cpu_ns_per_op",\
            "unit":"ns/op","better":"lower","kind":"cpu","target":"t","workload":"w","value":'$3'}]}'; }
            { echo '<<<<<<< HEAD'; line new 2026-11-23 550; line old 2026-11-21 500; echo '======='
              line new 2026-11-23 550; echo '>>>>>>> x'; echo '{"schema":"hashmark.r'
              line between 2026-11-22 525; } >history
            hashmark history history --metric server_cpu_ns_per_op | tr -s ' ' | tr '\\n' '|'
            """,
            out: [
                "old (2026-11-21) 500 ns/op|between (2026-11-22) 525 ns/op +5.0 %|"
                    + "new (2026-11-23) 550 ns/op +4.8 %|"
            ], err: ["conflict markers in lines 1, 4, 6", "line 7"]),
        Case(
            "F19: a recorded run is summed up, a line per metric",
            """
            r() { for n in $(seq 200); do printf '%s{"metric":"memory_bytes_per_entry/reported",\
            "unit":"B/entry","better":"lower","kind":"software","target":"t","workload":"memory",\
            "conditions":{"entries":%s},"value":%s}' "$s" $n $((90 + n % 9)); s=,; done; }
            printf '{"schema":"hashmark.run/1","hashmark_version":"0","arguments":[],"seed":1,\
            "label":"a","started_at":"2026-11-21T06:00:00Z","results":[%s]}\\n' "$(r)" >history
            hashmark history history >text; wc -l <text; cat text
            """, out: ["6\n", "memory reported, B/entry (median of 200)"]),
        Case(
            "several records are one trend: by time, as text and as a page",
            """
            run() { mkdir -p $(dirname $1); echo '{"schema":"hashmark.run/1","hashmark_version":"0",\
            "arguments":[],"seed":1,"started_at":"2026-11-'$2'T06:00:00Z","partial":'${4-false}',\
            "results":[{"metric":"server_cpu_ns_per_op","unit":"ns/op","better":"lower",\
            "kind":"cpu","target":"t","workload":"w","value":'$3'}]}' >$1; }
            run july/run.json 23 550; run may.json 21 500; run june.json 22 500; run cut.json 24 9 true
            hashmark report july/run.json may.json june.json cut.json >text; tr -s ' ' <text
            hashmark report may.json june.json july/run.json --output page.html
            grep -c 'class="bad">✗ +10.0 %' page.html; grep -c '<svg' page.html
            grep -c 'href="./may.json"' page.html
            hashmark report may.json june.json july/run.json --format html >piped.html
            for f in page piped; do sed -E 's#</?a[^>]*>##g' $f.html >$f; done; cmp page piped && echo same
            hashmark report may.json --output one.md; grep -c '^## Hashmark' one.md
            hashmark report may.json july/run.json --output both.md; grep -c '^## Hashmark' both.md
            hashmark report may.json july/run.json --format junit; echo $?
            """,
            out: [
                "w · server CPU, ns/op t 500 500 550 +10.0 % +10.0 %", "july",
                "\n1\n1\n1\nsame\n1\n2\n64\n",
            ], err: ["cut.json ended early, and is left out", "junit takes one record"]),
        Case(
            "the history has a page",
            """
            for n in 1 2; do echo '{"schema":"hashmark.run/1","hashmark_version":"0","arguments":[],\
            "seed":1,"label":"r'$n'","started_at":"2026-11-2'$n'T06:00:00Z","results":[{"metric":\
            "hit_ratio","unit":"ratio","better":"higher","kind":"software","target":"t",\
            "workload":"w","value":0.'$n'}]}'; done >h
            hashmark history h --out trends | grep -c hits; grep -c '<svg' trends/index.html
            hashmark history h --out -
            """, exit: 64, out: ["1\n1\n"], err: ["wrote trends/index.html", "--out is a folder"]),
    ]
}
