// TLS, as somebody has it who gives flags, URLs and certificates.
import TestSupport

extension Case {
    /// Certificates in the folder, and a server with one of them that asks none of its clients.
    private static let prepared = """
        \(Certificates.script)
        encrypted() {
          serve --tls-port 0 --tls-cert-file ${1:-server.crt} --tls-key-file server.key \\
            --tls-auth-clients no "${@:2}"
          TLS=$(sed 's/.*tls=//' ready)
        }
        shown() { grep -c "$1" r.json; }

        """

    static let encrypted = [
        Case(
            "bench over TLS tells what was agreed on, and what the handshakes took",
            prepared + """
                encrypted
                hashmark bench -h localhost -p $TLS --tls --cacert ca.crt -t set,get -n 2000 -c 20 \\
                  -P 8 --json r.json >out || exit
                for word in TLSv1.3 'chain and name' CN=localhost handshakes_per_s \\
                  tls_records_per_op handshakes_resumed_ratio
                do [ $(shown "$word") -gt 0 ] || echo missing "$word"; done
                """, err: ["TLS: TLSv1.3", "20 TLS handshakes", "verified: chain and name"],
            lacks: ["missing"]),
        Case(
            "a connection for every batch has its handshake apart from its latency",
            prepared + """
                encrypted
                hashmark bench -u valkeys://localhost:$TLS?cacert=ca.crt -t ping_mbulk -n 200 -c 4 \\
                  -k 0 -q
                """, out: ["PING_MBULK"], err: ["PING_MBULK: 20", " TLS handshakes, "]),
        Case(
            "handshakes alone, whole and resumed, on several threads",
            prepared + """
                encrypted server.crt --threads io:2
                server="-h localhost -p $TLS --tls --cacert ca.crt -c 8 -q"
                hashmark bench $server --handshakes 60 --threads 2 2>err; grep -o '60 .* resumed' err
                hashmark bench $server --handshakes 60 --tls-resume 2>err; grep -o '60 .* resumed' err
                """,
            out: ["HANDSHAKE: ", "HANDSHAKE (resumed): ", ", 0.0 % resumed", ", 86.7 % resumed"]),
        Case(
            "a reference server with a certificate is a target, and so is one by its URL",
            prepared + """
                hashmark bench --target 'ref:valkey-9.1?tls-cert-file=server.crt&tls-key-file=server.key&tls-ca-cert-file=ca.crt' \\
                  -t get -r 100 -n 1000 -q --json r.json || exit
                echo $(shown TLSv1.3) $(shown '"chain"')
                encrypted
                hashmark replay tiny-8x8 --target "valkeys://localhost:$TLS?cacert=$PWD/ca.crt" \\
                  --entries 1000 --requests 1000 --no-memory --quiet --json r.json >out || exit
                echo $(shown TLSv1.3)
                """, out: ["1 1\n1\n"]),
        Case(
            "a server that is started speaks TLS where its command line says so",
            prepared + """
                hashmark bench --target "exec:redis-server --port 0 --tls-port {port} --tls-cert-file \\
                  server.crt --tls-key-file server.key --tls-ca-cert-file ca.crt" -t get -r 100 \\
                  -n 1000 -q --json r.json || exit
                echo $(shown TLSv1.3) $(shown '"chain"')
                """, out: ["1 1\n"]),
        Case(
            "the original's flags mean what they mean there: the chain, and no name",
            prepared + """
                ln -s "$HASHMARK" valkey-benchmark
                encrypted other.crt
                flags="-h localhost -p $TLS -t ping_mbulk -n 100 -q"
                ./valkey-benchmark $flags --tls --cacert ca.crt | tr '\\r' '\\n' | grep -c 'per second, p50'
                hashmark bench $flags --tls --cacert ca.crt --sni other.example | grep -c 'per second'
                hashmark bench $flags --tls --insecure | grep -c 'per second'
                """, out: ["1\n1\n1\n"]),
        Case(
            "no connection is one line of cause and remedy, and exit 1",
            prepared + """
                try() {
                  hashmark bench -h localhost -p $TLS --tls --cacert ${2:-ca.crt} -t ping -n 9 -q \\
                    >out 2>err
                  echo $? $(grep -c . err) $(grep -c "$1.*; " err)
                }
                encrypted expired.crt; try 'has expired'
                encrypted self.crt; try 'is self-signed'
                encrypted other.crt; try 'for another name'
                encrypted server.crt; try 'not known here' self.crt
                try 'there is no file none.crt with certificates' none.crt
                serve --tls-port 0 --tls-cert-file server.crt --tls-key-file server.key \\
                  --tls-ca-cert-file ca.crt
                TLS=$(sed 's/.*tls=//' ready); try 'does not take this client.s certificate'
                TLS=$((10000 + RANDOM % 20000))
                openssl s_server -www -accept $TLS -cert server.crt -key server.key -tls1_1 \\
                  -cipher ALL:@SECLEVEL=0 >s_server.out 2>&1 & started+=($!)
                until (exec 3<>/dev/tcp/localhost/$TLS) 2>/dev/null; do sleep 0.02; done
                try 'no version of TLS in common'
                TLS=$PORT; try 'did not answer the TLS handshake\\|does not speak TLS'
                """, out: [[String](repeating: "1 1 1\n", count: 8).joined()]),
        Case(
            "a folder of authorities is told apart from one that is not there, or not hashed",
            prepared + """
                encrypted
                try() {
                  hashmark bench -h localhost -p $TLS --tls --cacertdir cas -t ping -n 9 -q \\
                    >out 2>err
                  echo $? $(grep -c . err) $(grep -c "$1.*; " err)
                }
                try 'there is no folder cas'
                mkdir cas; cp ca.crt cas; try 'the folder cas holds no certificate'
                openssl rehash cas 2>rehash.err; try nothing | cut -c 1
                """, out: ["1 1 1\n1 1 1\n0\n"]),
        Case(
            "clusters are encrypted as single servers are, whether started or running",
            prepared + """
                tls='tls-cert-file=server.crt&tls-key-file=server.key'
                tls="$tls&tls-ca-cert-file=ca.crt"
                hashmark bench --target "cluster:2*ref:valkey-9.1?$tls" -t set,get -r 1000 -n 1000 \\
                  -c 4 -q --json r.json >bench || exit
                echo $(shown TLSv1.3)
                encrypted server.crt --cluster 1
                for query in "cacert=ca.crt" "insecure=1"; do
                  hashmark bench --target "cluster://127.0.0.1:$TLS?$query" -t set -r 100 -n 100 \\
                    -q --json r.json >bench || exit
                  echo $(shown TLSv1.3)
                done
                hashmark bench --target "cluster://127.0.0.1:$TLS?cacert=none.crt" -t set -n 9 -q
                """, exit: 1, out: ["1\n1\n1\n"], err: ["there is no file none.crt"]),
        Case(
            "openssl’s own client and server agree with ours",
            prepared + """
                encrypted
                printf 'PING\\r\\nQUIT\\r\\n' | openssl s_client -quiet -connect localhost:$TLS \\
                  -CAfile ca.crt -verify_return_error -verify_hostname localhost 2>/dev/null
                redis-cli --tls --cacert ca.crt -p $TLS set a b
                """, out: ["+PONG", "OK"]),
        Case(
            "values larger than any buffer cross whole, whoever reads and writes",
            prepared + """
                head -c 5000000 /dev/zero | tr '\\0' x >big
                for threads in single io:2; do
                  encrypted server.crt --threads $threads
                  redis-cli --tls --cacert ca.crt -p $TLS -x set big <big
                  redis-cli --tls --cacert ca.crt -p $TLS get big | wc -c
                  hashmark bench -h localhost -p $TLS --tls --cacert ca.crt -t set,get -d 100000 \\
                    -n 500 -c 8 -P 8 -q 2>err | grep -c 'per second'
                done
                """, out: ["OK\n5000001\n2\nOK\n5000001\n2\n"]),
        Case(
            "options that have no effect, or not enough, are refused",
            prepared + """
                for line in "--cacert x" "--tls-resume" "--handshakes 9" "--tls -s x.sock" \\
                  "--tls --cert x" "--tls --insecure --cacert x" "--tls --handshakes 9 -P 2" \\
                  "--target tcp://127.0.0.1:1 --sni x"
                do hashmark bench $line >out 2>err; echo $? $(grep -c '^Error: -' err); done
                for line in "--tls-key-file x" "--tls-port 0" \\
                  "--tls-port 0 --tls-cert-file server.crt --tls-key-file server.key"
                do hashmark serve --table valkey-9.1 $line >out 2>err; echo $? $(grep -c . err); done
                """, out: [[String](repeating: "64 1\n", count: 11).joined()]),
    ]
}
