// Runs that are sent to a database; with a real one, Scripts/proofs/postgres.

extension Case {
    private static let record =
        #"{"schema":"hashmark.run/1","hashmark_version":"0","arguments":["x"],"seed":1}"#

    static let publish = [
        Case(
            "publish names what it cannot take, and shows no password",
            """
            hashmark publish --to host=db,password=hush run.json; [ $? = 64 ] || exit 9
            hashmark publish --to mysql://u:hush@db/x run.json; [ $? = 64 ] || exit 8
            hashmark publish --to postgresql://u:hush@db/x; [ $? = 64 ] || exit 7
            hashmark publish --to postgresql://u:hush@db/x none.json
            """, exit: 1,
            err: ["is no address of a database", "nothing to publish", "cannot read none.json"],
            lacks: ["hush"]),
        Case(
            "runs wait where no server answers, and the run that made them goes on",
            """
            echo '\(record)' >run.json
            hashmark publish --to 'postgresql://u:hush@127.0.0.1:1/x' --label a --spool s run.json
            code=$?
            # Without libpq there is nothing to wait for.
            if [ -d s ]; then
              [ $code = 0 ] && [ "$(cat s/*.ndjson | wc -l)" = 1 ] && grep -q '"label":"a"' s/*
            else
              [ $code = 1 ]
            fi
            """, lacks: ["hush"]),
        Case(
            "an address that no server could have does not wait, and says what to write",
            """
            echo '\(record)' >run.json
            for uri in postgresql://u:hush@127.0.0.1:99999/x 'postgresql://u:hush@[::1/x' \\
              'postgresql://u:hush@127.0.0.1:1/x?nonsense=1'; do
              hashmark publish --to "$uri" --spool s run.json; [ $? = 1 ] || exit 9
              [ ! -e s ] || exit 8
            done
            hashmark publish --to db/x run.json; [ $? = 64 ] || exit 7
            """, err: ["write postgresql://USER@HOST/DATABASE"], lacks: ["hush", "***@HOST"]),
        Case(
            "a history is read from one place",
            "hashmark history --from postgresql://db/x history.ndjson", exit: 64,
            err: ["--from stands for a history file"]),
    ]
}
