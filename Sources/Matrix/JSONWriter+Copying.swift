extension JSONWriter {
    /// Copies the members of a canonical object that are wanted. Their order stays, so the copy is canonical as well.
    mutating func object(copying source: JSON, where wanted: (String) -> Bool) {
        object { writer in
            for (key, value) in source.members where wanted(key) { writer.memberRaw(key, value.raw) }
        }
    }
}
