/// What a page says of itself in its head: [Open Graph](https://ogp.me) properties, and a title and description where there are
/// none. Pages are written by anybody, so nothing is expected of them and everything is bounded.
package struct OpenGraph: Sendable, Equatable {
    /// The properties, `og:title` and the like, each with the first value that the page gives.
    package private(set) var properties: [String: String] = [:]

    /// Properties that are told to clients; `og:image` is replaced by the address of a copy.
    static let told: Set<String> = [
        "og:title", "og:description", "og:site_name", "og:type", "og:url", "og:locale", "og:image", "og:image:width",
        "og:image:height", "og:image:alt",
    ]
    private static let maximumValue = 1000

    /// Reads the bytes of a page as UTF-8, replacing what is not.
    package init(page: [UInt8]) {
        var scanner = MarkupScanner(page)
        var fallbacks: [String: String] = [:]
        while let tag = scanner.next() {
            switch tag.name {
            case "title" where fallbacks["title"] == nil:
                fallbacks["title"] = Self.cleaned(scanner.text(until: "title"))
            case "script", "style", "noscript", "template", "textarea", "svg": scanner.skip(past: tag.name)
            case "meta":
                guard let content = tag.attributes["content"].flatMap(Self.cleaned) else { continue }
                let name = (tag.attributes["property"] ?? tag.attributes["name"] ?? "").lowercased()
                if name == "og:image:secure_url" || name == "og:image:url" {
                    if properties["og:image"] == nil { properties["og:image"] = content }
                } else if Self.told.contains(name) {
                    if properties[name] == nil { properties[name] = content }
                } else if ["description", "twitter:title", "twitter:description", "twitter:image"].contains(name) {
                    if fallbacks[name] == nil { fallbacks[name] = content }
                }
            default: break
            }
        }
        fill("og:title", from: fallbacks, ["twitter:title", "title"])
        fill("og:description", from: fallbacks, ["twitter:description", "description"])
        fill("og:image", from: fallbacks, ["twitter:image"])
    }

    private mutating func fill(_ name: String, from fallbacks: [String: String], _ sources: [String]) {
        guard properties[name] == nil else { return }
        properties[name] = sources.lazy.compactMap { fallbacks[$0] }.first
    }

    /// Spaces and line breaks as single spaces, nothing that controls a terminal, and not without end.
    private static func cleaned(_ text: String) -> String? {
        var cleaned = String.UnicodeScalarView()
        var isSpace = false
        for scalar in text.unicodeScalars {
            if scalar.properties.isWhitespace || scalar.properties.generalCategory == .control {
                isSpace = !cleaned.isEmpty
                continue
            }
            if cleaned.count >= maximumValue { break }
            if isSpace { cleaned.append(" ") }
            isSpace = false
            cleaned.append(scalar)
        }
        return cleaned.isEmpty ? nil : String(cleaned)
    }
}
