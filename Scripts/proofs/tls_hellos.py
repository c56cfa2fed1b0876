"""When the first bytes of many connections arrive: a relay before a TLS server.

    tls_hellos.py PORT CONNECTIONS      listens, prints `port N`, relays to PORT until it is terminated;
                                        then the span in which CONNECTIONS first bytes came closest

What a client says first is kept for a moment, so that one that opens its connections side by side has
said it on all of them before any is answered, and one that does not waits. The moments are the
kernel's, at which the bytes came to the socket: how fast this relay is does not matter.
"""

import resource
import selectors
import signal
import socket
import struct
import sys
import time

HOLD_S = 0.3
SO_TIMESTAMPNS = 35  # <asm-generic/socket.h>; the control message has the same number
HANDSHAKE = 0x16


class Relay:
    """Pairs of sockets, whose bytes it carries both ways."""

    def __init__(self, port):
        self.backend = ("127.0.0.1", port)
        self.selector = selectors.DefaultSelector()
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(4096)
        self.listener.setblocking(False)
        self.selector.register(self.listener, selectors.EVENT_READ, None)
        self.hellos = []  # seconds
        self.held = []  # (when it may go on, client, first bytes), in order

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except BlockingIOError:
                return
            client.setblocking(False)
            self.selector.register(client, selectors.EVENT_READ, "first")

    def first(self, client):
        """The client's first bytes, with the kernel's moment of their arrival."""
        data, control, _, _ = client.recvmsg(1 << 16, 256)
        self.selector.unregister(client)
        if not data:
            client.close()
            return
        for level, kind, value in control:
            if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS and data[0] == HANDSHAKE:
                seconds, nanoseconds = struct.unpack("qq", value[:16])
                self.hellos.append(seconds + nanoseconds / 1e9)
        self.held.append((time.monotonic() + HOLD_S, client, data))

    def release(self):
        now = time.monotonic()
        while self.held and self.held[0][0] <= now:
            _, client, data = self.held.pop(0)
            server = socket.create_connection(self.backend)
            server.sendall(data)
            for one, other in ((client, server), (server, client)):
                one.setblocking(True)
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.selector.register(one, selectors.EVENT_READ, other)

    def carry(self, one, other):
        try:
            data = one.recv(1 << 16)
            if data:
                other.sendall(data)
                return
        except OSError:
            pass
        for end in (one, other):
            try:
                self.selector.unregister(end)
            except KeyError:
                pass
            end.close()

    def run(self):
        while True:
            for key, _ in self.selector.select(0.01):
                if key.fileobj.fileno() < 0:
                    continue  # closed by an event before it
                if key.data is None:
                    self.accept()
                elif key.data == "first":
                    self.first(key.fileobj)
                else:
                    self.carry(key.fileobj, key.data)
            self.release()


def terminate(*_):
    raise SystemExit


def main():
    port, connections = int(sys.argv[1]), int(sys.argv[2])
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    signal.signal(signal.SIGTERM, terminate)
    relay = Relay(port)
    print("port", relay.listener.getsockname()[1], flush=True)
    try:
        relay.run()
    finally:
        times = sorted(relay.hellos)
        if len(times) < connections:
            print(f"{len(times)} ClientHellos, and not {connections}", flush=True)
        else:
            span = min(b - a for a, b in zip(times, times[connections - 1 :]))
            print(f"{connections} ClientHellos within {1e3 * span:.1f} ms", flush=True)


main()
