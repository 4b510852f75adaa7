import Configuration
import Foundation
import Yams

/// Where values of settings come from: flags first, then the environment, then the file.
package struct SettingsSources: Sendable {
    /// Which of the sources a value came from.
    package enum Origin: Sendable, Equatable {
        /// A flag on the command line.
        case flag
        /// A variable of the environment.
        case environment
        /// The file.
        case file
        /// Nothing was said.
        case standard
    }

    /// Values and where they came from, by name.
    package typealias Values = [String: (value: String, origin: Origin)]

    /// The flags after the name of the command, as typed.
    let flags: [String]
    /// The environment of the process.
    let environment: [String: String]
    /// Where the file lies when no setting says so.
    let standardFile: String

    /// Sources of what the process was given, with the settings file at its usual place.
    package init(flags: [String], environment: [String: String], places: Places) {
        self.init(flags: flags, environment: environment, standardFile: places.configuration + "/conclave.yaml")
    }

    /// Sources of what the process was given.
    package init(flags: [String], environment: [String: String], standardFile: String) {
        self.flags = flags
        self.environment = environment
        self.standardFile = standardFile
    }

    /// Reads all sources.
    /// - Throws: all complaints at once: unknown names, values that are not taken, an unreadable file.
    package func read() throws(SettingsError) -> Values {
        let (values, complaints) = examine()
        guard complaints.isEmpty else { throw SettingsError(complaints: complaints) }
        return values
    }

    /// The value of every setting, and whatever is to complain about.
    package func examine() -> (values: Values, complaints: [String]) {
        var complaints: [String] = []
        let flagValues = FlagReader.read(flags, &complaints)
        let known = environmentValues(&complaints)
        let explicitFile = flagValues["config-file"] ?? known[Setting.configFile.variable]
        let file = fileValues(explicitFile, &complaints)

        // Values are asked for as text and judged by the table, so that every complaint names the setting and its source.
        let providers: [(Origin, any ConfigProvider)] = [
            (.flag, InMemoryProvider(name: "flags", values: Self.keyed(flagValues))),
            (.environment, EnvironmentVariablesProvider(environmentVariables: known).prefixKeys(with: "conclave")),
            (.file, InMemoryProvider(name: "file", values: Self.keyed(file))),
        ]
        var values: Values = [:]
        for setting in Setting.all {
            var found = (value: setting.standard, origin: Origin.standard)
            for (origin, provider) in providers {
                guard let result = try? provider.value(forKey: AbsoluteConfigKey(setting.components), type: .string),
                    case .string(let text)? = result.value?.content
                else { continue }  // every value is text here, so nothing can fail to convert
                found = (text, origin)
                break
            }
            if found.origin != .standard, let complaint = setting.kind.complaint(about: found.value) {
                let shown = setting.isSecret ? "the value" : "'\(found.value)'"
                complaints.append("\(setting.name) (\(found.origin.description(of: setting))): \(shown) \(complaint).")
            }
            values[setting.name] = found
        }
        return (values, complaints)
    }

    private func environmentValues(_ complaints: inout [String]) -> [String: String] {
        let ours = environment.filter { $0.key.hasPrefix("CONCLAVE_") && !Setting.foreignVariables.contains($0.key) }
        let variables = Setting.all.map(\.variable)
        for name in ours.keys.sorted() where !variables.contains(name) {
            complaints.append(
                "There is no setting for the environment variable \(name)."
                    + Self.hint(Suggestion.nearest(to: name, among: variables)))
        }
        return ours
    }

    private func fileValues(_ explicit: String?, _ complaints: inout [String]) -> [String: String] {
        let path = explicit.map { $0.isEmpty ? standardFile : $0 } ?? standardFile
        guard let data = FileManager.default.contents(atPath: Places.expanded(path)) else {
            if explicit?.isEmpty == false { complaints.append("The settings file \(path) cannot be read.") }
            return [:]
        }
        var values: [String: String] = [:]
        do {
            guard let node = try Yams.compose(yaml: String(decoding: data, as: UTF8.self)) else { return [:] }
            guard let mapping = node.mapping else {
                complaints.append("The settings file \(path) must hold names and values (name: value).")
                return [:]
            }
            flatten(mapping, under: [], path, &values, &complaints)
        } catch {
            complaints.append("The settings file \(path) is not valid YAML\((error as? YamlError)?.place ?? "").")
        }
        return values
    }

    private func flatten(
        _ mapping: Node.Mapping, under prefix: [String], _ path: String, _ values: inout [String: String],
        _ complaints: inout [String]
    ) {
        for (key, node) in mapping {
            let name = (prefix + [key.string ?? "?"]).joined(separator: ".")
            if let inner = node.mapping, Setting.all.contains(where: { $0.name.hasPrefix(name + ".") }) {
                flatten(inner, under: prefix + [key.string ?? "?"], path, &values, &complaints)
            } else if Setting.named(name) == nil {
                complaints.append(
                    "There is no setting '\(name)' (in \(path))."
                        + Self.hint(Suggestion.nearest(to: name, among: Setting.all.map(\.name))))
            } else if name == Setting.configFile.name {
                complaints.append("The settings file \(path) cannot name another one (config-file).")
            } else if let scalar = node.scalar {
                values[name] = scalar.string
            } else {
                complaints.append("\(name) (in \(path)) must be a single value.")
            }
        }
    }

    static func hint(_ suggestion: String?) -> String { suggestion.map { " Did you mean \($0)?" } ?? "" }

    private static func keyed(_ values: [String: String]) -> [AbsoluteConfigKey: ConfigValue] {
        var keyed: [AbsoluteConfigKey: ConfigValue] = [:]
        for (name, value) in values {
            guard let setting = Setting.named(name) else { continue }
            keyed[AbsoluteConfigKey(setting.components)] = ConfigValue(.string(value), isSecret: setting.isSecret)
        }
        return keyed
    }
}

extension SettingsSources.Origin {
    /// The source in words, with the name that the setting has there.
    package func description(of setting: Setting) -> String {
        switch self {
        case .flag: "flag \(setting.flag)"
        case .environment: "environment \(setting.variable)"
        case .file: "file"
        case .standard: "default"
        }
    }
}

extension YamlError {
    /// Where it is wrong and how. What stands there is not repeated: it may be a secret.
    fileprivate var place: String? {
        switch self {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
            " (line \(mark.line), column \(mark.column): \(problem))"
        case .duplicatedKeysInMapping(_, let context): " (line \(context.mark.line): a name is given twice)"
        default: nil
        }
    }
}

extension Setting {
    /// The setting that says where the file lies.
    static let configFile = all[0]
}

/// Reads `--name value` and `--name=value` by the table of settings.
enum FlagReader {
    static func read(_ arguments: [String], _ complaints: inout [String]) -> [String: String] {
        var values: [String: String] = [:]
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("--") else {
                complaints.append("'\(argument)' is not a flag.")
                continue
            }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let setting = Setting.all.first(where: { $0.flag == parts[0] }) else {
                complaints.append(
                    "There is no flag \(parts[0])."
                        + SettingsSources.hint(Suggestion.nearest(to: parts[0], among: Setting.all.map(\.flag))))
                if parts.count == 1, rest.first?.hasPrefix("--") == false { rest.removeFirst() }
                continue
            }
            var value = parts.count == 2 ? parts[1] : nil
            if value == nil {
                if setting.kind == .flag {
                    value = rest.first.flatMap { Setting.Kind.truth(of: $0) == nil ? nil : rest.removeFirst() } ?? "true"
                } else if let next = rest.first, !next.hasPrefix("--") {
                    value = rest.removeFirst()
                }
            }
            guard let value else {
                complaints.append("\(setting.flag) needs a value.")
                continue
            }
            if values.updateValue(value, forKey: setting.name) != nil {
                complaints.append("\(setting.flag) is given twice.")
            }
        }
        return values
    }
}
