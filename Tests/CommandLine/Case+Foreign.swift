// Tables that are loaded, as their authors use them: compiled, served, measured, refused.

extension Case {
    /// Compiles the examples of Sources/CTable as mine.so and index.so.
    private static let compiled = """
        for pair in linear_store:mine chained_index:index; do
          cc -O2 -shared -fPIC -I '\(home)/Sources/CTable/include' \\
            "\(home)/Sources/CTable/Examples/${pair%:*}.c" -o "${pair#*:}.so" || exit 98
        done

        """

    private static let memory =
        "hashmark memory --key-size 16 --value-size 16 --entries 1000 --quiet"

    static let foreign = [
        Case(
            "a loaded table is served, and refuses what it has not",
            """
            \(compiled)serve --table 'foreign:./mine.so?places=64'
            redis-cli -p $PORT set k v; redis-cli -p $PORT get k; redis-cli -p $PORT scan 0
            redis-cli -p $PORT expire k 10; redis-cli -p $PORT info server | grep hashmark_table
            """,
            out: [
                "OK\nv\n", "this table has no scan cursor (foreign:/",
                "this table has no expiry (foreign:/", "/mine.so?places=64",
            ]),
        Case(
            "a target's query is the server's where it knows the key, and else the table's",
            """
            \(compiled)\(memory) --target 'ref:foreign:./mine.so?places=64&threads=io:1' \\
              --target ref:foreign:index.so --json r.json
            grep '"label"' r.json
            """,
            out: [
                "linear_store?places=64&threads=io:1", "chained_index",
            ]),
        Case(
            "what a table refuses is said before anything is launched",
            "\(compiled)\(memory) --target 'ref:foreign:./mine.so?places=3'", exit: 64,
            err: ["refuses 'places=3': places=N takes powers of two", "correct"]),
        Case(
            "a misspelled key of the server goes to the table, which does not know it",
            "\(compiled)\(memory) --target 'ref:foreign:./index.so?thread=io:1'", exit: 64,
            err: ["chained_index refuses 'thread=io:1': it has no options"]),
        Case(
            "a setting that the table has no use for is refused before anything is launched",
            """
            \(compiled)\(memory) --target 'ref:foreign:./mine.so?cluster=1'; echo $?
            hashmark serve --table foreign:./mine.so --policy allkeys-lru
            """, exit: 64, out: ["64\n"], err: ["has no hash slots", "has no eviction"]),
        Case(
            "a table is no target by itself",
            "\(memory) --target foreign:./mine.so", exit: 64,
            err: ["did you mean `ref:foreign:./mine.so`?"]),
        Case(
            "a file that is not there",
            """
            \(memory) --target ref:foreign:./mine.so; echo $?
            hashmark serve --table foreign:./x.so
            """,
            exit: 64, out: ["64\n"],
            err: ["/mine.so': No such file", "/x.so': No such file", "give the path"]),
        Case(
            "tables measures it beside the built-in ones, and tells what is left out",
            """
            \(compiled)hashmark tables --table foreign:./mine.so --table foreign:./index.so \\
              --table valkey-9.1 --entries 1000 --repeats 1 --growth 0 --curve 0 --hits 1,0 \\
              --batch 1,16 --quiet
            """, out: ["linear_store", "chained_index", "valkey-9.1", "find-hit/16"],
            err: ["linear_store has no scan cursor", "linear_store has no random entries"],
            lacks: ["chained_index has no", "disagree"]),
        Case(
            "tables gives a table its own options, and keeps those that it knows itself",
            """
            \(compiled)hashmark tables --table 'foreign:./mine.so?places=64&hash=wide' \\
              --table 'small=foreign:./mine.so?places=2' --entries 1000 --repeats 1 --growth 3500 \\
              --curve 0 --hits 1 --batch 1 --load max --quiet --json r.json; echo $?
            grep '"label"' r.json
            hashmark tables --table 'foreign:./mine.so?places=3'; echo $?
            hashmark tables --table 'foreign:./mine.so?match=scalar'
            """, exit: 64,
            out: [
                "linear_store?places=64&hash=wide", "small", "grows the table: longest", "\n0\n",
                "64\n",
            ],
            err: [
                "linear_store refuses 'places=3': places=N takes powers of two",
                "match is about buckets, which linear_store has not",
            ], lacks: ["disagree", "does not grow"]),
        Case(
            "tables counts a loaded table's instructions and misses",
            """
            \(compiled)hashmark tables --mode simulated --table foreign:./mine.so --entries 200 \\
              --hits 1 --batch 1 --quiet
            """, out: ["linear_store", "find-hit/1", "iterate"],
            err: ["linear_store has no scan cursor", "linear_store has no random entries"]),
        Case(
            "tables of one name are told apart, and cluster mode needs slots",
            """
            \(compiled)cp mine.so other.so
            hashmark tables --table foreign:./mine.so --table foreign:./other.so; echo $?
            hashmark tables --table foreign:./mine.so --cluster
            """, exit: 64, out: ["64\n"],
            err: ["two tables are called 'linear_store'", "has no hash slots"]),
        Case(
            "two tables of one name are compared under labels",
            """
            \(compiled)cp mine.so other.so
            \(memory) --target ref:foreign:./mine.so --target ref:foreign:./other.so; echo $?
            \(memory) --target old=ref:foreign:./mine.so --target new=ref:foreign:./other.so
            """, out: ["64\n", "old", "new"], err: ["two targets are called 'linear_store'"]),
    ]
}
