/// The reference of all settings as a page, made from the table.
package enum SettingsReference {
    /// The page in Markdown, as it stands in `docs/configuration.md`.
    package static var markdown: String {
        var page = """
            # Settings

            Conclave starts without any. A value is looked for first among the flags of `conclave serve`, then in the
            environment, then in the YAML file; a name that does not exist is an error. `conclave doctor` prints every value
            and where it came from. This page is made from the server's own table (`conclave doctor --reference`).

            In the file the parts of a name are levels:

            ```yaml
            server-name: chat.example.org
            tls:
              certificate: /etc/conclave/chain.pem
              private-key: /etc/conclave/key.pem
            ```

            | name | values | default | what it is for |
            |---|---|---|---|

            """
        for setting in Setting.all {
            let standard = setting.standard.isEmpty ? "" : "`\(setting.standard)`"
            let secret = setting.isSecret ? " Secret: never printed." : ""
            page += "| `\(setting.name)` | \(setting.kind.description) | \(standard) | \(setting.purpose)\(secret) |\n"
        }
        page += """

            The flag of `tls.certificate` is `\(Setting.named("tls.certificate")?.flag ?? "")`, its environment variable
            `\(Setting.named("tls.certificate")?.variable ?? "")`; all others are formed likewise.

            """
        return page
    }

    /// The flags with their purposes, for `conclave serve --help`.
    package static var flags: String {
        Setting.all.map { setting in
            let standard = setting.standard.isEmpty ? "" : " (default: \(setting.standard))"
            return "  \(setting.flag)\n      \(setting.purpose)\(standard)"
        }.joined(separator: "\n")
    }
}
