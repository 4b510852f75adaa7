import HTTPSurface

extension ClientRoutes {
    /// Everything about accounts: who one is, how one gets in and out, what one shows to others.
    static func identity(_ services: ClientServices) -> [Route] {
        discovery(services) + login(services) + interactive(services) + registration(services)
            + sharedSecretRegistration(services) + account(services) + contacts(services) + devices(services)
            + profiles(services) + moderation(services) + openID(services) + calls(services)
            + thirdPartyNetworks(services) + reports(services)
    }
}
