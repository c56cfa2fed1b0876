// `hashmark bench`: errors, output, open loops, populations, options.

extension Case {
    static let bench = [
        Case(
            "F1: every reply an error is invalid, in the server's words and with a hint",
            "redis; hashmark bench -p $PORT -q -n 1000 -c 1 foo bar", exit: 3,
            err: ["1000 of 1000 replies were errors: ERR unknown command 'foo'", "--on-errors"]),
        Case(
            "F1: errors that were asked for are measured",
            "redis; hashmark bench -p $PORT -q -n 1000 --on-errors ignore foo",
            out: ["requests per second"], err: ["warning: foo: 1000 of 1000 replies were errors"]),
        Case(
            "F1: the first error ends the run where that is asked for",
            "redis; hashmark bench -p $PORT -q -n 1000 --on-errors stop foo", exit: 1,
            err: ["answered with an error: ERR unknown command"], lacks: ["requests per second"]),
        Case(
            "a reply of another kind than the command has is a wrong one",
            """
            hashmark bench --target "exec:$FAULTY --wrong-type 0.01" -t get -n 5000 -q >o; echo $?
            hashmark bench --target "exec:$FAULTY" -t get,set,ping_mbulk -n 2000 -q >o
            wc -l <o
            """, out: ["3\n3\n"],
            err: [
                "GET: wrong values in ", "first GET → :", " instead of a string or a null; mend",
            ]),
        Case(
            "every test's replies are of the kind that its command has, in RESP2 and RESP3",
            """
            redis; hashmark bench -p $PORT -q -n 200 -r 50 >two || exit 9
            hashmark bench -p $PORT -q -n 200 -r 50 -3 >three || exit 8
            serve; hashmark bench -p $PORT -q -n 200 -r 50 -3 -t ping,set,get,incr,mset,mget >four
            """, lacks: ["wrong values"]),
        Case(
            "invalidations are counted, and it is said where there will be none",
            """
            serve; hashmark bench -p $PORT -q -n 100 -t get -3 --enable-tracking 2>three >o
            cat three; hashmark bench -p $PORT -q -n 2000 -r 5 -3 --enable-tracking --populate \\
                --mix get=50,set=50 2>mixed >o; grep -q '[1-9][0-9]* invalidations' mixed && echo some
            hashmark bench -p $PORT -q -n 100 -t get --enable-tracking
            """, out: ["GET: 0 invalidations received", "some\n"],
            err: ["no invalidation will come", "add -3 to --enable-tracking"]),
        Case(
            "F1: the record says so",
            "redis; hashmark bench -p $PORT -q -n 100 --json r.json foo; echo $?; cat r.json",
            out: ["3\n", "replies were errors"]),
        Case(
            "F1: WRONGTYPE",
            "redis; redis-cli -p $PORT set mylist x; hashmark bench -p $PORT -q -n 100 -t lpush",
            exit: 3, err: ["WRONGTYPE", "use a database without it"]),
        Case(
            "F1: OOM",
            "redis --maxmemory 1; hashmark bench -p $PORT -q -n 100 -t set", exit: 3,
            err: ["OOM", "raise the server's maxmemory"]),
        Case(
            "two signals at once are one interruption: 130, and what was measured is kept",
            """
            serve
            for pair in 'INT INT' 'INT TERM' 'TERM TERM'; do
              rm -f r.json
              "$HASHMARK" bench -p $PORT -q -t get --qps 1000 -n 999999 --json r.json >out 2>err & b=$!
              until redis-cli -p $PORT info commandstats | grep -q cmdstat_get; do sleep 0.05; done
              sleep 0.5
              for signal in $pair; do kill -$signal $b; done
              wait $b; echo "$pair: $? $(grep -c '^GET' out) $(grep -c '"partial" : true' r.json)"
              redis-cli -p $PORT config resetstat >config
            done
            """,
            // Of two that are pending, either may be seen first.
            out: ["INT INT: 130 1 1\nINT TERM: 1", " 1 1\nTERM TERM: 143 1 1"], seconds: 30),
        Case(
            "an interrupted search of a rate keeps what it found",
            """
            serve
            "$HASHMARK" bench -p $PORT -t get --saturate p99=1s --duration 0.3 --json r.json >o 2>e & b=$!
            until grep -q 'met$' e; do sleep 0.05; done
            kill -INT $b; wait $b; echo $?; grep -E 'partial|reason|value' r.json
            """,
            out: [
                "130", "\"partial\" : true", "the highest rate that met p99", "\"value\" : ",
            ], seconds: 30),
        Case(
            "a search of a rate prints the rates that it tried, and so does report",
            """
            serve
            hashmark bench -p $PORT -t get --saturate p50=1s --duration 0.1 --json r.json >o 2>e
            grep -A 5 'rates tried for p50' o; hashmark report r.json >again
            grep -A 5 'rates tried for p50' again
            python3 -c 'import json; t = json.load(open("r.json"))["trials"]
            print(len(t) > 3, all(x["limit_ns"] == 1e9 and x["point"] == "p50" for x in t))'
            hashmark report r.json --output page.html; grep -c 'class="mark"' page.html
            """, out: ["GET: rates tried for p50 ≤ 1 s", "outcome", "True True\n1\n"], seconds: 60),
        Case(
            "Repeat with: the seed stands before a command of the user's own, and only where it "
                + "counts",
            """
            serve
            hashmark bench -p $PORT -q -n 10 --json r.json mset k v; hashmark report --format markdown r.json
            hashmark bench -p $PORT -q -n 10 -r 9 --json r.json set __rand_int__ v
            hashmark report --format markdown r.json
            """, out: ["-q -n 10 --json r.json mset k v", "bench --seed "], lacks: ["v --seed"]),
        Case(
            "--cpus names the CPUs that there are", "serve; hashmark bench -p $PORT --cpus 8191",
            exit: 64, err: ["use CPUs of "]),
        Case(
            "a rate is not confirmed by a percentile that its trials do not carry",
            "serve; hashmark bench -p $PORT -q -t get --saturate p99.99=1s --duration 0.1", exit: 3,
            err: ["samples do not carry p99.99", "lengthen the trials"], seconds: 30),
        Case(
            "F1: READONLY and others from a script",
            """
            redis
            hashmark bench -p $PORT -q -n 10 eval 'return redis.error_reply("READONLY x")' 0
            hashmark bench -p $PORT -q -n 10 eval 'return redis.error_reply("MOVED 1 h:1")' 0
            hashmark bench -p $PORT -q -n 10 eval 'return redis.error_reply("CROSSSLOT x")' 0
            hashmark bench -p $PORT -q -n 10 eval 'return redis.error_reply("CLUSTERDOWN x")' 0
            hashmark bench -p $PORT -q -n 10 eval 'return redis.error_reply("NOPERM x")' 0
            hashmark bench -p $PORT -q -n 10 eval 'return redis.error_reply("LOADING x")' 0
            """, exit: 3,
            err: [
                "is a replica", "is a node of a cluster", "one {tag}", "CLUSTER INFO",
                "rules allow", "has loaded its data",
            ]),
        Case(
            "A10e: NOAUTH and a wrong password",
            """
            redis --requirepass secret1
            hashmark bench -p $PORT -q -n 10 -t set; hashmark bench -p $PORT -a wrong1 -q -n 10 -t set
            """, exit: 1,
            err: ["NOAUTH", "give the password", "WRONGPASS", "check the user and the password"],
            lacks: ["has this command"]),
        Case(
            "F21: SELECT out of range",
            "redis; hashmark bench -p $PORT --dbnum 99 -q -n 10 -t set", exit: 1,
            err: ["refused SELECT", "select a database that the server has"]),
        Case(
            "F21: a host that is not known",
            "hashmark bench -h no.such.invalid -q -n 10 -t set", exit: 1,
            err: ["the name is not known; check the host's name"]),
        Case(
            "B1: a test that the server lacks is no success",
            "redis --rename-command LPUSH ''; hashmark bench -p $PORT -q -n 100 -t lpush", exit: 3,
            err: ["the server has no LPUSH", "not measured: LPUSH"]),
        Case(
            "A2: a server in place of a command",
            "hashmark bench ref:valkey-9.1; echo $?; hashmark bench redis-server", exit: 64,
            out: ["64"],
            err: ["--target ref:valkey-9.1", "'redis-server' is a program", "exec:redis-server"]),
        Case(
            "F21: escape sequences of a server's error do not reach the terminal",
            """
            redis
            hashmark bench -p $PORT -q -n 10 eval 'return redis.error_reply("ERR \\27[31mred")' 0 2>e
            grep -c $'\\e' e; grep -o 'x1b.31mred' e | head -1
            """, out: ["0\nx1b[31mred"]),
        Case(
            "F21: quotes in CSV names are doubled",
            #"redis; hashmark bench -p $PORT --csv -n 100 echo '"a"' | tail -1"#,
            out: [#""echo ""a""","#]),
        Case(
            "B2: a reader that has gone ends it quietly with 141",
            """
            redis
            hashmark bench -p $PORT -n 1000000 -t get,set -q 2>e | true; echo ${PIPESTATUS[0]}
            grep -c . e
            """, out: ["141"]),
        Case(
            "B2: a full disk is one line and 1",
            "redis; hashmark bench -p $PORT -q -n 1000 -t get >/dev/full 2>e; echo $?; cat e",
            out: ["1\n", "No space left"]),
        Case(
            "B2: a full or closed stderr costs nothing",
            """
            redis
            hashmark bench -p $PORT -q -n 1000 -t get 2>/dev/full && hashmark bench -p $PORT -q -n 1000 -t get 2>&-
            """, out: ["GET: "]),
        Case(
            "F8: no test, no success",
            "hashmark bench -t ''; echo $?; hashmark bench -t ,", exit: 64, out: ["64"],
            err: ["-t names no test"]),
        Case(
            "F8: a hit ratio without look-ups", "hashmark bench --hit-ratio 0.9 -t set", exit: 64,
            err: ["--hit-ratio needs a test that looks keys up"]),
        Case(
            "F9: a run lasts as long as was asked, and its rate is over that",
            """
            redis; a=$(date +%s%N)
            hashmark bench -p $PORT -q -t get --qps 0.2 --duration 1
            echo lasted $((($(date +%s%N) - a) / 1000000000))
            hashmark bench -p $PORT -q -t get --qps 5 -n 5
            hashmark bench -p $PORT -q -t get --rps 5 --duration 1
            """, out: ["GET: 1.00 requests", "lasted 1", "GET: 5.00 requests"],
            lacks: ["6.25"]),
        Case(
            "A6: with a schedule the intended latencies come first, on stdout",
            "redis; hashmark bench -p $PORT -t get --qps 2000.5 -n 600",
            out: [
                "Latency by percentile distribution from the intended send:",
                "latency summary from the intended send (msec):",
                "latency summary from the actual send (msec):",
            ]),
        Case(
            "F13: --populate fills the key that is asked for",
            "redis; hashmark bench -p $PORT -q -n 1000 -t get --populate --hit-ratio 1",
            err: ["populated 1 keys"]),
        Case(
            "F13: a database that is not empty is not written to",
            """
            redis; redis-cli -p $PORT set mine 1
            hashmark bench -p $PORT -q -n 100 -r 50 -t get --populate; echo $?
            redis-cli -p $PORT dbsize
            """, out: ["1\n1\n"], err: ["the server already holds 1 entries in database 0"]),
        Case(
            "F14: --allow-flush empties the selected database alone",
            """
            redis; redis-cli -p $PORT set mine 1; redis-cli -p $PORT -n 3 set other 1
            hashmark bench -u redis://127.0.0.1:$PORT/3 -q -n 100 -r 50 -t get --populate --allow-flush
            redis-cli -p $PORT get mine; redis-cli -p $PORT -n 3 dbsize
            """, out: ["1\n50"], err: ["populated 50 keys"]),
        Case(
            "F11: passwords are in no artefact, and need not be on the command line",
            """
            redis --requirepass secret1
            hashmark bench -p $PORT -a secret1 -q -n 100 -t get --out o >log 2>&1 || exit
            grep -rc secret1 o log | cut -d: -f2
            REDISCLI_AUTH=secret1 hashmark bench -p $PORT -q -n 100 -t get &&
              VALKEYCLI_AUTH=secret1 hashmark bench -p $PORT -q -n 100 -t get && echo both
            """, out: ["0\n0\n0\n", "both"]),
        Case(
            "B4: a server that closes after an error does not end the run",
            "redis --rename-command CONFIG '' --rename-command INFO ''; "
                + "hashmark bench -p $PORT -q -n 100 -t get", out: ["GET: "]),
        Case(
            "-c 60000 finds the limit before it connects",
            "ulimit -n 500; hashmark bench -p 1 -c 60000 -q -t get", exit: 1,
            err: ["60000 connections need", "the limit is 500"]),
        Case(
            "F7: a large value costs what it weighs",
            "redis; hashmark bench -p $PORT -q -n 1 -c 1 -d 50000000 -t set", out: ["SET: "],
            seconds: 8),
        Case(
            "F7: and nothing where no test writes it",
            "redis; hashmark bench -p $PORT -q -n 100 -d 200000000 -t get", out: ["GET: "],
            seconds: 3),
        Case(
            "A10a: a mix that deletes is not told to populate",
            """
            redis
            hashmark bench -p $PORT -q -n 5000 -r 500 --mix get=50,set=10,del=40 --populate
            """, err: ["the run deletes keys itself"], lacks: ["fill the key range first"]),
        Case(
            "options without effect are refused",
            """
            for line in '-I -n 5' '--self-test --json x' '--arrival poisson' '--key-dist uniform' \\
              '-l --hdr-log x' '--sequential -t get' '--allow-flush' '-t get --num-functions 3' \\
              '-t ping -r 5' '-t ping --populate' '--saturate p99=1ms -n 5' '--ttl 5' \\
              '--mix get=1 -r 5 --sequential' '--mix get=1 -r 5 --value-size 9 -d 4' '--maxdocs 1' \\
              '--precision 9' '--precision=-1' '--threads -3' '--threads 0' '-r=-1' '-r 0' '-k 2' \\
              '-t ping -d 5000' '-t zadd,incr -d 5' '-d 5 echo x' '-t ping --seed 3' '-t set --seed 3' \\
              '-t set -r 5 --sequential --seed 3' '--mix get=1 -r 5 -d 50' '--mix get=1 -r 5 --ttl 5' \\
              '--mix get=1,append=1 -r 5 --ttl 5' '--mix get=100 -r 5 --value-size 100' '-q --csv' \\
              '-s x -h foo' '-s x -p 5' '-u redis://h -h foo' '-p 0' '-p 99999' \\
              '--latency-mode batch' '-t get foo bar' '-x -t get' '--mix set=1 -r 5 --ttl 0'
            do hashmark bench -p 1 $line >o 2>&1; [ $? = 64 ] || { echo "taken: $line"; cat o; }; done
            """, lacks: ["taken"]),
        Case(
            "bench says what it wrote",
            "redis; hashmark bench -p $PORT -q -n 100 -t get --out o --json j.json",
            err: ["wrote j.json and o/run.json and o/index.html"]),
    ]

    /// Every numeric flag with what no flag should be given: refused, or run, but neither a trap
    /// nor a hang.
    static let benchNumbers = [
        "-c", "-n", "-P", "-d", "-r", "-k", "--threads", "--duration", "--warmup", "--rps",
        "--seed",
        "--qps", "--hit-ratio", "--repeat", "--stall-timeout", "--precision", "--dbnum", "--ttl",
        "--num-functions", "--num-keys-in-fcall", "--maxdocs", "-p", "--value-size", "--key-size",
        "--mix",
    ].map { flag in
        let isMix = ["--ttl", "--value-size", "--key-size"].contains(flag)
        let others =
            isMix ? "--mix get=1,set=1 -r 100" : flag == "--mix" ? "-r 100" : "-t set,get"
        let values = "-1 0 1 9223372036854775807 18446744073709551615 1e300 1e-300 nan inf"
        let wrapped = flag == "--mix" ? "set=$value,get=1e308" : "$value"
        return Case(
            "F2: \(flag) takes no number that traps or hangs",
            """
            serve
            for value in \(values); do
              timeout -s INT -k 3 0.15 "$HASHMARK" bench -p $PORT -q \(others) \(flag) \(wrapped) >o 2>&1
              code=$?
              case $code in 0|1|3|64|124) ;; *) echo "trap: \(flag) $value ($code)"; cat o ;; esac
            done
            """, lacks: ["trap:"])
    }
}
