// Several load hosts on this machine, with a few lines of Python in the place of hashmark-mpi: the
// words between the two, and what comes of three shares. With MPI, Scripts/proofs/mpi.

extension Case {
    /// `fleet.py LOSES WORDS…`: three ranks of `hashmark WORDS`; rank 2 is lost at its share where
    /// LOSES is 1. Ends with the exit code of rank 0.
    private static let relay = """
        cat >fleet.py <<'PY'
        import os, socket, struct, subprocess, sys, time

        loses, words = sys.argv[1] == '1', sys.argv[2:]
        ranks, ours = [], []
        for rank in range(3):
            mine, theirs = socket.socketpair()
            link = f'{theirs.fileno()} {rank} 3 7 host-{rank} rank-{rank}.ndjson'
            own = words + (['--json', 'run.json'] if rank == 0 else [])
            ranks.append(subprocess.Popen(
                [os.environ['HASHMARK']] + own, pass_fds=[theirs.fileno()],
                env=dict(os.environ, HASHMARK_FLEET=link),
                stdout=None if rank == 0 else subprocess.DEVNULL,
                stderr=None if rank == 0 else subprocess.DEVNULL))
            theirs.close()
            ours.append(mine)

        def take(link, count):
            data = b''
            while len(data) < count:
                more = link.recv(count - len(data))
                if not more:
                    return None
                data += more
            return data

        def receive(link):
            head = take(link, 5)
            return head and (head[:1], take(link, struct.unpack('<I', head[1:])[0]))

        def send(link, kind, data):
            link.sendall(kind + struct.pack('<I', len(data)) + data)

        command = b''
        while True:
            # Rank 0 ends first where it tells the others what to do.
            first = receive(ours[0])
            frames = first and [first] + [receive(link) for link in ours[1:]]
            if not frames or None in frames:
                break
            if frames[0][0] == b'W':
                command = frames[0][1]
                start = time.clock_gettime_ns(time.CLOCK_MONOTONIC) + 50_000_000
                for rank, link in enumerate(ours):
                    send(link, b'S', struct.pack('<QqQ', start, 0, 90) + (command if rank else b''))
                continue
            shares = b''
            for rank, (kind, data) in enumerate(frames):
                status = 0
                if loses and rank == 2:
                    status, data = 1, b'load host host-2 (rank 2) was lost: it was told to'
                shares += bytes([status]) + struct.pack('<I', len(data)) + data
            send(ours[0], b'R', shares)
            if command:
                continue
            total = receive(ours[0])
            for link in ours[1:]:
                send(link, *total)
        sys.exit(ranks[0].wait())
        PY
        export HASHMARK
        """

    private static let sums = """
        python3 - <<'PY'
        import json
        run = json.load(open('run.json'))
        hosts = run['load_hosts']
        files = [json.loads(line) for rank in range(3) for line in open(f'rank-{rank}.ndjson')]
        print('rows', [host['host'] for host in hosts])
        print('requests', sum(host['ops'] for host in hosts))
        print('files', sum(f['sample']['commands'][0]['operations'] for f in files))
        print('partial', run['partial'])
        PY
        """

    static let fleet = [
        Case(
            "three load hosts share one load, and rank 0 has all of it",
            """
            \(relay)
            serve
            python3 fleet.py 0 bench -p $PORT -t set -r 100 -c 7 -n 3001 -q || exit 9
            \(sums)
            """,
            out: [
                "rows ['host-0', 'host-1', 'host-2']", "requests 3001", "files 3001",
                "partial False",
            ], err: ["3 hosts began within"]),
        Case(
            "a load host that is lost makes the run invalid, with its name",
            """
            \(relay)
            serve
            python3 fleet.py 1 bench -p $PORT -t set -r 100 -c 6 -n 3000 -q; echo "code $?"
            \(sums)
            """,
            out: [
                "code 3", "rows ['host-0', 'host-1']", "requests 2000", "files 3000",
                "partial True",
            ], err: ["load host host-2 (rank 2) was lost"]),
        Case(
            "a workload of three hosts is filled by one",
            """
            \(relay)
            serve
            python3 fleet.py 0 replay ycsb-c --target tcp://127.0.0.1:$PORT --entries 500 \\
              --requests 900 --connections 6 --no-memory --quiet >/dev/null || exit 9
            \(sums)
            """, out: ["rows ['host-0', 'host-1', 'host-2'", "partial False"]),
        Case(
            "servers are compared under the load of three hosts",
            """
            \(relay)
            serve
            first=$PORT
            serve
            python3 fleet.py 0 compare --baseline a=tcp://127.0.0.1:$first --allow-flush \\
              --candidate b=tcp://127.0.0.1:$PORT --workload get-16x64 --entries 500 \\
              --connections 6 --rounds 1 --blocks 2 --warm-up 10 --quiet >/dev/null || exit 9
            python3 - <<'PY'
            import json
            run = json.load(open('run.json'))
            for target in 'ab':
                rows = [host for host in run['load_hosts'] if host['target'] == target]
                slices = [s for r in run['rounds'] if r['target'] == target for s in r['slices']]
                print(target, [host['host'] for host in rows], len(slices),
                      sum(host['ops'] for host in rows) == sum(s['ops'] for s in slices))
            conditions = [result['conditions'] for result in run['results']]
            print({c['load_hosts'] for c in conditions if 'load_hosts' in c})
            PY
            """,
            out: [
                "a ['host-0', 'host-1', 'host-2'] 4 True",
                "b ['host-0', 'host-1', 'host-2'] 4 True", "{3}",
            ]),
        Case(
            "a load host that is lost ends a comparison, with its name",
            """
            \(relay)
            serve
            first=$PORT
            serve
            python3 fleet.py 1 compare --baseline a=tcp://127.0.0.1:$first --allow-flush \\
              --candidate b=tcp://127.0.0.1:$PORT --workload get-16x64 --entries 500 \\
              --connections 6 --rounds 1 --quiet
            """, exit: 3, err: ["load host host-2 (rank 2) was lost"]),
        Case(
            "hosts of a load are a file, and hashmark-mpi is beside hashmark",
            """
            pair='--baseline a=tcp://127.0.0.1:1 --candidate b=tcp://127.0.0.1:2'
            hashmark compare $pair --load hosts; [ $? = 64 ] || exit 9
            hashmark compare $pair --load mpi:none; [ $? = 1 ] || exit 8
            echo 'a slots=x' >hosts
            hashmark compare $pair --load mpi:hosts; [ $? = 1 ] || exit 7
            printf '# nobody\\n' >hosts
            hashmark compare $pair --load mpi:hosts
            """, exit: 1,
            err: [
                "write mpi:FILE", "cannot read none", "has no number of slots", "has no hosts",
            ]),
        Case(
            "every load host needs a connection, and traces are not divided",
            """
            export HASHMARK_FLEET="3 0 3 7 host rank.ndjson"
            hashmark bench -p 1 -t set -c 2; [ $? = 64 ] || exit 9
            hashmark bench --target ref:valkey-9.1 -t set; [ $? = 64 ] || exit 8
            printf '0,abc,3,5,1,get,0\\n' >t.csv
            hashmark replay t.csv --target tcp://127.0.0.1:1
            """, exit: 64,
            err: [
                "are fewer than the 3 load hosts", "would be started on every load host",
                "no load of several hosts",
            ]),
    ]
}
