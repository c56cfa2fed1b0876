// Servers that answer wrongly: no figure of theirs is a pass, and what they did is named.

extension Case {
    /// `play FAULTS [OPTIONS…]`: a short replay on a server with faults to order.
    private static let play = """
        play() {
          local faults=$1; shift
          hashmark replay get-16x64 --target "exec:$FAULTY $faults" --entries 2000 \\
            --requests 20000 --no-memory --quiet "$@"
        }

        """

    /// `beside FAULTS [OPTIONS…]`: the same in a comparison with a sound server.
    private static let beside = """
        beside() {
          local faults=$1; shift
          hashmark compare --baseline "sound=exec:$FAULTY" --candidate "other=exec:$FAULTY $faults" \
            --workload get-16x64 --entries 2000 --rounds 1 --blocks 2 --warm-up 20 --quiet "$@"
        }

        """

    static let answers = [
        Case("I4: right answers are no incident in a comparison", beside + "beside ''"),
        Case(
            "I4: error replies make a comparison invalid",
            beside + "beside '--after 3000gets --get-error 0.01'", exit: 3,
            err: ["other: ", "requests were answered with errors", "--on-errors ignore"]),
        Case(
            "I4: errors that are what is compared are no failure",
            beside + "beside '--after 3000gets --get-error 0.01' --on-errors ignore"),
        Case(
            "I4: lost keys make a comparison invalid",
            beside + "beside '--after 3000gets --nil 0.01'", exit: 3,
            err: ["other: lost keys in"]),
        Case(
            "I4: another hit ratio than the workload's makes a comparison invalid",
            """
            cat >w.yaml <<'END'
            schema: hashmark.workload/1
            name: half
            keyspaces: [{keys: 2000, key_size: 16, value_size: 64}]
            operations: [{command: "GET {key}", weight: 1}]
            expect: {hit_ratio: 0.5}
            END
            hashmark compare --baseline a=ref:valkey-9.1 --candidate b=ref:valkey-9.1 \
              --workload ./w.yaml --rounds 1 --blocks 2 --warm-up 20 --quiet
            """, exit: 3,
            err: ["100 % of the look-ups found their key, and half expects 50 %"]),
        Case(
            "A1: what a closed loop leaves out of a workload file is told",
            """
            hashmark compare --baseline a=ref:valkey-9.1 --candidate b=ref:valkey-9.1 \
              --workload fb-etc-2012 --entries 2000 --rounds 1 --blocks 2 --warm-up 20 --quiet
            """, err: ["fb-etc-2012's `arrival` does not count here", "use `hashmark replay`"]),
        Case(
            "I4: right answers are no incident", play + "play ''",
            lacks: ["wrong values in", "lost keys"]),
        Case(
            "I4: one value in a thousand with one byte changed is wrong values",
            play + "play '--after 3000gets --wrong-value 0.001'", exit: 3,
            err: ["wrong values in", "first get"]),
        Case(
            "I4: values without their last byte are wrong values",
            play + "play '--after 3000gets --wrong-length 0.001'", exit: 3, err: ["wrong values in"]
        ),
        Case(
            "I4: an integer for a value is a wrong value",
            play + "play '--after 3000gets --wrong-type 0.001'", exit: 3, err: ["wrong values in"]),
        Case(
            "I4: every byte is looked at of some values: a byte in the middle shows",
            play + "play '--after 3000gets --wrong-byte 1'", exit: 3, err: ["wrong values in"]),
        Case(
            "I4: nulls for keys that were filled are lost keys",
            play + "play '--after 3000gets --nil 0.001'", exit: 3, err: ["lost keys in"]),
        Case(
            "I4: error replies make a replay invalid",
            play + "play '--after 3000gets --get-error 0.001'", exit: 3,
            err: ["requests were answered with errors", "--on-errors ignore"]),
        Case(
            "I4: errors that are what is measured are no failure",
            play + "play '--after 3000gets --get-error 0.001' --on-errors ignore"),
        Case(
            "I4: the first error can end it",
            play
                + "play '--after 3000gets --get-error 0.001' --on-errors stop", exit: 3),
        Case(
            "I4: a value that was stored wrongly shows when it is read back after the fill",
            play + "play '--corrupt-set 0.5'", exit: 3, err: ["read back after the fill"]),
    ]
}
