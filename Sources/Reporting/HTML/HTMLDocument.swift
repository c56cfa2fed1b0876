// What every page has around it: the styles, the script, and the policy that nothing is fetched.

extension HTML {
    /// A whole document.
    /// - Parameters:
    ///   - style: rules beside those of every page.
    ///   - script: what runs behind that of every page.
    static func document(
        _ title: String, _ main: HTML, style: HTML = "", script: HTML = ""
    ) -> String {
        let document: HTML = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
            style-src 'unsafe-inline'; script-src 'unsafe-inline'">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(title) – Hashmark</title>
            <style>
            \(HTMLReport.style)\(style)</style>
            </head>
            <body>
            <main>
            \(main)\
            </main>
            <script>
            \(HTMLReport.script)\(script)
            </script>
            </body>
            </html>

            """
        return document.text
    }
}
