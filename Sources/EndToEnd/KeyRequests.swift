import Matrix

/// Whose keys somebody asks for.
///
/// [Specification](https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysquery)
package struct KeyQuestion: Sendable {
    /// The people, each with the devices asked for; none means all.
    let people: [(user: UserID, devices: Set<String>)]

    /// Reads `device_keys`: users to lists of devices.
    /// - Throws: `M_BAD_JSON`, `M_INVALID_PARAM` for what is no user ID.
    package init(parsing object: JSON) throws(MatrixError) {
        guard object.kind == .object else { throw .badJSON("device_keys must be an object") }
        var people: [(UserID, Set<String>)] = []
        for (name, list) in object.members {
            guard list.kind == .array else { throw .badJSON("device_keys must hold a list of devices for each user") }
            var devices: Set<String> = []
            for device in list.elements {
                guard let id = device.string else { throw .badJSON("a device ID must be a string") }
                devices.insert(id)
            }
            people.append((try UserID(parsing: name), devices))
        }
        self.people = people
    }
}

/// Which one-time keys somebody asks for.
///
/// [Specification](https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysclaim)
package struct KeyClaim: Sendable {
    /// One key of one device.
    struct Wish: Sendable {
        let device: String
        let algorithm: String
    }

    /// The keys asked for, by person, in the order of the request.
    let wishes: [(user: UserID, keys: [Wish])]

    /// Reads `one_time_keys`: users to devices to algorithms.
    /// - Throws: `M_BAD_JSON`, `M_INVALID_PARAM` for what is no user ID.
    package init(parsing object: JSON) throws(MatrixError) {
        guard object.kind == .object else { throw .badJSON("one_time_keys must be an object") }
        var wishes: [(UserID, [Wish])] = []
        for (name, devices) in object.members {
            guard devices.kind == .object else { throw .badJSON("one_time_keys must hold a map of devices for each user") }
            var keys: [Wish] = []
            for (device, algorithm) in devices.members {
                guard let algorithm = algorithm.string else { throw .badJSON("an algorithm must be a string") }
                keys.append(Wish(device: device, algorithm: algorithm))
            }
            wishes.append((try UserID(parsing: name), keys))
        }
        self.wishes = wishes
    }

    /// How many keys are asked for.
    var count: Int { wishes.reduce(0) { $0 + $1.keys.count } }
}
