// Replays of traces: how long they last, what they say in which order, what is refused before them;
// and the files of ours that are read with a bound.
extension Case {
    /// A trace of look-ups at these seconds, as t.csv, and the value of a metric in r.json.
    private static let helpers = """
        trace() { for s in "$@"; do echo "$s,k,1,2,1,get,0"; done >t.csv; }
        paced() { hashmark replay t.csv --target ref:valkey-9.1 --quiet --json r.json "$@"; }
        value() {
          tr -d ' \\n' <r.json | grep -o "\\"metric\\":\\"$1\\"[^}]*\\"value\\":[0-9.e-]*" \\
            | sed 's/.*:/'"$1 "'/' | head -1 | xargs printf '%s %.2f\\n'
        }

        """

    private static func rate(
        _ seconds: String, _ options: String, _ rate: String, seconds limit: Double = 60
    ) -> Case {
        Case(
            "a trace of seconds \(seconds) with \(options) has a rate of \(rate)",
            "\(helpers)trace \(seconds); paced \(options) >/dev/null; value throughput_ops_per_s",
            out: ["throughput_ops_per_s \(rate)\n"], seconds: limit)
    }

    static let traces: [Case] = [
        rate("0 3", "--speed 1 --duration 1", "1.00"),
        rate("0 0 4", "--speed 1 --duration 2", "1.00"),
        rate("0 0", "--speed 1", "2.00"),
        rate("0 0 0 0", "--speed 2", "8.00"),
        rate("0 3", "--speed 10", "5.00"),
        rate("0 5 3", "--speed 10", "5.00"),
        rate("7 7 8", "--speed 2 --requests 2", "4.00"),
        Case(
            "a trace that ends before its duration says so",
            "\(helpers)trace 0 0; paced --duration 5; paced --speed 10 --duration 5",
            err: ["the trace ended after 0", "the trace ended after 0.1 s of the 5 s asked for"]),
        Case(
            "so does one with fewer requests than asked for",
            "\(helpers)trace 0 0; paced --requests 5",
            err: ["the trace ended after 2 of the 5 requests asked for"]),
        Case(
            "a trace that does not end before says nothing",
            "\(helpers)trace 0 0; paced --requests 2; paced --speed 10 --duration 100ms",
            lacks: ["the trace ended"]),
        Case(
            "a schedule of centuries is no trap",
            """
            \(helpers)trace 0 4294967295; paced --speed 1e-6 --duration 100ms >/dev/null
            value throughput_ops_per_s
            """, out: ["throughput_ops_per_s 10.00\n"]),
        Case(
            "intended latencies come first",
            """
            \(helpers)trace 0 0; paced --speed 10 >text
            hashmark report r.json --format text >again; cmp text again || exit 9
            grep -A1 'p50' text | grep -o '([a-z]*)' | head -1
            """, out: ["(intended)"]),
        Case(
            "so they do in records of bench, all commands together before each, the slip last",
            """
            serve
            hashmark bench -q -p $PORT --mix get=50,set=50 --qps 2000 -n 400 -r 1000 --json r.json >/dev/null
            tr -d ' \\n' <r.json | grep -oE '"metric":"(latency|schedule)[^"]*(p50|/max)"' | tr '\\n' ' '
            """,
            out: [
                #""metric":"latency_ns/all/intended/p50" "metric":"latency_ns/all/intended/max" "#
                    + #""metric":"latency_ns/all/actual/p50" "metric":"latency_ns/all/actual/max" "#
                    + #""metric":"latency_ns/get/intended/p50""#,
                #""metric":"latency_ns/get/intended/max" "metric":"latency_ns/get/actual/p50""#,
                #""metric":"latency_ns/set/actual/max" "metric":"schedule_slip_ns/p50""#,
            ]),
        Case(
            "a replay that came to its end and had errors is invalid, not partial",
            """
            \(helpers)printf '0,k,1,2,1,%s,0\\n' set get get incr get >t.csv
            paced; echo exit $?; grep '"partial"' r.json
            """, out: ["exit 3", "\"partial\" : false"],
            err: ["1 of 5 requests were answered with errors", "(what was measured is kept)"],
            lacks: ["PARTIAL"]),
        Case(
            "one of two targets that had errors does not keep the other from being measured",
            """
            \(helpers)printf '0,k,1,2,1,%s,0\\n' set incr >t.csv
            paced --target other=ref:valkey-8.1; echo exit $?
            grep '"partial"' r.json; grep -c '"metric" : "throughput_ops_per_s"' r.json
            """, out: ["exit 3", "\"partial\" : false", "\n2\n"]),
        Case(
            "a workload with errors all along is invalid, not partial",
            """
            export HASHMARK_HOME='\(home)'
            hashmark replay tiny-8x8 --entries 100 --requests 20000 --no-memory --quiet \\
              --target "exec:$FAULTY --after 5000 --get-error 0.1" --json r.json; echo exit $?
            grep '"partial"' r.json
            """, out: ["exit 3", "\"partial\" : false"], lacks: ["PARTIAL"]),
        Case(
            "a trace that breaks off is partial",
            """
            \(helpers)printf '0,k,1,2,1,get,0\\nx\\n' >t.csv; paced; echo exit $?
            """, out: ["exit 3", "PARTIAL"], err: ["1 columns instead of 7", "marked partial"]),
        Case(
            "a size of keys beside a trace's own is refused by replay",
            "\(helpers)trace 0; paced --key-size 20", exit: 64,
            err: ["--key-size has no effect: the trace has key sizes of its own"],
            lacks: ["ops_per_s"]),
        Case(
            "and by capture, whatever the file is called",
            "\(helpers)trace 0; mv t.csv t; hashmark capture --from t --key-size 20", exit: 64,
            err: ["--key-size has no effect: the trace has key sizes of its own"]),
        Case(
            "a trace without sizes of keys takes one",
            """
            head -c 24 /dev/zero >t.oracleGeneral
            hashmark replay t.oracleGeneral --key-size 20 --target ref:valkey-9.1 --quiet --json r.json
            grep key_size r.json
            """, out: ["\"key_size\" : 20"]),
        Case(
            "a number out of range says the range that holds",
            """
            w() {
              printf 'schema: hashmark.workload/1\\nname: w\\nkeyspaces:\\n  - {keys: %s, key_size: 8, value_size: %s, weight: %s}\\noperations:\\n  - command: GET {key}\\nload: {connections: %s, arrival: {poisson: {rate: %s}}}\\n' "$@" >w.yaml
              hashmark workload check w.yaml
            }
            w 1e300 8 1 1e300 1e-300; w 10 1e300 1e300 1 1
            """, exit: 1,
            out: [
                "keys` is `1e300`, which is out of range: use 1 to 281474976710656",
                "value_size` is `1e300`, which is out of range: use 0 to 536870912",
                "weight` is `1e300`, which is out of range: use 1e-12 to 9007199254740992",
                "connections` is `1e300`, which is out of range: use 1 to 60000",
                "rate` is `1e-300`, which is out of range: use 1e-6 to 1000000000",
            ]),
        Case(
            "a workload file that never ends is not read", "hashmark workload check /dev/zero",
            exit: 1, out: ["/dev/zero: is no regular file: "], seconds: 10),
        Case(
            "nor is such a suite", "hashmark suite /dev/zero", exit: 1,
            err: ["/dev/zero: is no regular file: "], seconds: 10),
        Case(
            "nor such a policy",
            """
            hashmark gate --policy /dev/zero --baseline ref:valkey-9.1 --candidate ref:valkey-8.1 \\
              --out gate
            """,
            exit: 1, err: ["/dev/zero: is no regular file: "], seconds: 10),
        Case(
            "a file of gigabytes is read to its bound",
            "truncate -s 4G w.yaml; hashmark workload check w.yaml",
            exit: 1, out: ["w.yaml: is larger than 64 MiB: "], seconds: 20),
        Case(
            "a record is no device, no folder and no endless file",
            """
            mkdir folder; truncate -s 4G r.json
            for path in /dev/zero folder r.json nothing.json; do
              for words in report history 'gate --judge' 'gate selftest --rounds' \
                'gate --candidate ref:valkey-9.1 --stored'; do
                hashmark $words $path >out 2>err; echo "$? $(cut -c 1-200 err)"
              done
            done
            """,
            out: [
                "/dev/zero is no regular file; give a file, or a pipe",
                "folder is a folder; name the file in it, such as run.json",
                "r.json is larger than 1 GiB", "cannot read nothing.json",
            ], seconds: 60),
        Case(
            "a pipe of a record is read as the record",
            """
            printf '%s' '{"schema":"hashmark.run/1","hashmark_version":"0","arguments":[],"seed":1,\
            "started_at":"2026-11-21T06:00:00Z","results":[]}' >r.json
            hashmark report r.json >a; hashmark report <(cat r.json) | diff - a && echo same
            """, out: ["same"]),
        Case(
            "a dataset or standard input of gigabytes is read to its bound",
            """
            serve; truncate -s 4G d.csv
            hashmark bench -p $PORT -n 1 --dataset d.csv SET x __field:id__; echo $?
            hashmark bench -p $PORT -n 1 -x SET x <d.csv; echo $?
            """,
            out: ["64\n64\n"], err: ["larger than 1 GiB", "more than the 512 MiB"], seconds: 60),
        Case(
            "so is an endless pipe", "hashmark workload check <(yes) | head -c 300",
            out: ["is larger than 64 MiB: "], seconds: 20),
        Case(
            "a pipe of a file is read as the file",
            "hashmark workload check <(cat '\(home)/Workloads/tiny-8x8.yaml')",
            out: [": sound"]),
    ]
}
