import Foundation

/// The sources of the product as text.
enum SourceTree {
    /// One file.
    struct File: CustomStringConvertible {
        let target: String
        let path: String
        let lines: [String]
        var description: String { path }

        /// The lines without comments and the insides of string literals, so that words there are not taken for code.
        var code: [String] {
            var inText = false
            var inComment = false
            return lines.map { line in
                if inText {
                    if line.contains("\"\"\"") { inText = false }
                    return ""
                }
                if inComment {
                    if line.contains("*/") { inComment = false }
                    return ""
                }
                var line = line.replacing(#/#*"(?:\\.|[^"\\])*"#*/#, with: "\"\"")
                if let comment = line.firstRange(of: "//") { line = String(line[..<comment.lowerBound]) }
                if line.contains("\"\"\"") { inText = line.ranges(of: "\"\"\"").count == 1 }
                if line.contains("/*"), !line.contains("*/") { inComment = true }
                return line
            }
        }
    }

    /// The root of the repository.
    static let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Every Swift file under `Sources`.
    static let files: [File] = {
        let sources = root.appending(path: "Sources")
        let found = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)
        var files: [File] = []
        while let url = found?.nextObject() as? URL {
            guard url.pathExtension == "swift", let text = try? String(contentsOf: url, encoding: .utf8) else { continue }
            let path = url.path.dropFirst(sources.path.count + 1)
            files.append(
                File(
                    target: String(path.prefix { $0 != "/" }), path: "Sources/" + path,
                    lines: text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)))
        }
        return files.sorted { $0.path < $1.path }
    }()
}
