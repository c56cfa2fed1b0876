// `hashmark bench`: what it keeps and shows, and what it says of the numbers that it was given.

extension Case {
    static let benchOutput = [
        Case(
            "F11: passwords in commands are in no artefact, report or message",
            """
            redis
            export HASHMARK_HOME='\(home)'
            for line in 'auth S3CRETWORD' 'AUTH bob S3CRETWORD' 'hello 3 auth default S3CRETWORD' \\
              'config set masterauth S3CRETWORD' 'CONFIG SET MasterUser S3CRETWORD' \\
              'migrate 127.0.0.1 1 k 0 5 auth S3CRETWORD' 'migrate 127.0.0.1 1 k 0 5 auth2 u S3CRETWORD' \\
              'acl setuser bob on >S3CRETWORD' 'acl setuser bob #S3CRETWORD !S3CRETWORD' \\
              'nosuch S3CRETWORD ; auth S3CRETWORD' 'config set requirepass S3CRETWORD'
            do
              mkdir run; cd run
              hashmark bench -p $PORT -q -n 1 -c 1 --on-errors ignore --out o --hdr-log h $line >log 2>&1
              for format in text html markdown go action-bigger annotations junit
              do hashmark report o/run.json --format $format >>log 2>&1; done
              grep -rqi S3CRETWORD . && { echo "leaked: $line"; grep -ri S3CRETWORD .; }
              [ -s o/run.json ] && echo looked; cd ..; rm -r run
            done | sort | uniq -c
            """, out: ["11 looked"], lacks: ["leaked"]),
        Case(
            "a key may be called like a command that takes a password",
            "redis; hashmark bench -p $PORT -q -n 9 -c 1 set auth somebody",
            out: ["set auth somebody: "]),
        Case(
            "F11: the connection's password is masked where it comes again as an argument",
            """
            redis --requirepass pw7
            hashmark bench -p $PORT -a pw7 -q -n 9 -c 1 --out o set pw7 y >log 2>&1 || exit
            grep -rc pw7 o log | cut -d: -f2; grep -v "^warning" log | cut -d: -f1 | head -1
            """, out: ["0\n0\n0\nset *** y"]),
        Case(
            "F11: on the wire the password is itself",
            """
            redis --requirepass secret1
            hashmark bench -p $PORT -a secret1 -q -n 9 -c 1 set k secret1; echo
            redis-cli -p $PORT -a secret1 get k 2>/dev/null
            """, out: ["set k ***: ", "\nsecret1\n"]),
        Case(
            "F0: two outputs do not go to one place, whatever it is called",
            """
            for pair in '- -' '- /dev/stdout' '/proc/self/fd/1 /dev/fd/1' 'a ./a' 'a x/../a'; do
              set -- $pair; hashmark bench -p 1 --hdr-log $1 --json $2 >o 2>err
              echo "$? $(grep -c 'two outputs go to' err) $(wc -c <o)"
            done | sort | uniq -c
            """, out: ["5 64 1 0\n"]),
        Case(
            "F0: stdout by any name is the document's, and the text goes to stderr",
            """
            redis
            for path in - /dev/stdout /proc/self/fd/1; do
              hashmark bench -p $PORT -q -n 100 -t ping_mbulk --json $path 2>err |
                python3 -c 'import json,sys; print(json.load(sys.stdin)["schema"])'
              grep -c '^PING_MBULK: .* requests per second' err
            done
            hashmark bench -p $PORT -q -n 100 -t ping_mbulk --hdr-log /dev/stdout | grep -c '^PING'
            """, exit: 1, out: ["hashmark.run/1\n1\nhashmark.run/1\n1\nhashmark.run/1\n1\n0\n"]),
        Case(
            "F4: every warning that is printed counts for --strict, and is recorded",
            """
            redis; redis-cli -p $PORT set key:__rand_int__ 1 >k
            hashmark bench -p $PORT -q -t get -n 300 --strict --json r.json; echo "ended $?"
            grep -c 'all requests use the same key' r.json
            hashmark bench -p $PORT -q -t get -n 300 -r 1 -e --strict
            """, exit: 3, out: ["ended 3\n1\n"],
            err: ["warnings, and --strict makes them errors", "-e has no effect"]),
        Case(
            "F5: percentiles of few samples are not available on either stream",
            """
            redis
            hashmark bench -p $PORT -q -n 5 --qps 100 -t ping_mbulk
            hashmark bench -p $PORT -n 30 --qps 1000 -t ping_mbulk >long; grep -A2 'latency summary' long
            sed -n '/by percentile/,/^$/p' long | cut -d' ' -f1
            """,
            out: [
                "p50=n/a from the intended send, n/a from the actual\n", " n/a       n/a  ",
                "\n0.000%\n50.000%\n100.000%\n",
            ],
            err: ["p50 n/a"]),
        Case(
            "F5: a closed loop's columns stay as scripts know them",
            "redis; hashmark bench -p $PORT -q -n 5 -c 1 -t ping_mbulk", lacks: ["p50=n/a"]),
        Case(
            "A6: each command of a mix has its intended latencies first, and says which they are",
            """
            redis; hashmark bench -p $PORT -q --mix get=1,set=1 -r 5 --populate -n 300 --qps 2000 2>err
            grep -oE '(GET|SET): latency from the (intended|actual)' err
            """,
            out: [
                "GET: latency from the intended\nGET: latency from the actual\n"
                    + "SET: latency from the intended\nSET: latency from the actual\n"
            ]),
        Case(
            "B7: a pipeline that is more than the limit allows is said to be",
            """
            redis; hashmark bench -p $PORT -q -t ping_mbulk --rps 3 -P 10 --duration 1 >first
            awk '/^PING_MBULK: / { print ($2 > 9 && $2 <= 10 ? "ten" : $2) }' first
            hashmark bench -p $PORT -q -t ping_mbulk --rps 200 -P 10 --duration 1
            """, out: ["ten\n"],
            err: ["requests per second are above --rps 3: pipelines are sent whole"],
            lacks: ["above --rps 200"]),
        Case(
            "B18: counts take units and exponents",
            """
            redis; hashmark bench -p $PORT -t set -n 2k -r 1e3 -c 0.002k -P 1e1 --rps 1M -d 1KiB
            hashmark bench -p $PORT -q -t set -n 1e2 -r 1k --qps 10k >/dev/null
            """,
            out: ["2000 requests completed", "  2 parallel clients", "  1024 bytes payload"]),
        Case(
            "B18: and what is none is refused with the option",
            """
            for line in '-n 1.5' '-c 0' '-P x' '-r 1z' '--rps -1' '-d 0' '--repeat 0' '--dbnum -1' \\
              '--seed -1' '--seed x' '--hit-ratio 50%' '--hit-ratio 2' '--hit-ratio nan' '-p x' '-p 0'
            do
              hashmark bench $line >o 2>err; echo "$? $(grep -c "for '${line% *} .*; write" err)"
            done | sort | uniq -c
            hashmark bench --hit-ratio 50%; hashmark bench --seed -1
            """, exit: 64, out: ["15 64 1\n"],
            err: ["'50%' is no number; write a number from 0 to 1", "'-1' is no seed; write"]),
        Case(
            "A10: a life longer than servers take is refused with the range",
            "hashmark bench -p 1 --mix set=1 -r 5 --ttl 9223372036854775807", exit: 64,
            err: ["--ttl", "from 1s to "]),
        Case(
            "a life is a time, as a workload's is, and not millions of seconds",
            """
            for life in 5m 300 300s 0.1h; do
              hashmark memory --target ref:valkey-9.1 --key-size 16 --value-size 16 --entries 100 \
                --ttl $life --quiet --json r.json >text && tr -d ' ' <r.json | grep -o '"ttl":[0-9]*' \
                | sort -u
            done | uniq -c
            hashmark memory --target ref:valkey-9.1 --key-size 16 --value-size 16 --entries 100 --ttl 5ms
            """, exit: 64, out: ["3 \"ttl\":300", "1 \"ttl\":360"], err: ["whole number of seconds"]
        ),
        Case(
            "A10: the longest life is taken, and a server's refusal has a remedy",
            """
            redis; hashmark bench -p $PORT -q -n 100 --mix set=1 -r 5 --ttl 1000000000 || exit
            hashmark bench -p $PORT -q -n 100 set a b ex 9223372036854775
            """, exit: 3, err: ["invalid expire time", "a shorter time to live"]),
    ]

    /// The same under the originals' names.
    static let benchOutputOfOriginals = [
        Case(
            "F6: a full disk is one line and 1 under the originals' names",
            """
            redis; ln -s "$HASHMARK" redis-benchmark
            for flags in -q --csv ''; do
              ./redis-benchmark -p $PORT $flags -r 10 -n 1000 -t set,get >/dev/full 2>e
              echo "$? $(grep -vc '^warning: the machine' e) $(grep -c 'No space left' e)"
            done | sort | uniq -c
            """, out: ["3 1 1 1\n"]),
        Case(
            "F11: the originals' stdout stays, and what is kept is masked",
            """
            redis; ln -s "$HASHMARK" redis-benchmark
            ./redis-benchmark -p $PORT -q -n 9 -c 1 --out o hello 2 setname S3CRETWORD
            ./redis-benchmark -p $PORT -q -n 9 -c 1 --out o config set masterauth S3CRETWORD 2>err
            grep -c S3CRETWORD o/run.json o/index.html err | cut -d: -f2
            """, out: ["config set masterauth S3CRETWORD: ", "0\n0\n0\n"]),
        Case(
            "B6: -e says what holds, and -x without a command is nothing",
            """
            redis; ln -s "$HASHMARK" redis-benchmark
            ./redis-benchmark -p $PORT -q -n 9 -e -x -t get </dev/null
            """, out: ["GET: "], err: ["-e has no effect; the first error ends the run"],
            lacks: ["are counted"]),
        Case(
            "B6: a port that is none cannot be connected to",
            """
            ln -s "$HASHMARK" redis-benchmark
            for port in 99999 0 x -1; do ./redis-benchmark -p $port -q -n 9 -t get 2>e; echo "$? $(wc -l <e)"
            cut -d: -f1 e; done | sort | uniq -c
            """, out: ["4 1 1\n", "4 Could not connect to Redis at 127.0.0.1\n"]),
        Case(
            "usage names the program as it was called",
            """
            ln -s "$HASHMARK" valkey-benchmark
            ./valkey-benchmark --bogus; echo $?; ./valkey-benchmark --mix set=1; echo $?
            """, out: ["1\n1\n"], err: ["Usage: valkey-benchmark", "valkey-benchmark --help"],
            lacks: ["hashmark bench"]),
    ]
}
