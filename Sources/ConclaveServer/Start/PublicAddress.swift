import Synchronization

/// The address under which clients reach the server. With a port that the system chooses it is known only once the listener
/// is open.
final class PublicAddress: Sendable {
    private let address: Mutex<String>
    private let isOpen: Bool

    /// The address that the settings name.
    init(_ settings: Settings) {
        address = Mutex(settings.publicURL)
        isOpen = settings.listener?.port == 0
    }

    /// The address.
    var text: String { address.withLock { $0 } }

    /// Notes the port that the system chose.
    func settle(port: Int?) {
        guard isOpen, let port else { return }
        address.withLock { $0 = $0.replacing(":0", with: ":\(port)") }
    }
}
