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

    static let answers = [
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
