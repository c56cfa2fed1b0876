// What is printed, and where to.

extension Case {
    static let output = [
        Case("the version is one line", "hashmark --version", out: ["0."]),
        Case("a server started here answers", "serve; redis-cli -p $PORT ping", out: ["PONG"]),
    ]
}
