// The reference server's one entry point: a configuration in, served until told to stop.
import Keyspaces
import LinuxSystem

public enum ReferenceServer {
    /// Serves on the calling thread until SHUTDOWN, SIGINT or SIGTERM (where
    /// `Interruption.install` was called) or `control` ends it.
    /// - Parameter onReady: called once with the ports, as soon as connections are accepted.
    /// - Throws: EADDRINUSE when the port is taken, EACCES, …
    public static func run(
        _ configuration: ServerConfiguration, _ control: ServerControl? = nil,
        onReady: (ServerPorts) -> Void
    ) throws(SystemCallError) {
        let control = if let control { control } else { try ServerControl() }
        let complete = withStore(configuration)
        try withoutActuallyEscaping(onReady) { (ready) throws(SystemCallError) in
            var run = Run(configuration: complete, control: control, onReady: ready)
            try complete.table.withKeyspace(complete.keyspace, &run)
        }
    }

    /// With what several engines execute on, where they have that in common.
    private static func withStore(_ configuration: ServerConfiguration) -> ServerConfiguration {
        guard configuration.threads.isConcurrent else { return configuration }
        var configuration = configuration
        configuration.keyspace.store = ConcurrentStore(
            configuration.keyspace, threads: configuration.threads.engines)
        return configuration
    }

    /// The call that the compiler specialises for each table.
    private struct Run: KeyspaceVisitor {
        typealias Output = Void
        typealias Failure = SystemCallError

        let configuration: ServerConfiguration
        let control: ServerControl
        let onReady: (ServerPorts) -> Void

        mutating func visit<K: Keyspace & ~Copyable>(
            _ keyspace: consuming K
        ) throws(SystemCallError) {
            switch configuration.threads {
            case .single, .io:
                var server = try EventServer<K, Epoll>(keyspace, configuration)
                onReady(server.ports)
                try server.run(control)
            case .sharded(let count), .lockFree(let count):
                try EventServer<K, Epoll>.serveSharded(
                    keyspace, configuration, threads: count, control, onReady)
            case .globalLock(let count):
                try EventServer<K, Epoll>.serveLocked(
                    keyspace, configuration, threads: count, control, onReady)
            }
        }
    }
}
