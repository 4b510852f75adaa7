import Audit
import Matrix
import Storage

extension KeyServer {
    /// The keys of people and their devices, each with the signatures that the reader may see. Of people nobody here has heard of
    /// nothing is said.
    /// - Returns: the body of the answer.
    package func query(_ question: KeyQuestion, by requester: Requester) async throws -> [UInt8] {
        guard question.people.count <= limits.recipients else { throw MatrixError.tooLarge("too many people in one request") }
        let local = question.people.filter { $0.user.serverName == serverName }
        return try await store.read { tx in
            var found: [PersonKeys] = []
            for (user, devices) in local {
                guard let person = try tx.number(of: user) else { continue }
                found.append(try PersonKeys(of: user, person, devices, for: requester.number, self.devices, tx))
            }
            var writer = JSONWriter(capacity: 1_024)
            writer.object { answer in
                answer.failures(of: question.people.map(\.user), besides: serverName)
                answer.memberObject("device_keys") { users in
                    for keys in found {
                        users.memberObject(keys.user) { devices in keys.devices.forEach { devices.memberRaw($0.name, $0.object) }
                        }
                    }
                }
                for usage in CrossSigningUsage.allCases {
                    answer.memberObject("\(usage.rawValue)_keys") { users in
                        for keys in found { if let key = keys.crossSigning[usage] { users.memberRaw(keys.user, key) } }
                    }
                }
            }
            return writer.bytes
        }
    }
}

/// The keys of one person as one reader sees them.
struct PersonKeys {
    let user: String
    /// The devices' keys with names and signatures.
    private(set) var devices: [(name: String, object: [UInt8])] = []
    private(set) var crossSigning: [CrossSigningUsage: [UInt8]] = [:]

    /// Reads them.
    /// - Parameter wanted: the devices asked for; none means all.
    init(
        of user: UserID, _ person: Int64, _ wanted: Set<String>, for reader: Int64, _ known: KnownDevices, _ tx: Transaction
    ) throws {
        self.user = user.rawValue
        let own = try CrossSigningQueries.signatures(of: person, by: person, tx)
        let readers = reader == person ? [] : try CrossSigningQueries.signatures(of: person, by: reader, tx)
        let readerName = try tx.user(reader).rawValue
        func complete(_ object: JSON, _ name: String, displayName: String? = nil) -> [UInt8] {
            let target = CrossSigningQueries.tag(name, of: person, tx)
            var added: [(String, [CrossSigningQueries.Signature])] = [(user.rawValue, own.filter { $0.target == target })]
            if reader != person { added.append((readerName, readers.filter { $0.target == target })) }
            return Self.merged(object, owner: user.rawValue, added, displayName: displayName)
        }
        let identities = try KeyQueries.identities(of: person, tx)
            .filter { wanted.isEmpty || wanted.contains($0.device) }
        let names = identities.isEmpty ? [:] : try known.names(person, tx)
        let hasNameless = identities.contains { names[$0.device] == nil }
        let dehydrated = hasNameless ? try DehydratedQueries.device(of: person, tx) : nil
        for (device, object) in identities {
            let name = names[device] ?? (device == dehydrated?.id ? dehydrated?.displayName : nil)
            devices.append((device, complete(object, device, displayName: name)))
        }
        for usage in CrossSigningUsage.allCases where usage != .userSigning || reader == person {
            guard let object = try CrossSigningQueries.key(usage, of: person, tx), let name = object.publicKeyName else {
                continue
            }
            crossSigning[usage] = complete(object, name)
        }
    }

    /// The object as it was uploaded, with its owner's signatures, those that were added, and the device's name.
    private static func merged(
        _ object: JSON, owner: String, _ added: [(user: String, signatures: [CrossSigningQueries.Signature])],
        displayName: String?
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: object.raw.count + 256)
        writer.object { writer in
            for (key, value) in object.members where key != "signatures" && key != "unsigned" { writer.memberRaw(key, value.raw) }
            let signed = added.map { user, signatures in
                var all: [String: String] = [:]
                if user == owner { object["signatures"]?[owner]?.members.forEach { all[$0.key] = $0.value.string } }
                for signature in signatures { all[signature.keyID] = signature.signature }
                return (user: user, all: all)
            }.filter { !$0.all.isEmpty }
            // A key that came without signatures and got none is told as it came.
            if !signed.isEmpty || object["signatures"] != nil {
                writer.memberObject("signatures") { users in
                    for (user, all) in signed {
                        users.memberObject(user) { keys in
                            for (key, value) in all.sorted(by: { $0.key < $1.key }) { keys.member(key, value) }
                        }
                    }
                }
            }
            if let displayName { writer.memberObject("unsigned") { $0.member("device_display_name", displayName) } }
        }
        return writer.bytes
    }
}
