import Foundation
import Glibc

/// Where the server's certificate comes from.
enum CertificateSource: Sendable {
    /// Somebody's own files.
    case files(Settings.CertificateFiles)
    /// The server's local authority.
    case local(LocalCertificates)

    /// Reads, and for local ones makes or renews where it is due, the certificate.
    func material(now: Date) throws -> TLSMaterial {
        switch self {
        case .files(let files):
            try TLSMaterial(chainPEM: Self.bytes(files.chain), keyPEM: Self.bytes(files.key))
        case .local(let local):
            try local.material(now: now)
        }
    }

    /// Changes whenever the files change.
    var stamp: [FileStamp] {
        switch self {
        case .files(let files): [FileStamp(files.chain), FileStamp(files.key)]
        case .local(let local): [FileStamp(local.certificatePath), FileStamp(local.keyPath)]
        }
    }

    private static func bytes(_ path: String) throws(TLSMaterialError) -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable(path) }
        return [UInt8](data)
    }
}

/// What tells one state of a file from another without reading it.
struct FileStamp: Equatable, Sendable {
    private let inode: UInt64
    private let size: UInt64
    private let modified: Date?

    /// The stamp of a file; of an absent one, zeros.
    init(_ path: String) {
        // Follows links on purpose: certbot exchanges what its links point at. An absent file has the stamp of nothing.
        let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        let found = try? FileManager.default.attributesOfItem(atPath: target)
        inode = (found?[.systemFileNumber] as? NSNumber)?.uint64Value ?? 0
        size = (found?[.size] as? NSNumber)?.uint64Value ?? 0
        modified = found?[.modificationDate] as? Date
    }
}
