/// Appends JSON to a buffer without building a tree. Commas come by themselves; the order of the members is the caller's.
package struct JSONWriter: Sendable {
    /// What was written so far.
    package var bytes: [UInt8]
    private var needsComma = false

    /// A writer with room for that many bytes.
    package init(capacity: Int = 256) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// Writes an object; the body writes its members.
    package mutating func object(_ body: (inout JSONWriter) throws -> Void) rethrows {
        open(UInt8(ascii: "{"))
        try body(&self)
        close(UInt8(ascii: "}"))
    }

    /// Writes an array; the body writes its elements.
    package mutating func array(_ body: (inout JSONWriter) throws -> Void) rethrows {
        open(UInt8(ascii: "["))
        try body(&self)
        close(UInt8(ascii: "]"))
    }

    /// Writes a member's name and its colon; the next value written is the member's.
    package mutating func key(_ key: String) {
        comma()
        JSONText.appendQuoted(key.utf8.span, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a string.
    package mutating func string(_ value: String) {
        comma()
        JSONText.appendQuoted(value.utf8.span, to: &bytes)
    }

    /// Writes an integer.
    package mutating func int(_ value: Int64) {
        comma()
        JSONNumber.append(value, to: &bytes)
    }

    /// Writes `true` or `false`.
    package mutating func bool(_ value: Bool) {
        comma()
        bytes.append(contentsOf: value ? "true".utf8 : "false".utf8)
    }

    /// Writes `null`.
    package mutating func null() {
        comma()
        bytes.append(contentsOf: "null".utf8)
    }

    /// Splices bytes that are JSON already.
    package mutating func raw(_ json: some Collection<UInt8>) {
        comma()
        bytes.append(contentsOf: json)
    }

    /// Writes a built value.
    package mutating func value(_ value: JSONValue) {
        comma()
        value.append(to: &bytes)
    }

    /// Writes a member that is a string.
    package mutating func member(_ key: String, _ value: String) {
        self.key(key)
        string(value)
    }

    /// Writes a member that is an integer.
    package mutating func member(_ key: String, _ value: Int64) {
        self.key(key)
        int(value)
    }

    /// Writes a member that is an integer.
    package mutating func member(_ key: String, _ value: Int) {
        self.key(key)
        int(Int64(value))
    }

    /// Writes a member that is `true` or `false`.
    package mutating func member(_ key: String, _ value: Bool) {
        self.key(key)
        bool(value)
    }

    /// Writes a member that is a built value.
    @_disfavoredOverload
    package mutating func member(_ key: String, _ value: JSONValue) {
        self.key(key)
        self.value(value)
    }

    /// Writes a member whose value is JSON already.
    package mutating func memberRaw(_ key: String, _ json: some Collection<UInt8>) {
        self.key(key)
        raw(json)
    }

    /// Writes a member that is an object; the body writes the object's members.
    package mutating func memberObject(_ key: String, _ body: (inout JSONWriter) throws -> Void) rethrows {
        self.key(key)
        try object(body)
    }

    /// Writes a member that is an array; the body writes its elements.
    package mutating func memberArray(_ key: String, _ body: (inout JSONWriter) throws -> Void) rethrows {
        self.key(key)
        try array(body)
    }

    @inline(__always)
    private mutating func comma() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func open(_ bracket: UInt8) {
        comma()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }
}
