// `hashmark bench --target`: a server is started, filled and measured in one go.

extension Case {
    static let benchTargets = [
        Case(
            "16: one line from nothing to requests per second per core",
            """
            hashmark bench --target ref:valkey-9.1 -t get -q --duration 0.3 >o || exit 9
            wc -l <o; grep -cE '^GET  +[0-9,]+ ops/s  +[0-9,]+ per core  p50 [0-9.]+ p99 [0-9.]+ ms$' o
            """, out: ["1\n1\n"], lacks: ["found no key"]),
        Case(
            "a column without a number has a footnote that says why, of all targets together",
            """
            hashmark bench --target a=ref:valkey-9.1 --target ref:valkey-8.1 -t get -q -n 5 >o || exit 9
            grep -c 'p50 n/a .[0-9]. p99 n/a .[0-9]. ms$' o
            grep -c '^.[0-9]. 5 samples do not carry p50, which takes 20$' o
            grep -cE '^GET +(a|valkey-8.1) .*n/a .[0-9].' o
            """, out: ["2\n2\n2\n"]),
        Case(
            "16: what is started is stopped again",
            """
            hashmark bench --target 'ref:valkey-9.1?seed=987654321' -t ping_mbulk -q --duration 0.2 || exit 9
            pgrep -f 'seed 9876[5]4321' || echo gone
            """, out: ["PING_MBULK  ", "gone"]),
        Case(
            "16: what the tests read and take out is there",
            """
            hashmark bench --target exec:redis-server -t get,mget,lpop,rpop,spop,zpopmin -r 1000 -q \\
              --duration 0.2 --json r.json >o || exit 9
            wc -l <o; python3 -c '
            import json
            record = json.load(open("r.json"))
            for result in record["results"]:
                if result["metric"] == "hit_ratio": print("hits", result["value"])
            '
            """, out: ["6\n", "hits 1"], err: ["populated 1000 keys"],
            lacks: ["found no key", "took out all", "persistence"]),
        Case(
            "16: as many as are asked for can be taken out, and no more",
            """
            hashmark bench --target exec:redis-server -t spop -q -n 5000 --repeat 2
            """, out: ["SPOP  "], lacks: ["took out all"]),
        Case(
            "E: a table of all tests stands behind them",
            """
            hashmark bench --target ref:valkey-9.1 -t set,get -n 2000
            """,
            out: [
                "Target valkey-9.1 (ref:valkey-9.1)\n", "====== SET ======", "====== GET ======",
                "per core", "p99.9\n", "KiB/s\n", "\nSET  ", "\nGET  ",
            ]),
        Case(
            "E: a mix has a row for each of its commands",
            """
            hashmark bench --target ref:valkey-9.1 --mix get=3,set=1 -r 100 -n 4000 >o || exit 9
            grep -oE '^(MIX get=3,set=1|  get|  set) ' o
            """, out: ["MIX get=3,set=1 \n  get \n  set \n"]),
        Case(
            "16: several targets stand against the first, also with -q",
            """
            hashmark bench --target a=ref:valkey-8.1 --target ref:valkey-9.1 -t get,ping_mbulk -q \\
              --duration 0.2 --hdr-log h >o || exit 9
            grep -cE '^(a|valkey-9.1) +(GET|PING_MBULK) +[0-9,]+ ops/s +[0-9,]+ per core' o
            grep -cE '^(GET|PING_MBULK) +(a|valkey-9.1) +[0-9,]+ ' o
            grep -cE ' valkey-9.1 .*[+−][0-9.]+ %' o
            grep -oE '^Tag=[^,]*' h
            """,
            out: [
                "4\n4\n2\n", "Tag=a-GET-GET-actual\n", "Tag=valkey-9.1-PING_MBULK-PING-actual\n",
            ]),
        Case(
            "E: where scripts read, there is no table",
            """
            redis; ln -s "$HASHMARK" redis-benchmark
            hashmark bench -p $PORT -t set,get -r 9 -n 500 -q
            hashmark bench -p $PORT -t set,get -r 9 -n 500 --csv
            ./redis-benchmark -p $PORT -t set,get -r 9 -n 500
            """, out: ["GET: ", "\"GET\",", "====== GET ======"], lacks: ["KiB/s"]),
        Case(
            "E: and under our own name there is one behind several tests",
            "redis; hashmark bench -p $PORT -t set,get -r 9 -n 500", out: ["KiB/s"]),
        Case(
            "16: a running server that is not empty is not written to",
            """
            redis; redis-cli -p $PORT set mine 1
            hashmark bench --target tcp://127.0.0.1:$PORT -t get -q --duration 0.1; echo $?
            redis-cli -p $PORT dbsize
            hashmark bench --target tcp://127.0.0.1:$PORT/3 -t get -q --duration 0.1 | cut -c1-4
            hashmark bench --target tcp://127.0.0.1:$PORT -t get -q --duration 0.1 --allow-flush | cut -c1-4
            redis-cli -p $PORT keys '*'
            """, out: ["1\n1\nGET \nGET \nkey:000000000000\n"],
            err: ["already holds 1 entries in database 0"]),
        Case(
            "16: a target that does not start is one line",
            "hashmark bench --target exec:false -t get -r 5 -q 2>e; echo $?; wc -l <e",
            out: ["1\n1\n"]),
        Case(
            "16: where nobody answers, there is a next step",
            "hashmark bench -p 1 -q -t get -r 5", exit: 1,
            err: ["is a server running there? (--target ref:valkey-9.1 starts one)"]),
        Case(
            "16: what a target says itself has no effect beside it",
            """
            for line in '-h x' '-p 1' '-s x' '-u redis://h' '-a x' '--dbnum 1' '-l' '-I' '--self-test' \\
              '--csv --target ref:valkey-8.1' '-t ping -d 5' '--mix set=1'
            do hashmark bench --target ref:valkey-9.1 $line >o 2>&1
            [ $? = 64 ] || { echo "taken: $line"; cat o; }; done
            """, lacks: ["taken"]),
        Case(
            "C: a warning is said once, with the tests that it holds for",
            """
            redis; hashmark bench -p $PORT -q -t get -r 10 -n 500 --repeat 3 2>err
            grep -c 'found no key: GET (100.0 % of them); fill the key range' err
            grep -c 'found no key' err
            """, out: ["1\n1\n"]),
    ]
}
