// Numbers that are refused, numbers that are read, and options that have no effect.

extension Case {
    private static let memory = "hashmark memory --target ref:valkey-9.1 --quiet --key-size 16"
    private static let refused = "--target tcp://127.0.0.1:1"

    static let numbers = [
        Case(
            "F2: times out of range are refused with their range, and none traps",
            """
            export HASHMARK_HOME='\(home)'
            pair="--baseline ref:valkey-9.1 --candidate b=ref:valkey-9.1 --workload ycsb-c"
            for line in "compare $pair --slice 99999999999999" "compare $pair --budget 1e300h" \\
              "compare $pair --warm-up 99999999999999999" "gate --baseline ref:valkey-9.1 --candidate b=ref:valkey-9.1 --budget 1e99s" \\
              "replay ycsb-c \(refused) --duration 1e300" "counters --pid $$ --duration 1e300" \\
              "counters --pid $$ -I 9223372036854775807" "capture --from tcp://h:1 --interval 1e300" \\
              "capture --from tcp://h:1 --rate 1e-300" "gate selftest --live 1e10h" \\
              "serve --table valkey-9.1 --port 70000" "gate selftest --gates 9223372036854775807"
            do hashmark $line >out 2>err; echo "$? $(grep -c '^Error' err)"; done | sort | uniq -c
            """, out: ["12 64 1\n"]),
        Case(
            "F2: sizes and counts out of range are refused, and none traps",
            """
            max=9223372036854775807
            for line in "memory \(refused) --key-size 9 --value-size $max --entries 9" \\
              "memory \(refused) --key-size 9 --value-size 9 --entries 1,1e300" \\
              "tables --value-size $max" "tables --growth $max" "tables --curve 1e300" \\
              "tables --repeats $max" "tables --entries 99999999999999" "tables --memory $max" \\
              "counters \(refused) --connections 65535 --pipeline 100000" \\
              "report none --price-per-core-hour NaN --price-per-gb-hour 1"
            do hashmark $line >out 2>err; echo "$? $(grep -c '^Error' err)"; done | sort | uniq -c
            """, out: ["10 64 1\n"]),
        Case(
            "a value that begins with a dash is one, and its option says what it takes",
            """
            export HASHMARK_HOME='\(home)'
            pair="--baseline ref:valkey-9.1 --candidate b=ref:valkey-9.1"
            for line in "compare $pair --budget -5m" "compare $pair --entries -1" \\
              "gate $pair --budget -5m" "gate run $pair --budget -5m" "gate selftest --gates -1" \\
              "gate accept --bound -5%" "replay ycsb-c \(refused) --requests -1" \\
              "memory \(refused) --key-size 9 --value-size 9 --entries -1" "tables --hits -1" \\
              "counters \(refused) --requests -1" "counters --pid $$ -I -5" "suite smoke --rounds -1" \\
              "capture --from tcp://h:1 --rate -1" "serve --table valkey-9.1 --port -1" \\
              "workload describe ycsb-c --requests -1" "report r --price-per-core-hour -1" \\
              "bench -n -1" "bench --duration -5m"
            do hashmark $line >out 2>err; echo "$? $(grep -c "The value '-.*is invalid for" err)"
            done | sort | uniq -c
            hashmark compare $pair --entries -1
            """, exit: 64, out: ["18 64 1\n"],
            err: ["'-1' is out of range; write a whole number from 1 to "]),
        Case(
            "a password that begins with a dash is one; a missing value is one, too",
            """
            serve --requirepass -5; redis-cli -p $PORT -a -5 ping 2>/dev/null
            hashmark compare --baseline ref:valkey-9.1 --candidate --entries
            """, exit: 64, out: ["PONG"], err: ["Missing value for '--candidate"]),
        Case(
            "one list of CPUs is refused in the same words everywhere",
            """
            pair="--baseline ref:valkey-9.1 --candidate b=ref:valkey-9.1"
            for line in "compare $pair --cpus 0-99999999/1" "gate $pair --cpus 0-99999999/1" \\
              "bench --cpus 0-99999999"
            do hashmark $line 2>&1 | grep '^Error'; done | sort | uniq -c
            hashmark compare $pair --cpus 0
            """, exit: 64,
            out: ["3 Error: --cpus: '0-99999999' is no list of CPUs; write numbers below 8192"],
            err: ["--cpus: '0' does not say whose CPUs they are; write SERVERS/CLIENT"]),
        Case(
            "A0: a fill that does not fit the memory there is is not begun, by any verb",
            """
            export HASHMARK_HOME='\(home)'
            printf '%s\n' 'schema: hashmark.suite/1' 'name: s' 'targets: [ref:valkey-9.1]' \\
              'workloads: [set-16x64, get-16x64]' 'rounds: 1' 'memory: false' >s.yaml
            for line in "memory --target ref:valkey-9.1 --key-size 16 --value-size 1k --entries 1000,1e12" \\
              "replay get-16x64 --target ref:valkey-9.1 --entries 1e12" \\
              "compare --baseline a=ref:valkey-9.1 --candidate ref:valkey-9.1 --workload get-16x64 --entries 1e12" \\
              "counters --target ref:valkey-9.1 --mode software --entries 1e12" \\
              "suite s.yaml --entries 1e12 --out o" \\
              "bench --target ref:valkey-9.1 -t get -r 1e12 -q" "bench -p 1 -t get -r 1e12 --populate -q"
            do
              hashmark $line >out 2>err
              echo "$? $(grep -c 'iB of memory, and .* are available; ' err) $(wc -c <out)"
            done | sort | uniq -c
            """, out: ["7 1 1 0\n"]),
        Case(
            "A0: a table that does not fit is left out, also where its doubling is watched",
            """
            hashmark tables --table valkey-9.1 --entries 100 --repeats 1 --memory 1 \\
              --growth 1e8 --curve 1e9 --quiet
            """, err: ["200000000 entries", "1000000000 entries", "left out"]),
        Case(
            "B18: counts and sizes take units and exponents",
            """
            \(memory) --value-size 0.5KiB --entries 1e3,2k,3_000 --json r.json >table || exit 9
            grep -oE 'value_size" ?: ?512|entries" ?: ?(1000|2000|3000)' r.json | sort -u | wc -l
            """, out: ["4\n"]),
        Case(
            "F16: counters --pid lasts as long as was asked, and Ctrl-C ends it at once",
            """
            sleep 30 & pid=$!
            s=$(date +%s%N)
            hashmark counters --pid $pid --mode software --duration 1 --interval 8000 >out || exit 9
            echo "$(( ($(date +%s%N) - s) / 1000000000 )) s"
            hashmark counters --pid $pid --mode software --interval 1h >out & watch=$!
            sleep 0.7; s=$(date +%s%N); kill -INT $(pgrep -P $watch); wait $watch
            echo "then $(( ($(date +%s%N) - s) / 1000000000 )) s"; kill $pid
            """, out: ["1 s", "then 0 s"]),
        Case(
            "readings of a process stand in rows under one heading",
            """
            while :; do :; done & pid=$!; started+=($pid)
            hashmark counters --pid $pid --mode software --duration 1 --interval 200 >out || exit 9
            echo "headings: $(grep -c 'clock, ms' out)"
            [ $(grep -cE '^ +[0-9.]+ .* [0-9.]+$' out) -ge 2 ] && echo rows
            """, out: ["headings: 1", "rows"], err: ["counting process"]),
        Case(
            "F20: one running server is not compared with itself",
            """
            HASHMARK_HOME='\(home)' hashmark compare --baseline a=tcp://127.0.0.1:1 \\
              --candidate b=tcp://127.0.0.1:1 --workload ycsb-c
            """, exit: 64, err: ["given twice"]),
        Case(
            "A0: options without effect in a mode are refused",
            """
            export HASHMARK_HOME='\(home)'
            running="--baseline a=tcp://127.0.0.1:1 --candidate b=tcp://127.0.0.1:2"
            printf 'time,key\\n' >t.csv
            for option in "--json j" "--out o" "--strict" "--seed 1" "--workload w" "--entries 1" \\
              "--key-size 1" "--value-size 1" "--requests 1" "--connections 1" "--pipeline 1" \\
              "--repeat 1" "--top 1" "--allow-flush" "--no-seed-pin" "--d1 1,1,1" \\
              "--cost-entries 1"; do
              hashmark counters --pid $$ --duration 1 $option >>out 2>>err; echo $?
              hashmark counters $option -- true >>out 2>>err; echo $?
            done | sort | uniq -c
            for line in "counters \(refused) --interval 1" "counters \(refused) --duration 1" \\
              "counters --interval 1 -- true" "counters --duration=1 -- true" \\
              "counters \(refused) --workload ycsb-c --key-size 1" \\
              "counters \(refused) --mode software --d1 32768,8,64" \\
              "counters \(refused) --mode software --top 1" "tables --d1 32768,8,64" \\
              "tables --mode simulated --growth 1" "tables --mode simulated --repeats 1" \\
              "tables --mode simulated --memory 1" "tables --mode simulated --curve 1" \\
              "tables --table valkey-7.2 --match scalar" "tables --table valkey-8.0 --lookahead 1" \\
              "replay ycsb-c \(refused) --format twr" \\
              "compare $running --client redis-benchmark --slice 5" \\
              "compare $running --slice-requests 5" \\
              "replay t.csv \(refused) --no-memory" "replay t.csv \(refused) --entries 5" \\
              "replay ycsb-c \(refused) --speed 1" "replay ycsb-c \(refused) --skip-bad" \\
              "capture --merge a.yaml --rate 1" "capture --merge a.yaml --key-size 1" \\
              "capture --from t.csv --keys 1" "capture --from t.csv --interval 1" \\
              "capture --from tcp://h:1 --key-size 1" "capture --from tcp://h:1 --skip-bad" \\
              "gate selftest --rounds r --json j" "gate selftest --rounds r --out o" \\
              "gate selftest --rounds r --live 1s" "gate selftest --rounds r --strict" \\
              "report r --format go --price-per-core-hour 1 --price-per-gb-hour 1" \\
              "report r --cost-entries 1" "report r r --format junit" \\
              "report r r --price-per-core-hour 1 --price-per-gb-hour 1"
            do hashmark $line >out 2>err || echo "$? $(grep -c '^Error' err)"; done | sort | uniq -c
            """, out: ["34 64\n", "35 64 1\n"]),
    ]
}
