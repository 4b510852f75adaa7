/// Takes the flags of settings out of a command line, so that every command understands them and none lists them.
package enum SettingFlags {
    /// The flags of settings with their values, and everything else.
    package static func split(_ arguments: [String]) -> (settings: [String], others: [String]) {
        var settings: [String] = []
        var others: [String] = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" {
                others += [argument] + rest
                break
            }
            let name = argument.prefix { $0 != "=" }
            guard let setting = Setting.all.first(where: { $0.flag == name }) else {
                others.append(argument)
                continue
            }
            settings.append(argument)
            guard name.count == argument.count, let next = rest.first else { continue }
            let isValue = setting.kind == .flag ? Setting.Kind.truth(of: next) != nil : !next.hasPrefix("--")
            if isValue { settings.append(rest.removeFirst()) }
        }
        return (settings, others)
    }
}
