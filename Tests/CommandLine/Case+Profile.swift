// What is profiled, and what of the command line has no effect on it.

extension Case {
    static let profile = [
        Case(
            "something must be profiled, and one thing",
            """
            for line in "" "--target ref:valkey-9.1 --pid 1" "--pid 1 -- true" \\
              "--target ref:valkey-9.1 --baseline a=ref:valkey-9.1 --candidate ref:valkey-8.1"
            do hashmark profile $line >out 2>err
            echo "$? $(grep -c 'give one of --target, --baseline with --candidate' err)"; done | sort | uniq -c
            """, out: ["4 64 1\n"]),
        Case(
            "half a pair is none",
            """
            hashmark profile --baseline ref:valkey-9.1 2>err; echo "$? $(grep -c 'go together' err)"
            hashmark profile --candidate ref:valkey-9.1 2>err; echo "$? $(grep -c 'go together' err)"
            """, out: ["64 1\n64 1\n"]),
        Case(
            "a command runs to its end",
            "hashmark profile --duration 3s -- true", exit: 64,
            err: ["--duration has no effect with -- COMMAND"]),
        Case(
            "a rate of samples is a number",
            "hashmark profile --pid 1 --off-cpu --frequency fast", exit: 64,
            err: ["--frequency"]),
        Case(
            "a process that is not there is an error, and so is a program",
            """
            hashmark profile --pid 99999999 --quiet 2>err; echo "$? $(grep -c 'no process 99999999' err)"
            hashmark profile --quiet -- ./none 2>err; echo "$? $(grep -c "no program './none'" err)"
            """, out: ["1 1\n1 1\n"]),
        Case(
            "the gate samples beside rounds alone",
            """
            hashmark gate --judge r.json --profile 2>err; echo "$? $(grep -c 'profile has no effect' err)"
            hashmark gate --stored s --candidate ref:valkey-9.1 --profile 2>err
            echo "$? $(grep -c 'profile has no effect' err)"
            """, out: ["64 1\n64 1\n"]),
        Case(
            "stacks are sampled beside what is measured, or in it",
            "hashmark compare --baseline exec:false --candidate b=exec:false --profile --sampled b",
            exit: 64, err: ["--profile and --sampled exclude each other"]),
        Case(
            "callgrind's file is of one simulated target",
            """
            hashmark counters --mode software --target ref:valkey-9.1 --keep-profile f 2>err
            echo "$? $(grep -c 'keep-profile has no effect without --mode simulated' err)"
            hashmark counters --mode simulated --target ref:valkey-9.1 --target ref:valkey-8.1 \\
              --keep-profile f 2>err
            echo "$? $(grep -c 'give one --target' err)"
            """, out: ["64 1\n64 1\n"]),
    ]
}
