// `bench` under the names of redis-benchmark and valkey-benchmark, beside Debian's redis-benchmark.

extension Case {
    /// `both ARGS…` runs the original and ours with the same arguments: the exit codes and the
    /// shape of stdout (progress dropped, numbers as N) must be the same.
    private static let both = #"""
        ln -s "$HASHMARK" redis-benchmark; ln -s "$HASHMARK" valkey-benchmark
        shape() { sed -E 's/.*\r//; s/-?[0-9]+(\.[0-9]+)?/N/g; s/ +/ /g' "$1" | grep -v cumulative; }
        both() {
          timeout 20 /usr/bin/redis-benchmark -p $PORT "$@" >theirs 2>theirs.err </dev/null; a=$?
          timeout 20 ./redis-benchmark -p $PORT "$@" >ours 2>ours.err </dev/null; b=$?
          shape theirs >t; shape ours >o
          if [ $a = $b ] && diff t o >d; then echo "same: $*"
          else echo "differ: $* ($a, $b)"; cat d ours.err; fi
        }
        """#

    /// A script as people write them: it takes the tool's name and must not notice which it is.
    private static let script = #"""
        cat >job <<'JOB'
        tool=$1; port=$2
        set -o pipefail
        $tool -p $port -q -n 2000 -t set,get | tr '\r' '\n' | grep -c 'requests per second'
        $tool -p $port -q -n 2000 -t ping_mbulk | tr '\r' '\n' | grep 'requests per' | awk '{print NF, $1}'
        $tool -p $port --csv -n 2000 -t incr | tail -1 | cut -d, -f1
        $tool -p $port --csv -n 2000 -t incr | head -1 | tr , '\n' | wc -l
        $tool -p $port -n 2000 -t mset | grep -c 'throughput summary'
        $tool -p $port -q -n 2000 -t set,nosuch >/dev/null && echo unknown tests are passed over
        $tool -p $port -q -n 1e3 -t set >/dev/null && echo 1e3 is 1
        $tool -p $port -a wrong -q -n 10 -t set >/dev/null 2>&1 || echo wrong auth: $?
        $tool -p $port -n 10 nosuchcommand >/dev/null 2>err || echo errors: $?
        grep -o 'Error from server: ERR unknown command' err
        $tool -h no.such.invalid -q -n 10 -t set >/dev/null 2>err || echo no server: $?
        grep -ci 'could not connect' err | sed 's/[1-9]/some/'
        JOB
        """#

    static let benchOriginals = [
        Case(
            "a script around redis-benchmark runs unchanged",
            both + "\n" + script + "\n"
                + """
                redis
                bash job redis-benchmark $PORT >theirs 2>e; bash job ./redis-benchmark $PORT >ours 2>e
                diff theirs ours && cat ours
                """,
            out: [
                "7 PING_MBULK:", "\"INCR\"", "unknown tests are passed over", "errors: 1",
                "wrong auth: 1", "no server: 1", "some",
            ]),
        Case(
            "B6: numbers and tests are read as the original reads them",
            both
                + """

                redis
                for n in 2000 2000x +2000; do both -q -n $n -t set; done
                both -q -n 2000 -t set,bogus; both -q -n 2000 -t bogus; both -q -n 2000 -t ''
                both -q -n 2000 -t ,; both -q -n 2000 -P 0 -t set; both -q -n 2000 -r 0 -t set
                both -q -n 2000 -d 0 -t set; both -q -n 2000 -d -5 -t set; both -q -n 2000 -r abc -t set
                both -q -n 2000 --threads -1 -t set; both -q -n 2000 -c 3x -t set
                both -q -n 2000 -k 1 -e -t set,get; both --csv -n 2000 -t set; both -n 2000 -t set,lpush
                """, out: ["same: -q -n 2000 -t bogus", "same: --csv"], lacks: ["differ:"]),
        Case(
            "B6: -n 0 runs until it is interrupted, as there",
            both
                + """

                redis
                for tool in redis-benchmark ./redis-benchmark; do
                  timeout 0.6 $tool -p $PORT -q -n 0 -t set >/dev/null 2>&1; echo ended $?
                done
                """, out: ["ended 124\nended 124"]),
        Case(
            "B1: the first error ends the run with 1, as there",
            both
                + """

                redis; redis-cli -p $PORT set mylist x >k
                both -q -n 2000 foo bar; cat ours.err
                both -q -n 2000 -t lpush; cat ours.err
                both -q -n 2000 -t get,lpush,set
                """,
            out: [
                "same: -q -n 2000 foo bar", "Error from server: ERR unknown command",
                "Error from server: WRONGTYPE", "same: -q -n 2000 -t get,lpush,set",
            ], lacks: ["differ:"]),
        Case(
            "B1: a command that the server lacks ends the run with 1",
            both + "\nredis --rename-command LPUSH ''\nboth -q -n 2000 -t lpush; cat ours.err",
            out: ["same:", "Error from server: ERR unknown command"], lacks: ["differ:"]),
        Case(
            "B3: the version is in the original's form",
            both
                + """

                PORT=1
                ./redis-benchmark --version; ./redis-benchmark -v; ./valkey-benchmark --version
                ./redis-benchmark --version | grep -qE '^redis-benchmark [0-9]+\\.[0-9]+\\.[0-9]+' && echo form
                """, out: ["redis-benchmark 7.", "valkey-benchmark 9.", "form"],
            lacks: ["hashmark bench"]),
        Case(
            "an option that is none ends with 1, as there",
            both + "\nPORT=1\n./redis-benchmark --bogus", exit: 1),
        Case(
            "F11: the original does not read REDISCLI_AUTH, and neither do we",
            both + "\nredis\nexport REDISCLI_AUTH=x\nboth -q -n 2000 -t set", out: ["same:"]),
        Case(
            "A6: the columns of the original stay, with one line on stderr",
            both
                + """

                redis
                both -q -n 400 -t set --rps 1000; cat ours.err
                """, exit: 0, out: ["latency from the intended send"],
            lacks: ["from the actual send"]),
        Case(
            "in a cluster there are as many threads as nodes, unless --threads says otherwise",
            both
                + """

                serve --cluster 1; A=$PORT; a=$(redis-cli -p $A cluster myid)
                serve --cluster 1; B=$PORT; b=$(redis-cli -p $B cluster myid)
                redis-cli -p $A hashmark peer $b 127.0.0.1 $B 8192 16383
                redis-cli -p $B hashmark peer $a 127.0.0.1 $A 0 8191
                for threads in '' '--threads 1'; do
                  ./valkey-benchmark --cluster $threads -p $A -t set -n 2000 -r 100 | tr '\\r' '\\n' |
                    grep -o 'threads: .*'
                done
                """, out: ["threads: 2\nthreads: 1\n"]),
    ]
}
