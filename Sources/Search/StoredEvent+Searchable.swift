import Rooms

extension StoredEvent {
    /// The field and the text by which the event is found; nil when there is nothing to find, as after a redaction.
    func searchable() throws -> (field: SearchField, text: SearchText)? {
        guard redactedBy == nil, let field = SearchField(type: type) else { return nil }
        let text = SearchText(field.texts(of: try content))
        return text.isEmpty ? nil : (field, text)
    }
}
