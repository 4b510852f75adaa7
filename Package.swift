// swift-tools-version: 6.2
import PackageDescription

// The encrypted SQLite library that `Scripts/sqlite` builds; `SQLITE_FLAVOUR=cipher` takes SQLCipher instead.
let flavour = Context.environment["SQLITE_FLAVOUR"] ?? "mc"
let encryptedSQLite: [LinkerSetting] = [
    .unsafeFlags(["-L" + Context.packageDirectory + "/.deps/" + flavour]),
    .linkedLibrary("crypto", .when(platforms: [.linux])),
]

// Tests look inside targets. In a release build that has to be asked for; it concerns our own targets only, so what the
// product depends on is compiled once for both.
let testable: [SwiftSetting] = Context.environment["TESTABLE_BUILD"] == nil ? [] : [.unsafeFlags(["-enable-testing"])]

let strict: [SwiftSetting] =
    testable + [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ]

func product(_ name: String, _ package: String) -> Target.Dependency { .product(name: name, package: package) }

let crypto = product("Crypto", "swift-crypto")
let logging = product("Logging", "swift-log")
let hummingbird = product("Hummingbird", "hummingbird")

func room(_ name: String, _ dependencies: [Target.Dependency], linking: [LinkerSetting] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict, linkerSettings: linking)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let package = Package(
    name: "conclave",
    products: [
        .executable(name: "conclave", targets: ["conclave"]), .executable(name: "conclave-image", targets: ["conclave-image"]),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-certificates", exact: "1.21.1"),
        .package(url: "https://github.com/apple/swift-asn1", exact: "1.7.4"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(
            url: "https://github.com/apple/swift-configuration", exact: "1.4.0",
            traits: ["YAML", "CommandLineArguments"]),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    ],
    targets: [
        .systemLibrary(name: "CSodium", providers: [.apt(["libsodium-dev"])]),
        .systemLibrary(name: "CVips", pkgConfig: "vips", providers: [.apt(["libvips-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .target(name: "CCodec"),
        .target(name: "CConfine"),

        room("Matrix", [crypto]),
        room("Keys", [crypto, "CSodium"]),
        room(
            "Storage",
            ["Keys", "Matrix", "CCodec", crypto, logging, product("GRDB", "GRDB.swift"), product("GRDBSQLite", "GRDB.swift")],
            linking: encryptedSQLite),
        room("Audit", ["Storage", "Keys", "Matrix", crypto]),
        room("Access", ["Audit", "Storage", "Matrix"]),
        room("Identity", ["Access", "Audit", "Storage", "Keys", "Matrix", "CSodium", crypto, product("NIOPosix", "swift-nio")]),
        room("Rooms", ["Access", "Audit", "Storage", "Matrix", crypto, product("Collections", "swift-collections")]),
        room("Addresses", []),
        room(
            "Media",
            [
                "Addresses", "Access", "Audit", "Storage", "Keys", "Matrix", crypto, product("NIOCore", "swift-nio"),
                product("NIOPosix", "swift-nio"),
                product("NIOHTTP1", "swift-nio"), product("NIOSSL", "swift-nio-ssl"),
            ]),
        room("EndToEnd", ["Rooms", "Access", "Audit", "Storage", "Keys", "Matrix"]),
        room("Sync", ["EndToEnd", "Rooms", "Access", "Audit", "Storage", "Matrix", crypto]),
        room("Mail", [product("NIOCore", "swift-nio"), product("NIOPosix", "swift-nio"), product("NIOSSL", "swift-nio-ssl")]),
        room(
            "Push",
            [
                "Mail", "Addresses", "Rooms", "Audit", "Storage", "Keys", "Matrix", logging,
                product("AsyncHTTPClient", "async-http-client"),
                product("NIOCore", "swift-nio"), product("NIOHTTP1", "swift-nio"), product("NIOPosix", "swift-nio"),
                product("NIOSSL", "swift-nio-ssl"), product("ServiceLifecycle", "swift-service-lifecycle"),
            ]),
        room("Search", ["Identity", "Rooms", "Access", "Audit", "Storage", "Matrix", crypto, logging]),
        room(
            "HTTPSurface",
            [
                "Identity", "Access", "Audit", "Storage", "Matrix", hummingbird, logging,
                product("HTTPTypes", "swift-http-types"),
                product("NIOCore", "swift-nio"), product("Metrics", "swift-metrics"),
            ]),
        room(
            "ClientAPI",
            [
                "HTTPSurface", "Search", "Media", "Sync", "Push", "EndToEnd", "Rooms", "Identity", "Access", "Audit", "Storage",
                "Matrix",
                hummingbird,
                product("HTTPTypes", "swift-http-types"),
            ]),
        room(
            "ConclaveServer",
            [
                "ClientAPI", "HTTPSurface", "Search", "Media", "Sync", "Push", "Mail", "Addresses", "EndToEnd", "Rooms",
                "Identity", "Access",
                "Audit",
                "Storage",
                "Keys", "Matrix", "CMalloc", "CConfine",
                hummingbird, logging, crypto,
                product("HummingbirdTLS", "hummingbird"), product("HummingbirdHTTP2", "hummingbird"),
                product("HummingbirdCore", "hummingbird"), product("HTTPTypes", "swift-http-types"),
                product("NIOSSL", "swift-nio-ssl"), product("NIOCore", "swift-nio"), product("NIOPosix", "swift-nio"),
                product("NIOTLS", "swift-nio"), product("X509", "swift-certificates"), product("SwiftASN1", "swift-asn1"),
                product("Metrics", "swift-metrics"), product("CoreMetrics", "swift-metrics"), product("Yams", "Yams"),
                product("Configuration", "swift-configuration"),
                product("ServiceLifecycle", "swift-service-lifecycle"),
                product("UnixSignals", "swift-service-lifecycle"),
            ]),
        .executableTarget(
            name: "conclave",
            dependencies: [
                "ConclaveServer", "Identity", "Audit", "Storage", "Keys", "Matrix",
                product("ArgumentParser", "swift-argument-parser"),
            ], swiftSettings: strict),

        // Decodes pictures, in a process of its own.
        .executableTarget(name: "conclave-image", dependencies: ["CVips", "CConfine"], swiftSettings: strict),

        // What `make bench` compares with; nothing of the product needs it.
        .executableTarget(
            name: "conclave-floor",
            dependencies: [
                "Storage", "Keys", hummingbird, logging, product("HummingbirdTLS", "hummingbird"),
                product("NIOCore", "swift-nio"), product("NIOSSL", "swift-nio-ssl"),
            ],
            path: "Bench/Floor", swiftSettings: strict),

        // What several test targets stand on.
        .target(
            name: "TestHouse", dependencies: ["Rooms", "Audit", "Storage", "Keys", "Matrix"], path: "Tests/TestHouse",
            swiftSettings: strict),
        .target(name: "CTrials", dependencies: ["CConfine"], path: "Tests/CTrials"),
        tests("MatrixTests", ["Matrix", crypto]),
        tests("KeysTests", ["Keys", crypto]),
        tests("StorageTests", ["Storage", "Keys", "Matrix", crypto, product("GRDB", "GRDB.swift")]),
        tests("AuditTests", ["Audit", "Storage", "Keys", "Matrix", crypto]),
        tests("IdentityTests", ["Identity", "Audit", "Storage", "Keys", "Matrix"]),
        tests("HTTPSurfaceTests", ["HTTPSurface", "Access", "Audit", "Matrix", product("HTTPTypes", "swift-http-types")]),
        tests("MailTests", ["Mail"]),
        tests("PushTests", ["Push", "Mail", "Addresses", "Rooms", "Matrix"]),
        tests("RoomsTests", ["TestHouse", "Rooms", "Audit", "Storage", "Keys", "Matrix"]),
        tests("EndToEndTests", ["EndToEnd", "Rooms", "Identity", "Audit", "Storage", "Keys", "Matrix", crypto]),
        tests(
            "MediaTests",
            [
                "TestHouse", "CTrials", "Media", "Addresses", "Audit", "Storage", "Keys", "Matrix", crypto,
                product("NIOCore", "swift-nio"),
            ]),
        tests("SyncTests", ["TestHouse", "Sync", "EndToEnd", "Rooms", "Identity", "Audit", "Storage", "Keys", "Matrix"]),
        tests("SearchTests", ["TestHouse", "Search", "Rooms", "Identity", "Audit", "Storage", "Keys", "Matrix"]),
        tests(
            "ClientAPITests",
            [
                "ClientAPI", "ConclaveServer", "HTTPSurface", "Media", "Push", "EndToEnd", "Identity", "Audit", "Storage", "Keys",
                "Matrix",
                hummingbird, product("HTTPTypes", "swift-http-types"), product("HummingbirdTesting", "hummingbird"),
                product("Yams", "Yams"), crypto,
            ]),
        tests(
            "ConclaveServerTests",
            [
                "ConclaveServer", "Identity", "Rooms", "Keys", "Storage", "Matrix", crypto, logging, hummingbird,
                product("NIOSSL", "swift-nio-ssl"),
                product("NIOCore", "swift-nio"), product("NIOPosix", "swift-nio"), product("NIOTLS", "swift-nio"),
                product("X509", "swift-certificates"), product("ServiceLifecycle", "swift-service-lifecycle"),
                product("CoreMetrics", "swift-metrics"), product("SwiftASN1", "swift-asn1"),
            ]),
        tests("HouseTests", []),
    ]
)
