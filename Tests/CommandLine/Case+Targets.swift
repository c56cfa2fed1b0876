// Targets, traces, captures and workload files: what is refused, how, and what is never lost.

extension Case {
    /// The shortest way to a server and back: a fill of a few entries.
    private static let memory = "hashmark memory --key-size 8 --value-size 8 --quiet"

    /// A repository `r` whose only commit makes a server, and notes in `count` that it did.
    private static let repository = """
        git init -q r
        printf '#!/bin/sh\\nexec %s serve --table valkey-9.1 "$@"\\n' "$HASHMARK" >r/server.sh
        printf 'server:\\n\\techo built >>../../../count; cp server.sh server; chmod +x server\\n' \
          >r/Makefile
        git -C r add . && git -C r -c user.name=n -c user.email=n@example.org commit -qm one
        """

    static let targets = [
        Case(
            "a commit is a target, and two runs that want it build it once",
            """
            \(repository)
            for i in 1 2; do
              \(memory) --target 'build:HEAD?server=server&repo=r' --cache cache --entries 100 \
                >out$i 2>err$i &
            done
            wait
            cat err?
            grep -c built count; grep -l '    100 ' out1 out2; git -C r status --short
            """,
            out: ["building HEAD (", "1\nout1\nout2\n"]),
        Case(
            "every verb that takes targets takes commits",
            """
            \(repository)
            t='build:nope?repo=r'
            printf '%s\\n' 'schema: hashmark.suite/1' 'name: s' 'title: S' "targets: ['$t']" \
              'workloads: [ycsb-c]' >s.yaml
            for line in "memory --key-size 8 --value-size 8 --entries 9 --target" \
              "bench --target" "counters --mode software --target" "profile --target" \
              "replay ycsb-c --target" "ladder --table valkey-9.1 --target" \
              "compare --baseline ref:valkey-9.1 --candidate" \
              "gate --out o --baseline ref:valkey-9.1 --candidate" \
              "gate --dry-run --candidate ref:valkey-9.1 --baseline"
            do
              hashmark $line "$t" --cache c; echo $?
            done 2>&1 | sort | uniq -c
            hashmark suite s.yaml --cache c
            """, exit: 1,
            out: ["8 1\n", "1 5\n", "9 hashmark: the repository has no commit 'nope'; fetch it"],
            err: ["the repository has no commit 'nope'"]),
        Case(
            "--cache is for commits",
            "\(memory) --target ref:valkey-9.1 --cache c --entries 10", exit: 64,
            err: ["--cache has no effect without a build: target"]),
        Case(
            "F11: an external client's password is seen by others, and that is told",
            """
            redis --requirepass hunter22
            hashmark compare --baseline "a=redis://:hunter22@127.0.0.1:$PORT" \
              --candidate b=ref:valkey-9.1 --client redis-benchmark --rounds 1 \
              --slice-requests 2000 --entries 1000 --workload set-16x64 --blocks 1 --warm-up 10 \
              --quiet >/dev/null
            """, err: ["takes the password on its command line"], lacks: ["hunter22"]),
        Case(
            "F14: an external client loads the database that is compared",
            """
            redis; redis-cli -p $PORT set mine 1
            hashmark compare --baseline "a=redis://127.0.0.1:$PORT/1" --candidate b=ref:valkey-9.1 \
              --client redis-benchmark --rounds 1 --slice-requests 2000 --entries 1000 \
              --workload set-16x64 --blocks 1 --warm-up 10 --quiet >/dev/null
            redis-cli -p $PORT info keyspace
            """, out: ["db0:keys=1,", "db1:keys=1000,"]),
        Case(
            "F3: a URI's password is percent-decoded",
            """
            serve --requirepass 'p@ss/w:rd'
            \(memory) --target "a=redis://:p%40ss%2Fw%3Ard@127.0.0.1:$PORT" --entries 100
            """, out: ["\n    100 "]),
        Case(
            "F3: a user part without a colon is a password, as redis-cli takes it",
            """
            serve --requirepass secret1
            \(memory) --target "a=redis://secret1@127.0.0.1:$PORT" --entries 100
            """, out: ["\n    100 "]),
        Case(
            "F3: errors do not repeat the password",
            "\(memory) --target redis://me:topsecret@127.0.0.1:99999 --entries 10", exit: 64,
            err: ["'99999' for a port"], lacks: ["topsecret"]),
        Case(
            "F11: a password comes from the environment",
            """
            serve --requirepass secret2
            REDISCLI_AUTH=secret2 \(memory) --target "tcp://127.0.0.1:$PORT" --entries 100
            """, out: ["\n    100 "]),
        Case(
            "F5: a unix socket's server has a process",
            """
            serve --unixsocket $PWD/s
            \(memory) --target unix://$PWD/s --entries 1000 --json r.json >/dev/null
            python3 -c 'import json; print([r["value"] is not None for r in json.load(open("r.json"))["results"] if r["metric"].endswith("/rss")])'
            """, out: ["[True]"]),
        Case(
            "F14: --allow-flush empties the named database alone",
            """
            redis
            redis-cli -p $PORT -n 1 set one 1 >/dev/null; redis-cli -p $PORT -n 3 set x 1 >/dev/null
            \(memory) --target redis://127.0.0.1:$PORT/3 --entries 10 --allow-flush >/dev/null
            echo keys $(redis-cli -p $PORT -n 1 dbsize)
            """, out: ["keys 1"]),
        Case(
            "an allowance that permits nothing is refused",
            """
            export HASHMARK_HOME='\(home)'
            for line in "memory --key-size 8 --value-size 8 --entries 9 --target exec:false" \\
              "replay tiny-8x8 --target exec:false" "replay twitter-shaped.csv --target exec:false" \\
              "compare --baseline a=exec:false --candidate b=exec:false" "suite smoke --out o" \\
              "counters --target exec:false --mode software" "bench --target exec:false -t get"
            do hashmark $line --allow-flush >out 2>err
            echo "$? $(grep -c 'allow-flush has no effect' err)"; done | sort | uniq -c
            for options in "" "--host 0.0.0.0 --requirepass pw"
            do hashmark serve --table valkey-9.1 $options --insecure >out 2>err
            echo "$? $(grep -c 'insecure has no effect, for .*; leave it out' err)"; done | sort | uniq -c
            """, out: ["7 64 1\n", "2 64 1\n"]),
        Case(
            "F14: a refusal names the database that has keys",
            """
            redis
            redis-cli -p $PORT -n 3 set x 1 >/dev/null
            \(memory) --target redis://127.0.0.1:$PORT/3 --entries 10
            """, exit: 1, err: ["in database 3", "FLUSHDB"]),
        Case(
            "F15: a server that daemonises is refused and not left running",
            """
            \(memory) --target "exec:redis-server --daemonize yes --unixsocket $PWD/s" --entries 10; code=$?
            sleep 0.2; redis-cli -s $PWD/s ping 2>/dev/null | grep -q PONG && echo stray
            exit $code
            """, exit: 1, err: ["background", "--daemonize no"], lacks: ["stray"]),
        Case(
            "F15: exec: takes the password from the command line, and does not show it",
            """
            \(memory) --target 'exec:redis-server --requirepass hunter2' --entries 100 --json r.json
            grep spelling r.json
            """, out: ["\n    100 ", "--requirepass ***"], lacks: ["hunter2"]),
        Case(
            "F15: a server that wants a password says how to give it",
            """
            echo 'requirepass hidden' > c.conf
            \(memory) --target 'exec:redis-server c.conf' --entries 10
            """, exit: 1, err: ["wants a password", "--requirepass", "REDISCLI_AUTH"]),
        Case(
            "F15: a server that loads its data is waited for",
            """
            redis; for i in $(seq 500); do echo SET key:$i value; done | redis-cli -p $PORT >/dev/null
            redis-cli -p $PORT save >/dev/null
            \(memory) --target "exec:redis-server --dir $PWD --key-load-delay 2000 \\
              --loading-process-events-interval-bytes 1024" --entries 100
            """, out: ["\n    100 "]),
        Case(
            "F4: a mark and CR line ends lose no record",
            """
            printf '\\xef\\xbb\\xbf5,a,2,3,1,set,0\\r6,b,2,3,1,set,0\\r' > t.csv
            hashmark capture --from t.csv --quiet
            """, out: ["a twitter trace of 2 records", "keys: 2 "]),
        Case(
            "F18: times that go back are said",
            """
            printf '5,a,2,3,1,set,0\\n3,a,2,3,1,get,0\\n' > t.csv
            hashmark replay t.csv --target ref:valkey-9.1 --speed 10 --quiet
            """, err: ["1 of 2 records is earlier than one before it, by up to 2 s"]),
        Case(
            "B15: an option of ref: is checked before the launch",
            "\(memory) --target 'ref:valkey-9.1?mtch=scalar' --entries 10", exit: 64,
            err: ["no option 'mtch'", "did you mean `match`?"], seconds: 20),
        Case(
            "B15: so is the table",
            "\(memory) --target 'ref:valkey9.1' --entries 10", exit: 64,
            err: ["no table 'valkey9.1'", "did you mean `valkey-9.1`?"]),
        Case(
            "B15: an option that the table does not have is refused",
            "\(memory) --target 'ref:valkey-7.2?match=scalar' --entries 10", exit: 64,
            err: ["'match'", "valkey-8.1"]),
        Case(
            "so it is by the server itself",
            "hashmark serve --port 0 --table valkey-8.0 --lookahead 1", exit: 64,
            err: ["valkey-8.0 has no buckets that 'lookahead' is about"]),
        Case(
            "F4: a trace that is all heading is an error",
            """
            echo 'timestamp,key,key size,value size,client id,operation,TTL' > t.csv
            hashmark replay t.csv --target ref:valkey-9.1 --quiet
            """, exit: 1, err: ["the trace has no record"]),
        Case(
            "F4: a trace of which all is skipped is an error",
            """
            printf 'x\\ny\\n' > t.csv
            hashmark replay t.csv --target ref:valkey-9.1 --skip-bad --quiet
            """, exit: 1, err: ["none of its 2 records can be read"]),
        Case(
            "F12: a trace of sizes 0 is captured",
            """
            printf '0,k%d,0,0,1,set,0\\n' 1 2 3 > t.csv
            hashmark capture --from t.csv --output w.yaml --quiet && hashmark workload check w.yaml
            """, out: ["w.yaml: sound"]),
        Case(
            "F12: an extreme key and time to live are cut, and said",
            """
            redis
            head -c 70000 /dev/zero | tr '\\0' k > key
            redis-cli -p $PORT -x set long < key >/dev/null
            (printf 'SET '; cat key; printf ' v\\n') | redis-cli -p $PORT >/dev/null
            redis-cli -p $PORT set a b EX 10000000000 >/dev/null
            hashmark capture --from tcp://127.0.0.1:$PORT --interval 0 --output w.yaml --quiet
            grep '^# Cut' w.yaml; hashmark workload check w.yaml
            """, out: ["65535 bytes", "seconds", "w.yaml: sound"]),
        Case(
            "B4: numbers that other findings refuse are not computed with",
            """
            printf 'schema: hashmark.workload/1\\nname: w\\nkeyspaces:\\n  - {keys: 10, populated: -1, key_size: 8, value_size: 8}\\noperations:\\n  - {command: GET {key}}\\n' > w.yaml
            sed -i 's/{command: GET {key}}/command: GET {key}/' w.yaml
            hashmark workload check w.yaml
            """, exit: 1, out: ["w.yaml:4: populated -1 is not in 0 … 1"]),
        Case(
            "F2: a rate that no schedule can keep is refused with its line",
            """
            printf 'schema: hashmark.workload/1\\nname: w\\nkeyspaces:\\n  - {keys: 10, key_size: 8, value_size: 8}\\noperations:\\n  - command: GET {key}\\nload: {arrival: {poisson: {rate: 1e-300}}}\\nphases:\\n  - measure: {duration: 1e300s}\\n' > w.yaml
            hashmark workload check w.yaml
            """, exit: 1, out: ["w.yaml:7: ", "w.yaml:9: ", "out of range"]),
        Case(
            "F4: a byte-order mark does not spoil a workload file",
            """
            printf '\\xef\\xbb\\xbfschema: hashmark.workload/1\\nname: w\\nkeyspaces:\\n  - {keys: 10, key_size: 8, value_size: 8}\\noperations:\\n  - command: GET {key}\\n' > w.yaml
            hashmark workload check w.yaml
            """, out: ["w.yaml: sound"]),
    ]
}
