import Matrix
import Rooms

extension SlidingCall {
    /// Reads the body of a call; members that the proposal does not know are passed over.
    /// - Parameter user: who asks.
    /// - Throws: `M_BAD_JSON` for values of the wrong type, `M_MISSING_PARAM`, `M_INVALID_PARAM` for values out of bounds.
    package init(_ body: JSON, for user: UserID) throws(MatrixError) {
        guard body.kind == .object else { throw .badJSON("the body must be an object") }
        // What is wanted is kept until the next call.
        guard body.raw.count <= SlidingLimits.largestBody else {
            throw .tooLarge("the body is larger than \(SlidingLimits.largestBody) bytes")
        }
        connection = try body.text("conn_id", longest: 255) ?? ""
        transaction = try body.text("txn_id", longest: 255)
        if let lists = try body.optionalObject("lists") {
            guard lists.count <= SlidingLimits.mostLists else { throw .invalidParam("there are more than 100 lists") }
            for (name, list) in lists.members {
                guard (1...SlidingLimits.longestListName).contains(name.utf8.count) else {
                    throw .invalidParam("the name of a list must have 1 to 64 bytes")
                }
                wish.lists.append(try SlidingWish.List(name, list, for: user))
            }
        }
        if let rooms = try body.optionalObject("room_subscriptions") {
            guard rooms.count <= SlidingLimits.mostSubscriptions else {
                throw .invalidParam("there are more than \(SlidingLimits.mostSubscriptions) subscriptions")
            }
            for (name, detail) in rooms.members {
                wish.subscriptions[try RoomID(parsing: name)] = try SlidingWish.Detail(detail, for: user)
            }
        }
        try wish.checkState()
        guard let extensions = try body.optionalObject("extensions") else { return }
        if let part = try extensions.enabled("to_device") {
            let limit = try part.optionalInt("limit") ?? 100
            guard limit >= 0 else { throw .invalidParam("limit must not be negative") }
            wish.extensions.toDevice = SlidingWish.ToDevice(limit: Int(min(limit, 100)))
            if let word = try part.text("since", longest: 19) {
                guard let since = Int64(word), since >= 0 else { throw .invalidParam("since is not a token of this server") }
                toDeviceSince = since
            }
        }
        wish.extensions.endToEnd = try extensions.enabled("e2ee") != nil
        wish.extensions.accountData = try extensions.enabled("account_data")?.scope()
        wish.extensions.receipts = try extensions.enabled("receipts")?.scope()
        wish.extensions.typing = try extensions.enabled("typing")?.scope()
        wish.extensions.threadSubscriptions = try extensions.enabled(SlidingWish.Extensions.threadSubscriptionsName)?
            .limit(largest: ThreadPages.largestOfChanges)
        if let part = try extensions.enabled(SlidingWish.Threads.name) {
            wish.extensions.threads = SlidingWish.Threads(
                includesRoots: try part.optionalBool("include_roots") ?? false,
                limit: try part.limit(largest: ThreadPages.largestOfUpdates))
        }
    }
}

/// How much one request may ask for.
enum SlidingLimits {
    /// In bytes.
    static let largestBody = 262_144
    /// Of types, state keys and names, in bytes.
    static let longestName = 255
    static let mostLists = 100
    /// In bytes.
    static let longestListName = 64
    /// Events of a room; more are for `/messages`.
    static let largestTimeline: Int64 = 100
    static let mostSubscriptions = 2_000
    /// Ranges of one list.
    static let mostRanges = 100
    /// Pairs of one `required_state`, and names in any other list.
    static let longestArray = 1_000
    /// Different pairs of all `required_state` of one call: each may be looked for in every room.
    static let mostPairs = 1_000
}

extension SlidingWish {
    fileprivate func checkState() throws(MatrixError) {
        var all = RequiredState()
        for state in lists.map(\.detail.state) + subscriptions.values.map(\.state) {
            all.formUnion(state)
            guard all.count <= SlidingLimits.mostPairs else {
                throw .invalidParam("there are more than \(SlidingLimits.mostPairs) different pairs in required_state")
            }
        }
    }
}

extension SlidingWish.Detail {
    fileprivate init(_ json: JSON, for user: UserID) throws(MatrixError) {
        guard json.kind == .object else { throw .badJSON("what is wanted of a room must be an object") }
        guard let limit = try json.optionalInt("timeline_limit") else { throw .missingParam("timeline_limit is missing") }
        guard limit >= 0 else { throw .invalidParam("timeline_limit must not be negative") }
        self.limit = Int(min(limit, SlidingLimits.largestTimeline))
        for pair in try json.array("required_state") ?? [] {
            guard pair.kind == .array, pair.count == 2, let type = pair[0]?.string, let key = pair[1]?.string else {
                throw .badJSON("required_state must hold pairs of a type and a state key")
            }
            guard max(type.utf8.count, key.utf8.count) <= SlidingLimits.longestName else {
                throw .invalidParam("a type or a state key of required_state is longer than 255 bytes")
            }
            state.insert(type, key, for: user)
        }
    }
}

extension SlidingWish.List {
    fileprivate init(_ name: String, _ json: JSON, for user: UserID) throws(MatrixError) {
        self.name = name
        detail = try SlidingWish.Detail(json, for: user)
        if let pairs = try json.array("ranges") {
            guard pairs.count <= SlidingLimits.mostRanges else { throw .invalidParam("there are too many ranges") }
            var ranges: [ClosedRange<Int>] = []
            for pair in pairs { ranges.append(try Self.range(pair)) }
            self.ranges = ranges
        } else if let pair = json["range"], !pair.isNull {
            ranges = [try Self.range(pair)]
        }
        if let part = try json.optionalObject("filters") { filter = try SlidingFilter(part) }
    }

    private static func range(_ pair: JSON) throws(MatrixError) -> ClosedRange<Int> {
        guard pair.kind == .array, pair.count == 2, let first = pair[0]?.int, let last = pair[1]?.int else {
            throw .badJSON("a range must be a pair of whole numbers")
        }
        guard first >= 0, first <= last else {
            throw .invalidParam("a range must begin at 0 or later and not end before it begins")
        }
        return Int(min(first, Int64(Int32.max)))...Int(min(last, Int64(Int32.max)))
    }
}

extension SlidingFilter {
    /// Reads the filters of a list.
    /// - Throws: `M_BAD_JSON`, `M_INVALID_PARAM`.
    init(_ json: JSON) throws(MatrixError) {
        isDirect = try json.optionalBool("is_dm")
        spaces = try json.strings("spaces").map { Set($0) }
        isEncrypted = try json.optionalBool("is_encrypted")
        isInvited = try json.optionalBool("is_invite")
        if isInvited == nil { isInvited = try json.optionalBool("is_invited") }
        // An empty list of types is what clients send for «any».
        types = try json.types("room_types").flatMap { $0.isEmpty ? nil : $0 }
        notTypes = try json.types("not_room_types") ?? []
        name = try json.text("room_name_like", longest: 255)?.lowercased()
        tags = try json.strings("tags").map { Set($0) }
        notTags = try Set(json.strings("not_tags") ?? [])
    }
}

extension JSON {
    fileprivate func array(_ key: String) throws(MatrixError) -> [JSON]? {
        guard let values = try optionalArray(key) else { return nil }
        guard values.count <= SlidingLimits.longestArray else {
            throw .invalidParam("\(key) has more than \(SlidingLimits.longestArray) entries")
        }
        return values
    }

    fileprivate func text(_ key: String, longest: Int) throws(MatrixError) -> String? {
        guard let text = try optionalString(key) else { return nil }
        guard text.utf8.count <= longest else { throw .invalidParam("\(key) is longer than \(longest) bytes") }
        return text
    }

    fileprivate func strings(_ key: String) throws(MatrixError) -> [String]? {
        guard let values = try array(key) else { return nil }
        var texts: [String] = []
        for value in values {
            guard let text = value.string else { throw .badJSON("\(key) must hold strings only") }
            guard text.utf8.count <= SlidingLimits.longestName else {
                throw .invalidParam("\(key) holds a string of more than 255 bytes")
            }
            texts.append(text)
        }
        return texts
    }

    fileprivate func types(_ key: String) throws(MatrixError) -> Set<String?>? {
        guard let values = try array(key) else { return nil }
        var types: Set<String?> = []
        for value in values {
            guard value.isNull || value.kind == .string else { throw .badJSON("\(key) must hold strings and null only") }
            guard value.raw.count <= SlidingLimits.longestName else {
                throw .invalidParam("\(key) holds a string of more than 255 bytes")
            }
            types.insert(value.string)
        }
        return types
    }

    /// An extension that is switched on.
    fileprivate func enabled(_ key: String) throws(MatrixError) -> JSON? {
        guard let part = try optionalObject(key), try part.optionalBool("enabled") == true else { return nil }
        return part
    }

    /// How much of an extension is wanted at once.
    fileprivate func limit(largest: Int) throws(MatrixError) -> Int {
        guard let limit = try optionalInt("limit") else { return 100 }
        guard limit > 0 else { throw .invalidParam("limit must be above zero") }
        return Int(min(limit, Int64(largest)))
    }

    /// From where an extension is wanted.
    fileprivate func scope() throws(MatrixError) -> SlidingWish.Scope {
        func named(_ key: String) throws(MatrixError) -> Set<String>? {
            guard let names = try strings(key) else { return nil }
            return names.contains("*") ? nil : Set(names)
        }
        return SlidingWish.Scope(lists: try named("lists"), rooms: try named("rooms"))
    }
}
