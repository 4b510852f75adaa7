/// Which Conclave this is.
package enum ConclaveVersion {
    /// The version, as in [Semantic Versioning](https://semver.org).
    package static let current = "0.1.0"
}
