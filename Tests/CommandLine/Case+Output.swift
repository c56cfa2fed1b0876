// What is printed, and where to.
import Foundation

extension Case {
    /// The checkout, where Workloads/ is.
    static let home = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    /// A small run that measures nothing by time.
    private static let memory =
        "hashmark memory --target ref:valkey-9.1 --key-size 16 --value-size 16 --entries 1000 "
        + "--quiet"

    static let output = [
        Case(
            "--export writes a run as report does, in any format, on measuring verbs and bench",
            """
            formats='text markdown html junit annotations go action-bigger action-smaller'
            exports=$(for f in $formats; do echo "--export $f=$f"; done)
            same() {
              for f in $formats; do
                hashmark report $1 --format $f 2>/dev/null | cmp - $f && echo same
              done | sort | uniq -c
            }
            serve
            hashmark bench -p $PORT -q -n 200 -t set --json bench.json $exports >out 2>err
            same bench.json
            hashmark replay tiny-8x8 --requests 2000 --target ref:valkey-9.1 --json replay.json $exports \
              >out 2>err
            same replay.json
            """, out: ["8 same\n      8 same\n"]),
        Case(
            "--export to stdout sends the table to stderr; what cannot be is refused before",
            """
            serve; bench="hashmark bench -p $PORT -q -n 20 -t set"
            $bench --export junit=- 2>err | head -1; grep -q '^SET: ' err && echo table
            for export in junit junit= =x pdf=x junit=/proc/no/file; do
              $bench --export $export >out 2>>errors; echo "$? $(wc -c <out)"
            done | sort | uniq -c
            $bench --export text=- --json - >out 2>>errors; echo $?; cat errors >&2
            """,
            out: ["<?xml", "table\n", " 1 1 0\n      4 64 0\n64\n"],
            err: ["is no FORMAT=FILE", "there is no format 'pdf'; use text, markdown"]),
        Case(
            "an output over what the run reads is refused, and the file stays as it was",
            """
            printf '5,a,2,3,1,set,0\\n' >t.csv; printf 'id\\n1\\n' >d.csv; echo 'maxmemory 0' >r.conf
            cp '\(home)/Workloads/tiny-8x8.yaml' w.yaml
            cp '\(home)/Workloads/suites/smoke.yaml' s.yaml; ln s.yaml other-name.yaml
            cp '\(home)/Workloads/policies/default.yaml' p.yaml
            printf '%s' '{"schema":"hashmark.run/1","hashmark_version":"0","arguments":[],"seed":1,\
            "started_at":"2026-11-21T06:00:00Z","results":[]}' >r.json
            sha256sum *.* >before
            try() { hashmark "$@" >out 2>err; echo "$? $(grep -c 'what this run reads' err)"; }
            {
              try report r.json --output r.json
              try report ./r.json --output=r.json
              try capture --from t.csv --output t.csv
              try capture --merge w.yaml p.yaml --output w.yaml
              try replay t.csv --target ref:valkey-9.1 --json t.csv
              try replay ./w.yaml --target ref:valkey-9.1 --json w.yaml
              try suite s.yaml --json other-name.yaml
              try compare --baseline ref:valkey-9.1 --candidate ref:valkey-8.1 --workload w.yaml \
                --json w.yaml
              try gate --policy p.yaml --baseline ref:valkey-9.1 --candidate ref:valkey-8.1 \
                --junit p.yaml --out g
              try gate --judge r.json --markdown r.json
              try memory --target 'exec:redis-server r.conf' --key-size 8 --value-size 8 \
                --entries 10 --json r.conf
              try counters --workload w.yaml --target ref:valkey-9.1 --json w.yaml
              try bench --dataset d.csv --json d.csv set __field:id__ x
              try bench -x --json d.csv set x <d.csv
            } | sort | uniq -c
            sha256sum -c --quiet before && echo whole
            """, out: ["14 64 1\n", "whole"]),
        Case(
            "what a format cannot hold hides neither the run's fault nor the other outputs",
            """
            serve; bench="hashmark bench -p $PORT -q -n 20 -t set"
            $bench --export action-smaller=s --export action-bigger=/dev/full --export go=g \
              >out 2>err; echo "$? $(ls s g | wc -l)"; cat err >&2
            redis-cli -p $PORT config set maxmemory 1 >/dev/null
            $bench -n 2000 -r 2000 -d 1000 --export action-bigger=/dev/full >out 2>err
            echo $?; grep -c OOM err
            $bench -n 2000 -r 2000 -d 1000 --json /dev/full >out 2>err
            echo "$? $(grep -c 'No space left' err)"
            """, out: ["1 2\n3\n2\n3 1\n"], err: ["--export action-bigger: "]),
        Case(
            "a format with no place for what will be measured is refused before",
            """
            export HASHMARK_HOME='\(home)'
            cat >p.yaml <<'END'
            schema: hashmark.gate/2
            name: bytes
            cells: []
            memory: {key_size: 16, value_size: 8, entries: [1000, 1200, 1400, 1600, 1800, 2000], launches: 2}
            rules: [{metric: memory_bytes_per_entry/reported, rule: exact, margin: 1%}]
            END
            for line in "memory --key-size 16 --value-size 16 --entries 1000 --target exec:false" \
              "counters --target exec:false --mode software" "tables --mode simulated --entries 100" \
              "gate --policy ./p.yaml --baseline a=exec:true --candidate b=exec:true"
            do
              hashmark $line --export action-bigger=made/x >out 2>err
              echo "$? $(grep -c 'more is better will be measured; take action-smaller' err) $(ls)"
            done | tr '\n' ' '
            """, out: [String(repeating: "64 1 err out p.yaml ", count: 4)]),
        Case(
            "folders of outputs are made, whatever the output, and a file is none",
            """
            hashmark memory --key-size 16 --value-size 16 --entries 100 --target ref:valkey-9.1 --quiet \
              --json a/b/r.json --export go=c/d/go --out e/f >/dev/null && ls a/b c/d e/f | tr '\n' ' '
            hashmark bench -p 1 --json a/b/r.json/x
            """, exit: 1, out: ["a/b: r.json  c/d: go  e/f: index.html run.json"],
            err: ["Not a directory; give a path in which only folders stand"]),
        Case(
            "a name is no file that is read",
            """
            mkdir Workloads; printf '5,a,2,3,1,set,0\\n' >t.csv
            for i in 1 2; do
              HASHMARK_HOME=$PWD hashmark capture --from t.csv --name x --output Workloads/x.yaml
              echo $?
            done
            """, out: ["0\n0\n"], lacks: ["refused", "what this run reads"]),
        Case(
            "a folder for the record is not called -",
            """
            hashmark tables --growth 0 --curve 0 --out -; echo $?
            hashmark bench -p 1 -q --out - ; echo $?; ls
            """, out: ["64\n64\n"], err: ["use --json -"], lacks: ["run.json"]),
        Case(
            "a circle of links is called so",
            "ln -s b a; ln -s a b; hashmark bench -p 1 --json a", exit: 1,
            err: ["Too many levels of symbolic links; give a path that is no circle of links"]),
        Case(
            "F6: a file past the limit of the shell is one line, and no half of it stays",
            """
            serve; mkdir here; cd here
            (ulimit -f 1; hashmark bench -p $PORT -t get -n 100 -q --json x.json >/dev/null)
            code=$?; [ -z "$(ls -A)" ] || exit 98; exit $code
            """, exit: 1, err: ["x.json"]),
        Case(
            "a ladder's record goes to stdout and its table to stderr; one seed, one stream",
            """
            for i in 1 2; do
              hashmark ladder --table valkey-9.1 --workload get-16x64 --entries 500 --rounds 1 \\
                --blocks 1 --requests 256 --seed 3 --quiet --json - 2>table >r.json || exit 9
              grep -q 'protocol and dispatch' table || exit 8
              python3 -c 'import json; rows = json.load(open("r.json"))["results"]
            rows = [row for row in rows if "checksum" in row]
            print([row["conditions"]["rung"] for row in rows], {row["checksum"] for row in rows})' >>seen
            done
            cut -d"{" -f1 seen | uniq; sort -u seen | wc -l; grep -c , seen; grep -c "{.*,.*}" seen || true
            """,
            out: ["['table', 'engine', 'loopback']", "\n1\n2\n0\n"]),
        Case("the version is one line", "hashmark --version", out: ["0."]),
        Case("a server started here answers", "serve; redis-cli -p $PORT ping", out: ["PONG"]),
        Case(
            "F0: a report appended to a file keeps what was there",
            """
            \(memory) --json r.json >table
            for i in 1 2 3; do hashmark report r.json --format go >>all; done
            hashmark report r.json --format go --output /dev/stdout >>all
            hashmark report r.json --format go --output /proc/self/fd/1 >>all
            hashmark report r.json --format go >one
            echo "$(wc -l <all) of $((5 * $(wc -l <one))), $(ls -l /dev/stdout | cut -c1)"
            [ $(wc -l <all) = $((5 * $(wc -l <one))) ] && [ -s one ]
            """, out: [", l"]),
        Case(
            "F0: several records are one stream, and --json - goes down a pipe, the table beside "
                + "it",
            """
            \(memory) --json a.json >table
            hashmark report a.json a.json --format go >two
            hashmark report a.json --format go >one; cat one one | cmp - two || exit 9
            \(memory) --json - 2>table2 | python3 -c 'import json,sys; print(json.load(sys.stdin)["schema"])'
            grep -c valkey-9.1 table2 >/dev/null
            """, out: ["hashmark.run/1"]),
        Case(
            "F0: a FIFO, a link to one and a link to a file stay what they are, and so does a mode",
            """
            \(memory) --json r.json >table
            mkfifo pipe; ln -s pipe to-pipe; ln -s real.html link; echo old >real.html
            chmod 640 real.html
            hashmark report r.json --format go --output to-pipe & cat pipe >got; wait $!
            hashmark report r.json --format html --output link
            [ -s got ] && [ -p pipe ] && [ -L link ] && [ -L to-pipe ] && stat -c %a real.html
            grep -c '<html' real.html; ls -A | grep tmp || true
            """, out: ["640"], lacks: ["tmp"]),
        Case(
            "F6: a reader that goes away ends a run quietly with 141",
            """
            serve
            hashmark bench -q -t ping,set,get -n 200000 -p $PORT 2>err | head -1
            echo "status ${PIPESTATUS[0]}"; grep -c 'hashmark:\\|Error' err
            hashmark workload describe '\(home)/Workloads/ycsb-a.yaml' 2>err2 | true
            echo "then ${PIPESTATUS[0]}"; cat err2
            """, out: ["PING_INLINE", "status 141", "then 141", "\n0\n"]),
        Case(
            "F6: a full disk is one line and 1, for a result and for help",
            """
            for verb in "\(memory)" "hashmark --help" "hashmark memory --help"; do
              $verb >/dev/full 2>err; echo "$? $(grep -vc ^warning err) $(grep -c 'No space left' err)"
            done
            serve; hashmark bench -q -n 1000 -t get -p $PORT >/dev/full 2>err; echo "bench $?"
            """, out: ["1 1 1\n1 1 1\n1 1 1\n", "bench 1"]),
        Case(
            "F6: stdout closed is an error, stderr closed or full is none",
            """
            \(memory) >&- 2>err; echo "closed $? $(grep -vc ^warning err)"
            \(memory) 2>&- >out; echo "quiet $?"; \(memory) 2>/dev/full >out; echo "full $?"
            grep -c valkey-9.1 out
            """, out: ["closed 1 1", "quiet 0", "full 0"]),
        Case(
            "F17: outputs are tried before anything is measured",
            """
            for option in "--json /proc/no/x" "--out /proc/no" "--json ." "--out run"; do
              touch run; hashmark memory --target ref:valkey-9.1 --key-size 16 --value-size 16 \\
                --entries 100000000 $option >out 2>err & pid=$!
              for i in $(seq 100); do kill -0 $pid 2>/dev/null || break; sleep 0.05; done
              kill $pid 2>/dev/null && echo "$option: ran"; wait $pid
              echo "$? $(wc -l <err)"
            done
            """, out: ["1 1\n1 1\n1 1\n1 1\n"], seconds: 90),
        Case(
            "F17: a failed run leaves the old file",
            """
            echo old >r.json
            hashmark memory --target tcp://127.0.0.1:1 --key-size 9 --value-size 9 --entries 9 \\
              --json r.json 2>/dev/null; echo "$? $(cat r.json)"
            """, out: ["1 old"]),
        Case(
            "F11: a password is in no artefact and no message",
            """
            redis --requirepass hunter22
            hashmark memory --target redis://default:hunter22@127.0.0.1:$PORT/0 --key-size 16 \\
              --value-size 16 --entries 100 --allow-flush --json r.json --out o >out 2>err
            echo "status $?"; hashmark report r.json --format markdown >md
            hashmark memory --target redis://default:hunter22@127.0.0.1:1 --key-size 16 \\
              --value-size 16 --entries 100 >>out 2>>err
            hashmark memory --target redis://default:hunter22@127.0.0.1:x --key-size 16 \\
              --value-size 16 --entries 100 >>out 2>>err
            hashmark bench -a hunter22 -n 100 -t get -p $PORT --json b.json --out o2 >>out 2>>err
            grep -l hunter22 r.json b.json md out err o/* o2/*; grep -c '\\*\\*\\*' r.json
            """, out: ["status 0"], lacks: ["r.json", "b.json", "md", "o/", "err", "out"]),
        Case(
            "F19: --record takes no empty label",
            "hashmark suite '\(home)/Workloads/suites/smoke.yaml' --record ''", exit: 64,
            err: ["--record needs a label", "Usage: hashmark suite"]),
        Case(
            "B18: what is refused after parsing shows the verb's own usage",
            "hashmark memory --target foo --key-size 1 --value-size 1 --entries 1", exit: 64,
            err: ["Usage: hashmark memory", "See 'hashmark memory --help'"],
            lacks: ["<subcommand>"]),
        Case(
            "F21: SIGHUP keeps what was measured and removes the servers' folders",
            """
            export TMPDIR=$PWD/tmp; mkdir tmp
            hashmark memory --target exec:redis-server --key-size 16 --value-size 16 \\
              --entries 1000,5000000 --json r.json >out 2>err & pid=$!
            until grep -q 5000000 err; do kill -0 $pid || exit 9; sleep 0.05; done
            kill -HUP $(pgrep -P $pid); wait $pid; echo "status $?"; ls tmp | wc -l
            python3 -c 'import json; print(json.load(open("r.json"))["partial"])'
            """, out: ["status 129", "\n0\n", "True"]),
    ]
}
