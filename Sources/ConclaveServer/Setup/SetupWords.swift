extension SetupPage {
    /// The words of the page in one language.
    struct Words {
        let title, introduction, needsScript, name, nameHint, password, passwordHint, again, button: String
        let badLink, usedLink, badName, takenName, weakPassword, tooOften, differs, failed, success, next, done: String

        init(_ language: Language) {
            switch language {
            case .english:
                title = "First administrator"
                introduction = "Make the account that runs this server. The link works once."
                needsScript = "This page needs JavaScript, so that the one-time token never appears in a log."
                name = "User name"
                nameHint = "Lower-case letters, digits and . _ = - / +"
                password = "Password"
                passwordHint = "At least 8 characters; long is better than complicated."
                again = "Password, once more"
                button = "Make the account"
                badLink = "The link is not complete. Copy all of it from the terminal, with what follows the #."
                usedLink =
                    "This link is no longer valid: it was used, or it is older than a day. Start the server again for a new one."
                badName = "This is not a user name: lower-case letters, digits and . _ = - / + only."
                takenName = "This name is taken."
                weakPassword = "This password is too easy to guess. Take a longer one that is not in common use."
                tooOften = "Too many tries. Wait a minute."
                differs = "The two passwords differ."
                failed = "That did not work. Is the server still running?"
                success = "Done. You are"
                next = "Sign in with any Matrix client at"
                done = "This server has its administrator already. Sign in with any Matrix client."
            case .chinese:
                title = "首位管理员"
                introduction = "创建管理此服务器的账户。此链接只能使用一次。"
                needsScript = "本页面需要 JavaScript，以确保一次性令牌不会出现在任何日志中。"
                name = "用户名"
                nameHint = "小写字母、数字以及 . _ = - / +"
                password = "密码"
                passwordHint = "至少 8 个字符；长比复杂更好。"
                again = "再次输入密码"
                button = "创建账户"
                badLink = "链接不完整。请从终端复制完整链接，包括 # 之后的部分。"
                usedLink = "此链接已失效：可能已被使用，或已超过一天。请重新启动服务器以获取新链接。"
                badName = "用户名无效：只能使用小写字母、数字以及 . _ = - / +。"
                takenName = "此用户名已被占用。"
                weakPassword = "此密码过于容易猜到。请使用更长且不常见的密码。"
                tooOften = "尝试次数过多。请稍候一分钟。"
                differs = "两次输入的密码不一致。"
                failed = "操作未成功。服务器还在运行吗？"
                success = "完成。您的账户是"
                next = "请使用任意 Matrix 客户端登录："
                done = "此服务器已有管理员。请使用任意 Matrix 客户端登录。"
            }
        }
    }
}
