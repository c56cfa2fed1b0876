// Which process serves a connection: here always this one.
import Glibc
import LinuxSystem
import Targets
import Testing

@Suite struct LocalProcessTests {
    /// Also by an address of this machine that its spelling does not show.
    @Test(arguments: ["127.0.0.1", "127.0.0.2", "0.0.0.0", "localhost"])
    func whoListensOnAPort(host: String) throws {
        let listener = try Socket.listen(on: .tcp(host: host, port: 0))
        defer { close(listener) }
        let connection = try ControlConnection(
            to: .tcp(host: host, port: Socket.localPort(listener)))
        #expect(connection.localProcess() == getpid())
        // The kernel knows better than the server.
        #expect(connection.localProcess(claimed: getppid()) == getpid())
    }

    /// By the path that it is bound to, and by a link to it, which the kernel does not list.
    @Test func whoListensOnAPath() throws {
        let path = "/tmp/hashmark-process-\(getpid()).sock"
        let link = path + ".link"
        let listener = try Socket.listen(on: .unix(path: path))
        defer {
            close(listener)
            unlink(path)
            unlink(link)
        }
        try #require(symlink(path, link) == 0)
        for path in [path, link] {
            let connection = try ControlConnection(to: .unix(path: path))
            #expect(connection.localProcess(claimed: getppid()) == getpid())
        }
    }
}
