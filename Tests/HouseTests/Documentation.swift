/// Finds declarations that other targets see and that say nothing about themselves.
enum Documentation {
    /// Tables whose lines say by themselves what they are for.
    static let tables: Set<String> = ["Sources/Audit/AuditCodes.swift"]

    /// Members of protocols: what they are for stands at the protocol.
    static let witnesses: Set<String> = {
        var names: Set<String> = [
            "description", "debugDescription", "customMirror", "errorDescription", "==", "<", "hash", "encode",
            "makeIterator", "next", "matrixError", "run", "configuration",
            // LogHandler and MetricsFactory
            "log", "logLevel", "metadata", "metadataProvider", "subscript", "makeCounter", "makeFloatingPointCounter",
            "makeMeter", "makeRecorder", "makeTimer", "destroyCounter", "destroyFloatingPointCounter", "destroyMeter",
            "destroyRecorder", "destroyTimer",
        ]
        for file in SourceTree.files {
            var depth = 0
            var inProtocol = false
            for line in file.code {
                if line.contains(#/\bprotocol\s+\w+/#) {
                    inProtocol = true
                    depth = 0
                }
                if inProtocol {
                    if let name = name(declaredIn: line) { names.insert(name) }
                    depth += line.count { $0 == "{" } - line.count { $0 == "}" }
                    if depth <= 0, line.contains("}") { inProtocol = false }
                }
            }
        }
        return names
    }()

    /// Line numbers and names of undocumented declarations.
    static func undocumented(in file: SourceTree.File) -> [(Int, String)] {
        var found: [(Int, String)] = []
        for (index, line) in file.code.enumerated() {
            guard line.contains(#/^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:package|public)(?:\(set\))?\s+(?!import)/#),
                !line.contains(#/^\s*(?:package|public)\s+extension/#), !line.contains("override "),
                let name = name(declaredIn: line)
            else { continue }
            var above = index - 1
            while above >= 0, file.lines[above].contains(#/^\s*@/#) { above -= 1 }
            let isDocumented = above >= 0 && file.lines[above].contains(#/^\s*\/\/\//#)
            if !isDocumented { found.append((index + 1, name)) }
        }
        return found
    }

    private static func name(declaredIn line: String) -> String? {
        if let match = line.firstMatch(
            of: #/\b(?:func|var|let|struct|enum|class|actor|protocol|typealias|case)\s+([\w=<>+\-*\/&|]+)/#)
        {
            return String(match.1)
        }
        if line.contains(#/\binit[?<(]/#) { return "init" }
        if line.contains(#/\bsubscript\b/#) { return "subscript" }
        return nil
    }
}
