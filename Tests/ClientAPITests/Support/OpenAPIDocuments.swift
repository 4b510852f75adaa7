import Foundation
import Yams

/// The specification's OpenAPI files, which lie beside the checkout and are not part of it.
enum OpenAPIDocuments {
    private static let directory = Repository.root.deletingLastPathComponent()
        .appending(path: "shared/matrix-spec/data/api/client-server")

    static let arePresent = FileManager.default.fileExists(atPath: directory.path(percentEncoded: false))

    /// Every operation with its name and request.
    static func operations() throws -> [(name: String, request: CoverageRequest)] {
        var found: [(String, CoverageRequest)] = []
        let files = try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
        for file in files.sorted(by: { $0.path < $1.path }) where file.pathExtension == "yaml" {
            guard let document = try Yams.compose(yaml: String(contentsOf: file, encoding: .utf8)) else { continue }
            let base = document["servers"]?[0]?["variables"]?["basePath"]?["default"]?.string ?? ""
            for (path, methods) in document["paths"]?.mapping ?? [:] {
                for (method, operation) in methods.mapping ?? [:] where operation["responses"] != nil {
                    let request = CoverageRequest(
                        method: (method.string ?? "").uppercased(),
                        path: (base + (path.string ?? "")).trimmingCharacters(in: .whitespaces))
                    found.append((operation["operationId"]?.string ?? "", request))
                }
            }
        }
        return found
    }
}
