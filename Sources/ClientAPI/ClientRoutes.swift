import HTTPSurface

/// The routes of the client-server API, a file for each group.
package enum ClientRoutes {
    /// All of them.
    package static func all(_ services: ClientServices) -> [Route] {
        let people =
            identity(services) + presence(services) + accountData(services) + tags(services) + filters(services)
            + pushRules(services) + notifications(services) + pushers(services)
        let rooms =
            createRoom(services) + membership(services) + sending(services) + aliases(services)
            + publicRooms(services) + joinedRooms(services) + members(services) + stateReads(services)
        let history =
            messages(services) + context(services) + events(services) + receipts(services) + typing(services)
            + previews(services) + relations(services) + spaces(services) + upgrades(services) + finding(services)
            + followedThreads(services)
        let encryption =
            keys(services) + deviceMessages(services) + crossSigning(services) + keyBackups(services)
            + dehydratedDevices(services)
        let searching = search(services) + userDirectory(services)
        return people + rooms + history + encryption + syncing(services) + sliding(services) + media(services) + searching
    }
}
