// The reference server: what clients may send, and what real servers answer.

extension Case {
    /// `cli WORDS…`: one command on a connection of its own. `raw BYTES`: bytes as printf spells
    /// them, and all that comes back within the time.
    private static let talk = """
        cli() { redis-cli -p $PORT "$@"; }
        # In one write: bash would send each line by itself, the last ones to a closed connection.
        raw() {
          printf "$1" >request; exec 3<>/dev/tcp/127.0.0.1/$PORT
          cat request >&3; timeout ${2:-1} cat <&3; exec 3>&-
        }

        """

    static let server = [
        Case(
            "B1: the largest COUNT is a count",
            talk
                + """
                serve --table valkey-7.2; cli set k v; cli scan 0 count 9223372036854775807
                serve; cli set k v; cli scan 0 count 9223372036854775807; cli ping
                """, out: ["k", "PONG"]),
        Case(
            "B2: a setting that would overflow is refused, the largest one lives through ticks",
            talk
                + """
                serve; cli config set timeout 99999999999999; cli config set timeout 2147483647
                cli config set maxclients 9223372036854775807
                cli config set maxmemory 9223372036854775807; sleep 0.3; cli info memory; cli ping
                """,
            out: [
                "argument must be between 0 and 2147483647 inclusive",
                "argument must be between 1 and 4294967295 inclusive", "PONG",
            ]),
        Case(
            "B1: a limit of the server past its type is a bad value",
            "hashmark serve --table valkey-9.1 --maxclients 9223372036854775807", exit: 64,
            err: ["maxclients: use an integer from 1 to 4294967295"]),
        Case(
            "B1: a time-out past its type is a bad value",
            "hashmark serve --table valkey-9.1 --timeout 99999999999999", exit: 64,
            err: ["timeout: use an integer of seconds from 0 (never) to 2147483647"]),
        Case(
            "B1: a made regression past its range is told the range",
            "hashmark serve --table valkey-9.1 --inject cpu-ns:9223372036854775807", exit: 64,
            err: [
                "inject: use cpu-ns:N with N from 1 to 1000000, entry-bytes:N from 1 to 8192,"
                    + " chase:N from 1 to 1000 or touch:N from 1 to 2"
            ]),
        Case(
            "B1: more bytes than there are is told how many may be",
            "hashmark serve --table valkey-9.1 --output-limit 9223372036854775808", exit: 64,
            err: ["use bytes from 0 (no limit) to 9223372036854775807, such as 64KiB, 100mb or 1gb"]
        ),
        Case(
            "A host that nobody knows is told so, before it is asked for a password",
            "hashmark serve --table valkey-9.1 --host nosuch.invalid", exit: 64,
            err: ["bad value 'nosuch.invalid' for host: the name is not known"],
            lacks: ["other machines"]),
        Case(
            "An address that stands for all needs a password",
            "hashmark serve --table valkey-9.1 --host 0", exit: 64,
            err: ["0 can be reached from other machines"]),
        Case(
            "SHUTDOWN with words that contradict each other leaves the server running",
            talk + "serve; cli shutdown nosave save; cli shutdown abort; cli ping",
            out: ["ERR syntax error\n\nERR No shutdown in progress.\n\nPONG"]),
        Case(
            "B: I/O threads that cannot all start end with one line",
            "ulimit -n 16; hashmark serve --table valkey-9.1 --threads io:15", exit: 1,
            err: ["cannot serve"]),
        Case(
            "S1: a filter that is no filter kills nobody",
            talk
                + """
                serve; cli client kill skipme maybe; cli client kill type nosuch
                cli client kill maxage 0; cli client kill flags q; cli client unblock 1 nosuch
                (echo client setname other; sleep 1) | redis-cli -p $PORT >/dev/null & sleep 0.3
                cli client kill name nobody skipme no; cli client kill name other; wait %3 || true
                cli client list
                """,
            out: [
                "ERR syntax error", "ERR Unknown client type 'nosuch'",
                "ERR maxage should be greater than 0",
                "ERR Unknown flags found in the provided filter: q",
                "ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR", "\n0\n", "\n1\n",
                "flags=N", "cmd=client|list",
            ]),
        Case(
            "S2: lines of HTTP end the connection, and what comes after them is not executed",
            talk
                + """
                serve; raw 'POST / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\nSET a 1\\r\\n'
                raw 'Host: x\\r\\nSET a 1\\r\\n'; raw '*1\\r\\n$4\\r\\npost\\r\\nSET a 1\\r\\n'
                cli exists a; cat serve.err >&2
                """, out: ["0"], err: ["SECURITY ATTACK", "aborted"], lacks: ["OK", "ERR"]),
        Case(
            "S3: a time that GETEX PXAT gave is never longer than it was given",
            talk
                + """
                serve; exec 3<>/dev/tcp/127.0.0.1/$PORT; printf 'SET k v\\r\\n' >&3; read -r x <&3
                for i in {1..500}; do
                  now=${EPOCHREALTIME/./}
                  printf 'GETEX k PXAT %s\\r\\nPTTL k\\r\\n' $((now / 1000 + 10000)) >&3
                  read -r x <&3; read -r x <&3; read -r left <&3; left=${left//[^0-9]/}
                  [ $left -le 10000 ] || echo "late: $left"
                done; echo through
                """, out: ["through"], lacks: ["late"]),
        Case(
            "S5: INCRBYFLOAT beyond a double is spelled in full",
            talk
                + """
                serve; cli incrbyfloat k 1e308 >/dev/null; cli incrbyfloat k 1e308; cli strlen k
                cli incrbyfloat k 1e4933; cli set k 1e4932; cli incrbyfloat k 1e4932
                """,
            out: [
                "19999999999999999999337175931169129132112019969483113", "\n309\n",
                "ERR value is not a valid float", "ERR increment would produce NaN or Infinity",
            ]),
        Case(
            "S6: a second IFEQ is an error; what real servers take twice is taken",
            talk
                + """
                serve; cli set k a ifeq a ifeq b; cli set k a xx xx get; cli set k a xx xx
                cli set k a ex 10 ex 20; cli getex k ex 10 ex 20; cli getex k persist persist
                """, out: ["ERR syntax error\n\n\n\nOK\na\na\n"]),
        Case(
            "S9: hits, misses and expired keys are counted as real servers count them",
            talk
                + """
                serve; cli set k v; cli ttl k; cli type k; cli object encoding k; cli pttl no
                cli type no; cli expiretime no; cli delifeq no v; cli memory usage no
                cli expire k -1; cli expire no -1; cli info stats
                """, out: ["keyspace_hits:3\r\n", "keyspace_misses:3\r\n", "expired_keys:1\r\n"]),
        Case(
            "S10: 9.1 looks at GETEX's time before the key, 7.2 the other way round",
            talk
                + """
                serve; cli getex no ex abc; cli getex no ex 0; serve --table valkey-7.2
                echo "72:$(cli getex no ex abc)."
                """,
            out: [
                "ERR value is not an integer", "ERR invalid expire time in 'getex' command",
                "72:.",
            ]),
        Case(
            "S11: quotes may end within a word",
            talk
                + """
                serve; raw 'SET "a"b c\\r\\nGET ab\\r\\nECHO x"y z"\\r\\nECHO "a"b"\\r\\n'
                """,
            out: ["+OK\r\n$1\r\nc\r\n$4\r\nxy z\r\n-ERR Protocol error: unbalanced quotes"]),
        Case(
            "S12: a bulk that does not end with CRLF is a protocol error",
            talk + "serve; raw '*2\\r\\n$4\\r\\nECHO\\r\\n$1\\r\\naXX*1\\r\\n$4\\r\\nPING\\r\\n'",
            out: ["-ERR Protocol error: invalid CRLF in request\r\n"], lacks: ["PONG"]),
        Case(
            "S13: OBJECT ENCODING follows the release and what was done to the value",
            talk
                + """
                show() { echo "$1 $(cli object encoding k)"; }
                v=$(printf 'a%.0s' {1..100}); serve; cli set k "$v"; show embeds; cli set k 5
                cli append k 1; show append; cli incr k; show incr; cli incrbyfloat k 1; show float
                cli setrange k 0 7; show part; cli copy k c; echo "copy $(cli object encoding c)"
                cli set k ab; show set; serve --table valkey-7.2; cli set k "$v"; show long
                """,
            out: [
                "embeds embstr", "append raw", "incr int", "float embstr", "part raw", "copy raw",
                "set embstr", "long raw",
            ]),
        Case(
            "S16: a reader of 400 replies of 1 MB is served",
            talk
                + """
                serve; head -c 1000000 /dev/zero | tr '\\0' v | redis-cli -p $PORT -x set k
                exec 3<>/dev/tcp/127.0.0.1/$PORT
                for i in {1..400}; do printf 'GET k\\r\\n'; done >&3; printf 'QUIT\\r\\n' >&3
                sleep 0.3; cat <&3 | wc -c; awk '/VmHWM/ { print ($2 < 200000) ? "small" : $0 }' \\
                  /proc/$PID/status
                """, out: ["400004805", "small"]),
        Case(
            "S17: maxclients is what the limit of open files leaves",
            talk
                + """
                ulimit -n 256; serve; cli config get maxclients; cli config set maxclients 1000
                cat serve.err >&2
                """,
            out: ["\n224\n", "The operating system is not able to handle the specified number"],
            err: ["the limit of open files leaves room for 224 clients, not 10000"]),
    ]
}
