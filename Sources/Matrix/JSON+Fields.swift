extension JSON {
    /// A member that must be a string.
    /// - Throws: `M_MISSING_PARAM` when absent, `M_BAD_JSON` when something else.
    package func requiredString(_ key: String) throws(MatrixError) -> String {
        guard let text = try optionalString(key) else { throw .missingParam("\(key) is missing") }
        return text
    }

    /// A member that may be absent (or null) and is a string otherwise.
    /// - Throws: `M_BAD_JSON`.
    package func optionalString(_ key: String) throws(MatrixError) -> String? {
        guard let value = present(key) else { return nil }
        guard let text = value.string else { throw .badJSON("\(key) must be a string") }
        return text
    }

    /// A member that may be absent (or null) and is a boolean otherwise.
    /// - Throws: `M_BAD_JSON`.
    package func optionalBool(_ key: String) throws(MatrixError) -> Bool? {
        guard let value = present(key) else { return nil }
        guard let flag = value.bool else { throw .badJSON("\(key) must be true or false") }
        return flag
    }

    /// A member that may be absent (or null) and is a whole number otherwise.
    /// - Throws: `M_BAD_JSON`.
    package func optionalInt(_ key: String) throws(MatrixError) -> Int64? {
        guard let value = present(key) else { return nil }
        guard let number = value.int else { throw .badJSON("\(key) must be a whole number") }
        return number
    }

    /// A member that may be absent (or null) and is an object otherwise.
    /// - Throws: `M_BAD_JSON`.
    package func optionalObject(_ key: String) throws(MatrixError) -> JSON? {
        guard let value = present(key) else { return nil }
        guard value.kind == .object else { throw .badJSON("\(key) must be an object") }
        return value
    }

    /// A member that must be an object.
    /// - Throws: `M_MISSING_PARAM`, `M_BAD_JSON`.
    package func requiredObject(_ key: String) throws(MatrixError) -> JSON {
        guard let value = try optionalObject(key) else { throw .missingParam("\(key) is missing") }
        return value
    }

    /// A member that may be absent (or null) and is an array otherwise.
    /// - Throws: `M_BAD_JSON`.
    package func optionalArray(_ key: String) throws(MatrixError) -> [JSON]? {
        guard let value = present(key) else { return nil }
        guard value.kind == .array else { throw .badJSON("\(key) must be an array") }
        return Array(value.elements)
    }

    /// A member that may be absent (or null) and is an array of strings otherwise.
    /// - Throws: `M_BAD_JSON`.
    package func optionalStrings(_ key: String) throws(MatrixError) -> [String]? {
        guard let values = try optionalArray(key) else { return nil }
        var texts: [String] = []
        for value in values {
            guard let text = value.string else { throw .badJSON("\(key) must hold strings only") }
            texts.append(text)
        }
        return texts
    }

    /// A member that is there and not null.
    package func present(_ key: String) -> JSON? {
        guard let value = self[key], !value.isNull else { return nil }
        return value
    }
}
