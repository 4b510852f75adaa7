/// A dictionary of bounded size that forgets what was not used for longest. Every operation is O(1).
struct LeastRecent<Key: Hashable, Value> {
    private struct Node {
        var key: Key
        var value: Value
        var newer: Int
        var older: Int
    }

    private let capacity: Int
    private var index: [Key: Int] = [:]
    private var nodes: [Node?] = []
    private var free: [Int] = []
    private var newest = -1
    private var oldest = -1

    /// Room for `capacity` values.
    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    /// How many values there are.
    var count: Int { index.count }

    /// The value of a key, which thereby becomes the newest.
    mutating func value(_ key: Key) -> Value? {
        guard let position = index[key], let node = nodes[position] else { return nil }
        if position != newest {
            unlink(node)
            link(position)
        }
        return node.value
    }

    /// Sets a value; the oldest one may have to go.
    mutating func set(_ key: Key, _ value: Value) {
        if let position = index[key] {
            nodes[position]?.value = value
            if position != newest, let node = nodes[position] {
                unlink(node)
                link(position)
            }
            return
        }
        if index.count >= capacity, let last = oldest >= 0 ? nodes[oldest] : nil { remove(last.key) }
        let position = free.popLast() ?? nodes.count
        let node = Node(key: key, value: value, newer: -1, older: -1)
        if position == nodes.count { nodes.append(node) } else { nodes[position] = node }
        index[key] = position
        link(position)
    }

    /// Forgets a value.
    mutating func remove(_ key: Key) {
        guard let position = index.removeValue(forKey: key), let node = nodes[position] else { return }
        unlink(node)
        nodes[position] = nil
        free.append(position)
    }

    /// Forgets everything.
    mutating func removeAll() {
        index.removeAll()
        nodes.removeAll()
        free.removeAll()
        newest = -1
        oldest = -1
    }

    /// Forgets every key that a condition names.
    mutating func removeAll(where condition: (Key) -> Bool) {
        for key in index.keys.filter(condition) { remove(key) }
    }

    private mutating func unlink(_ node: Node) {
        if node.newer >= 0 { nodes[node.newer]?.older = node.older } else { newest = node.older }
        if node.older >= 0 { nodes[node.older]?.newer = node.newer } else { oldest = node.newer }
    }

    private mutating func link(_ position: Int) {
        nodes[position]?.older = newest
        nodes[position]?.newer = -1
        if newest >= 0 { nodes[newest]?.newer = position } else { oldest = position }
        newest = position
    }
}
