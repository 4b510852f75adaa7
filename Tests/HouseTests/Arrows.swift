/// Who may import whom: imports point down only.
enum Arrows {
    /// Which of our own modules each target may import.
    static let ours: [String: Set<String>] = [
        "Matrix": [],
        "Keys": ["CSodium"],
        "Storage": ["Keys", "Matrix", "CCodec"],
        "Audit": ["Storage", "Keys", "Matrix"],
        "Access": ["Audit", "Storage", "Matrix"],
        "Identity": ["Access", "Audit", "Storage", "Keys", "Matrix", "CSodium"],
        "Rooms": ["Access", "Audit", "Storage", "Matrix"],
        "EndToEnd": ["Rooms", "Access", "Audit", "Storage", "Keys", "Matrix"],
        "Addresses": [],
        "Media": ["Addresses", "Access", "Audit", "Storage", "Keys", "Matrix"],
        "Sync": ["EndToEnd", "Rooms", "Access", "Audit", "Storage", "Matrix"],
        "Mail": [],
        "Push": ["Mail", "Addresses", "Rooms", "Audit", "Storage", "Keys", "Matrix"],
        "Search": ["Identity", "Rooms", "Access", "Audit", "Storage", "Matrix"],
        "HTTPSurface": ["Identity", "Access", "Audit", "Storage", "Matrix"],
        "ClientAPI": [
            "HTTPSurface", "Search", "Media", "Sync", "Push", "EndToEnd", "Rooms", "Identity", "Access", "Audit", "Storage",
            "Keys", "Matrix",
        ],
        "ConclaveServer": [
            "ClientAPI", "HTTPSurface", "Search", "Media", "Sync", "Push", "Mail", "Addresses", "EndToEnd", "Rooms", "Identity",
            "Access",
            "Audit", "Storage",
            "Keys", "Matrix", "CMalloc", "CConfine",
        ],
        "conclave-image": ["CVips", "CConfine"],
        "conclave": ["ConclaveServer", "Identity", "Audit", "Storage", "Keys", "Matrix"],
    ]

    /// Modules of others that only the targets named may import; what is not listed may be imported anywhere.
    static let confined: [String: Set<String>] = [
        "GRDB": ["Storage"],
        "GRDBSQLite": ["Storage"],
        "Hummingbird": ["HTTPSurface", "ClientAPI", "ConclaveServer"],
        "HummingbirdCore": ["HTTPSurface", "ConclaveServer"],
        "HummingbirdTLS": ["ConclaveServer"],
        "HummingbirdHTTP2": ["ConclaveServer"],
        "NIOSSL": ["Media", "ConclaveServer", "Mail", "Push"],
        "AsyncHTTPClient": ["Push"],
        "X509": ["ConclaveServer"],
        "Configuration": ["ConclaveServer"],
        "ArgumentParser": ["conclave"],
    ]

    /// Targets that are words and mathematics: nothing of theirs reaches a clock, a disk or the network.
    static let pure: [String: Set<String>] = ["Matrix": ["Crypto", "FoundationEssentials", "Synchronization"]]
}
