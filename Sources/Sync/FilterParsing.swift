import Matrix

extension SyncFilter {
    /// Reads a filter; members that the specification does not know are passed over.
    /// - Throws: `M_BAD_JSON` for a value of the wrong type, `M_INVALID_PARAM` for one out of bounds.
    package init(_ json: JSON) throws(MatrixError) {
        guard json.kind == .object else { throw .badJSON("a filter must be an object") }
        if let paths = try json.filterStrings("event_fields") { fields = EventFields(paths) }
        if let word = try json.optionalString("event_format") {
            guard let format = Format(rawValue: word) else {
                throw .invalidParam("event_format must be client or federation")
            }
            self.format = format
        }
        if let part = try json.optionalObject("presence") { presence = try EventFilter(part) }
        if let part = try json.optionalObject("account_data") { accountData = try EventFilter(part) }
        guard let room = try json.optionalObject("room") else { return }
        rooms.rooms = try room.filterSet("rooms", of: "!")
        rooms.notRooms = try room.filterSet("not_rooms", of: "!") ?? []
        includesLeft = try room.optionalBool("include_leave") ?? false
        if let part = try room.optionalObject("ephemeral") { ephemeral = try RoomEventFilter(part) }
        if let part = try room.optionalObject("state") { state = try RoomEventFilter(part) }
        if let part = try room.optionalObject("timeline") { timeline = try RoomEventFilter(part) }
        if let part = try room.optionalObject("account_data") { roomAccountData = try RoomEventFilter(part) }
    }

    /// Reads the text of a filter, as it stands in a query.
    /// - Throws: `M_NOT_JSON`, `M_BAD_JSON`, `M_INVALID_PARAM`, `M_TOO_LARGE`.
    package init(parsing text: String) throws(MatrixError) {
        guard text.utf8.count <= Self.maxBytes else { throw .tooLarge("the filter is larger than \(Self.maxBytes) bytes") }
        let json: JSON
        do { json = try JSON(parsing: Array(text.utf8), limits: .event) } catch {
            throw .notJSON("the filter is not JSON")
        }
        try self.init(json)
    }

    /// The largest filter in bytes.
    package static let maxBytes = 65_536
}

extension EventFilter {
    /// Reads the part of a filter that is about events.
    /// - Throws: `M_BAD_JSON`, `M_INVALID_PARAM`.
    package init(_ json: JSON) throws(MatrixError) {
        guard json.kind == .object else { throw .badJSON("a filter must be an object") }
        if let value = json["limit"], !value.isNull {
            guard let number = value.int else { throw .badJSON("limit must be a whole number") }
            // The specification wants it above zero; zero is taken for «none», because clients use it so.
            guard number >= 0 else { throw .invalidParam("limit must not be negative") }
            limit = Int(min(number, Int64(Int32.max)))
        }
        types = try json.filterStrings("types").map { $0.map(TypePattern.init) }
        notTypes = try (json.filterStrings("not_types") ?? []).map(TypePattern.init)
        senders = try json.filterSet("senders", of: "@")
        notSenders = try json.filterSet("not_senders", of: "@") ?? []
    }
}

extension RoomEventFilter {
    /// Reads the part of a filter that is about events of rooms; also the `filter` of `/messages` and `/context`.
    /// - Throws: `M_BAD_JSON`, `M_INVALID_PARAM`.
    package init(_ json: JSON) throws(MatrixError) {
        events = try EventFilter(json)
        rooms = try json.filterSet("rooms", of: "!")
        notRooms = try json.filterSet("not_rooms", of: "!") ?? []
        containsURL = try json.optionalBool("contains_url")
        lazyLoadsMembers = try json.optionalBool("lazy_load_members") ?? false
        includesRedundantMembers = try json.optionalBool("include_redundant_members") ?? false
        countsThreads = try json.optionalBool("unread_thread_notifications") ?? false
    }
}

extension JSON {
    /// More names than this in one list are no filter.
    private static var longestList: Int { 1_000 }

    fileprivate func filterSet(_ key: String, of sigil: Character) throws(MatrixError) -> Set<ExactText>? {
        guard let texts = try filterStrings(key) else { return nil }
        guard texts.allSatisfy({ $0.first == sigil }) else { throw .invalidParam("the names in \(key) begin with \(sigil)") }
        return Set(texts.map { ExactText($0) })
    }

    fileprivate func filterStrings(_ key: String) throws(MatrixError) -> [String]? {
        guard let value = present(key) else { return nil }
        guard value.kind == .array else { throw .badJSON("\(key) must be a list of strings") }
        guard value.count <= Self.longestList else { throw .invalidParam("\(key) has more than \(Self.longestList) entries") }
        var texts: [String] = []
        for element in value.elements {
            guard let text = element.string else { throw .badJSON("\(key) must be a list of strings") }
            texts.append(text)
        }
        return texts
    }
}
