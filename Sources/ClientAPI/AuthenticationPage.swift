import HTTPSurface
import HTTPTypes
import Identity
import Matrix

/// The page on which somebody passes a stage of user-interactive authentication in a browser, in English and 简体中文.
struct AuthenticationPage {
    /// What went wrong.
    enum Failure {
        case wrong, later
    }

    /// Where the visitor is.
    enum State {
        case asking
        case failed(Failure)
        case done
    }

    private let stage: AuthenticationStage
    private let session: String
    private let isChinese: Bool
    /// Names the one script of the page, anew for each answer.
    private let nonce = (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined()
    /// Where the visitor is.
    var state = State.asking

    init(_ stage: AuthenticationStage, _ session: String, _ acceptLanguage: String?) {
        self.stage = stage
        self.session = session
        isChinese = (acceptLanguage ?? "").lowercased().hasPrefix("zh")
    }

    /// The page as an answer. Nothing but its own script runs in it.
    var reply: Reply {
        var reply = Reply.html(html)
        reply.headers[.contentSecurityPolicy] =
            "default-src 'none'; script-src 'nonce-\(nonce)'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'"
        return reply
    }

    // The words of the specification, which clients wait for.
    private static let script = """
        if (window.onAuthDone) {
            window.onAuthDone();
        } else if (window.opener && window.opener.postMessage) {
            window.opener.postMessage("authDone", "*");
        }
        """

    private func word(_ english: String, _ chinese: String) -> String { isChinese ? chinese : english }

    private var html: String {
        let title = word("Confirm that it is you", "确认您的身份")
        return """
            <!doctype html>
            <html lang="\(isChinese ? "zh-CN" : "en")">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Conclave: \(title)</title>
            <style>
            body { font: 1rem/1.5 system-ui, sans-serif; max-width: 24rem; margin: 3rem auto; padding: 0 1rem; }
            label, input, button { display: block; width: 100%; box-sizing: border-box; font: inherit; }
            input { margin: .25rem 0 1rem; padding: .5rem; } button { padding: .6rem; }
            [role=alert] { color: #a40000; }
            </style>
            </head>
            <body>
            <main>
            <h1>\(title)</h1>
            \(content)
            </main>
            </body>
            </html>
            """
    }

    private var content: String {
        switch state {
        case .done:
            return """
                <p role="status">\(word("Thank you. You can close this page and go back to your application.", "谢谢。您可以关闭此页面，返回应用程序。"))</p>
                <script nonce="\(nonce)">\(Self.script)</script>
                """
        case .asking: return form
        case .failed(.wrong):
            let text = word("That was not right. Please try again.", "输入有误，请重试。")
            return "<p role=\"alert\">\(text)</p>\n\(form)"
        case .failed(.later):
            let text = word("Too many attempts. Please wait a little.", "尝试次数过多，请稍候再试。")
            return "<p role=\"alert\">\(text)</p>\n\(form)"
        }
    }

    private var form: String {
        let fields =
            switch stage {
            case .password:
                """
                <label for="user">\(word("User name (may be left empty when you are signed in)", "用户名（已登录时可留空）"))</label>
                <input id="user" name="user" autocomplete="username">
                <label for="secret">\(word("Password", "密码"))</label>
                <input id="secret" name="secret" type="password" autocomplete="current-password" required autofocus>
                """
            case .registrationToken:
                """
                <label for="secret">\(word("Registration token", "注册令牌"))</label>
                <input id="secret" name="secret" autocomplete="off" required autofocus>
                """
            case .dummy: ""
            }
        return """
            <form method="post" action="?session=\(Self.escaped(session))">
            \(fields)
            <button>\(word("Continue", "继续"))</button>
            </form>
            """
    }

    /// Session IDs are URL-safe base64; whatever else comes does not leave the attribute.
    private static func escaped(_ text: String) -> String {
        String(
            text.unicodeScalars.filter {
                $0.properties.isAlphabetic || ("0"..."9").contains($0) || "-_".unicodeScalars.contains($0)
            })
    }
}
