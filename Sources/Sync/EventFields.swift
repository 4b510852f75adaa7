import Matrix

/// The parts of an event that a filter names; what it does not name is dropped.
///
/// [Specification](https://spec.matrix.org/v1.16/appendices/#dot-separated-property-paths)
package struct EventFields: Sendable, Equatable {
    private final class Node: Sendable, Equatable {
        let isWhole: Bool
        let members: [ExactText: Node]

        init(_ paths: [ArraySlice<String>]) {
            isWhole = paths.contains { $0.isEmpty }
            var grouped: [ExactText: [ArraySlice<String>]] = [:]
            for path in paths {
                if let first = path.first { grouped[ExactText(first), default: []].append(path.dropFirst()) }
            }
            members = grouped.mapValues { Node($0) }
        }

        static func == (one: Node, other: Node) -> Bool { one.isWhole == other.isWhole && one.members == other.members }
    }

    /// Events are not nested deeper than this, so longer paths lead nowhere.
    private static let deepest = 64

    private let root: Node

    /// The parts at these paths.
    package init(_ paths: [String]) {
        root = Node(paths.map { PropertyPath($0).names[...] }.filter { $0.count <= Self.deepest })
    }

    /// The event with only the named parts.
    package func pick(from event: JSON) -> [UInt8] {
        var writer = JSONWriter()
        Self.write(event, root, isRoot: true, to: &writer)
        return writer.bytes
    }

    private static func write(_ value: JSON, _ node: Node, isRoot: Bool = false, to writer: inout JSONWriter) {
        if node.isWhole && !isRoot { return writer.raw(value.raw) }
        writer.object { object in
            for (key, member) in value.members {
                guard let next = node.members[ExactText(key)], next.isWhole || member.kind == .object else { continue }
                object.key(key)
                write(member, next, to: &object)
            }
        }
    }
}
