// Servers that answer wrongly, and servers that do not answer: what is said of them.

extension Case {
    static let faults = [
        Case(
            "a candidate that cannot be started is an error, whatever was measured before",
            """
            for candidate in "exec:$FAULTY --refuse-start" exec:/nonexistent/server; do
              hashmark gate --budget 20s --baseline ref:valkey-9.1 --candidate "$candidate" --out g
              echo $?
            done
            """, out: ["did not start", "1\n"], lacks: ["\n3\n"]),
        Case(
            "the faulty server without faults is measured like any other",
            "hashmark replay get-16x64 --entries 2000 --requests 20000 --target \"exec:$FAULTY\"",
            out: ["faulty-server"]),
        Case(
            "a baseline's program that is not there cannot be compared with",
            """
            hashmark gate --budget 20s --baseline exec:/nonexistent/server --candidate "exec:$FAULTY"
            """, exit: 5, err: ["/nonexistent/server"]),
    ]
}
