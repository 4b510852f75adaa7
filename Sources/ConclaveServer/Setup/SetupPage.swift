/// The page on which the first administrator is made, in English and 简体中文.
///
/// The one-time token stands behind the `#` of the link, so that no server log and no `Referer` ever holds it; the page's
/// script takes it from there.
struct SetupPage {
    /// The languages of the page.
    enum Language: String {
        case english = "en"
        case chinese = "zh-CN"

        /// What a browser asks for first among those there are.
        init(accepting header: String?) {
            let wanted = (header ?? "").lowercased().split(separator: ",").map { $0.prefix(2) }
            let first = wanted.first { $0 == "zh" || $0 == "en" }
            self = first == "zh" ? .chinese : .english
        }
    }

    /// The language.
    let language: Language
    /// Whether there is an administrator already.
    let isDone: Bool
    /// The name of the server.
    let serverName: String

    /// The headers that keep everything foreign out of the page.
    static let contentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    /// The page.
    var html: String {
        let words = Words(language)
        let body = isDone ? "<p>\(words.done)</p>" : form(words)
        return """
            <!doctype html>
            <html lang="\(language.rawValue)">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="robots" content="noindex">
            <title>Conclave: \(words.title)</title>
            <link rel="stylesheet" href="/setup/page.css">
            \(isDone ? "" : "<script type=\"module\" src=\"/setup/page.js\"></script>")
            </head>
            <body>
            <main>
            <h1>\(words.title)</h1>
            \(body)
            </main>
            </body>
            </html>
            """
    }

    private func form(_ words: Words) -> String {
        """
        <p>\(words.introduction)</p>
        <noscript><p class="bad">\(words.needsScript)</p></noscript>
        <form id="setup" autocomplete="on" data-bad-link="\(words.badLink)" data-differs="\(words.differs)" \
        data-failed="\(words.failed)" data-m_forbidden="\(words.usedLink)" data-m_invalid_username="\(words.badName)" \
        data-m_user_in_use="\(words.takenName)" data-m_weak_password="\(words.weakPassword)" \
        data-m_limit_exceeded="\(words.tooOften)">
        <label for="name">\(words.name)</label>
        <div class="name"><span aria-hidden="true">@</span>\
        <input id="name" name="username" required maxlength="200" pattern="[a-z0-9._=\\-\\/+]+" autocomplete="username" \
        autocapitalize="none" spellcheck="false" aria-describedby="name-hint"><span aria-hidden="true">:\(escaped(serverName))</span></div>
        <small id="name-hint">\(words.nameHint)</small>
        <label for="password">\(words.password)</label>
        <input id="password" name="password" type="password" required minlength="8" autocomplete="new-password" \
        aria-describedby="password-hint">
        <small id="password-hint">\(words.passwordHint)</small>
        <label for="again">\(words.again)</label>
        <input id="again" type="password" required autocomplete="new-password">
        <p id="message" role="alert"></p>
        <button type="submit">\(words.button)</button>
        </form>
        <section id="success" hidden tabindex="-1">
        <p>\(words.success) <strong id="user"></strong></p>
        <p>\(words.next) <code id="address"></code></p>
        </section>
        """
    }

    private func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
    }
}
