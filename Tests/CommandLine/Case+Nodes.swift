// NUMA nodes for servers and load generator. What they do is for machines that have some:
// Scripts/test-numa makes one. Here, most of all: what is refused, and that one node is no choice.
import LinuxSystem

extension Case {
    private static let pair = "--baseline a=exec:false --candidate b=exec:false"
    private static let memory = "memory --key-size 8 --value-size 8 --entries 100"
    private static let hasOneNode = (NumaTopology.current?.nodes.count ?? 0) <= 1

    /// Every verb that launches servers, in a form that ends at once where an option is refused.
    private static let verbs = """
        export HASHMARK_HOME='\(home)'
        verbs=("compare \(pair)" "gate \(pair)" "suite smoke --out o" \
          "replay ycsb-c --target exec:false" "replay t.csv --format twitter --target exec:false" \
          "bench --target exec:false" "\(memory) --target exec:false" \
          "counters --target exec:false --mode software" "ladder --table valkey-9.1")
        """

    static let nodes: [Case] = refusedNodes + (hasOneNode ? onOneNode : [])

    private static let refusedNodes: [Case] = [
        Case(
            "a node that is not there is refused by every verb, with those that are",
            """
            \(verbs)
            for verb in "${verbs[@]}"; do for side in server client
            do hashmark $verb --$side-node 63 >out 2>err
            echo "$? $(grep -c -- "--$side-node 63: there is no such node here; use 0 *" err)"
            done; done | sort | uniq -c
            """, out: ["18 64 1\n"]),
        Case(
            "what is no list of nodes, and no policy, is refused",
            """
            \(verbs)
            for verb in "${verbs[@]}"; do for option in "--server-node x" "--client-node 1-0" \
              "--server-node=-1" "--numa-policy sideways"
            do hashmark $verb $option >out 2>err; echo "$? $(grep -c 'is invalid for' err)"
            done; done | sort | uniq -c
            """, out: ["36 64 1\n"]),
        Case(
            "a policy of nodes needs some",
            """
            for mode in bind preferred
            do hashmark compare \(pair) --numa-policy $mode; echo $?; done
            """, out: ["64\n64\n"],
            err: ["--numa-policy bind needs a node; give --server-node", "preferred needs a node"]),
        Case(
            "nodes of servers that run already, of simulated counts and without a server are none",
            """
            hashmark \(memory) --target tcp://127.0.0.1:1 --server-node 0; echo $?
            hashmark replay ycsb-c --target tcp://127.0.0.1:1 --numa-policy local; echo $?
            hashmark bench --server-node 0 -t get; echo $?
            hashmark counters --target ref:valkey-9.1 --mode simulated --client-node 0; echo $?
            """, out: ["64\n64\n64\n64\n"],
            err: [
                "--server-node has no effect on servers that run already",
                "--numa-policy has no effect on servers that run already",
                "--server-node needs --target", "no effect on simulated counters",
            ]),
    ]

    private static let placed = "--server-node 0 --client-node 0 --numa-policy preferred"

    private static let onOneNode: [Case] = [
        Case(
            "one node is no choice, and the record says so",
            """
            hashmark \(memory) --target a=ref:valkey-9.1 \(placed) --json r.json --quiet >/dev/null
            hashmark bench --target b=ref:valkey-9.1 -t get -n 1000 -q \(placed) --json s.json \
              >/dev/null
            cat >show.py <<'END'
            import json
            for path in ("r.json", "s.json"):
                record = json.load(open(path))
                print([(p.get("target"), p["policy"], p["nodes"], p["outcome"])
                       for p in record["placements"]])
                print({r["conditions"]["numa"] for r in record["results"]})
                print([r["metric"] for r in record["results"] if "numa" in r["metric"]])
            END
            python3 show.py
            """,
            out: [
                "[('a', 'preferred', [0], 'trivial'), (None, 'bind', [0], 'trivial')]",
                "[('b', 'preferred', [0], 'trivial'), (None, 'bind', [0], 'trivial')]",
                "{'trivial (one node)'}\n[]\n",
            ], lacks: ["warning: memory"]),
        Case(
            "the record knows the machine's nodes",
            """
            hashmark \(memory) --target ref:valkey-9.1 --json r.json --quiet >/dev/null
            cat >show.py <<'END'
            import json
            machine = json.load(open("r.json"))["environment"]
            nodes = machine.get("nodes", [])
            assert len(nodes) == machine.get("numa_nodes", 0), machine
            for node in nodes:
                assert node["distances"][node["node"]] == 10 and node["memory_bytes"] > 0, node
            print("as it is")
            END
            python3 show.py
            """, out: ["as it is"]),
    ]
}
