// swift-tools-version: 6.2
import PackageDescription

// The parsers of the server, compiled once more with the counters that libFuzzer follows. The sources are symbolic links,
// so that nothing here can fall behind; all but `Matrix` have only the files that need no database.
// `Scripts/fuzz` builds and runs this.
let followed: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .unsafeFlags(["-sanitize=fuzzer"]),
]
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")

let package = Package(
    name: "conclave-fuzz",
    dependencies: [.package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2")],
    targets: [
        .target(name: "Matrix", dependencies: [crypto], swiftSettings: followed),
        .target(name: "Rooms", dependencies: ["Matrix"], swiftSettings: followed),
        .target(name: "Sync", dependencies: ["Rooms", "Matrix"], swiftSettings: followed),
        .target(name: "Keys", dependencies: [crypto], swiftSettings: followed),
        .target(name: "Addresses", swiftSettings: followed),
        .target(name: "Media", dependencies: ["Addresses", "Matrix"], swiftSettings: followed),
        .target(name: "HTTPSurface", swiftSettings: followed),
        .target(
            name: "EndToEnd", dependencies: ["Matrix"], swiftSettings: followed + [.unsafeFlags(["-enable-testing"])]),
        .target(
            name: "Search", dependencies: ["Matrix"], swiftSettings: followed + [.unsafeFlags(["-enable-testing"])]),
        .target(name: "CFuzzer"),
        .executableTarget(
            name: "Fuzz", dependencies: ["CFuzzer", "Search", "Sync", "EndToEnd", "Rooms", "Media", "Addresses", "HTTPSurface", "Keys", "Matrix", crypto], swiftSettings: followed,
            linkerSettings: [
                // The linker of the Swift toolchain lets our `main` stand beside the one that libFuzzer brings.
                .unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])
            ]),
    ]
)
