/// A place that a master key comes from.
package protocol MasterKeySource: Sendable {
    /// The place in words that may be shown to the operator.
    var place: String { get }

    /// The key that is there now. Throws `KeyError.missing` if none is.
    func load() throws(KeyError) -> MasterKey

    /// Makes the first key. Throws `KeyError.alreadyThere` rather than overwrite one.
    func create() throws(KeyError) -> MasterKey

    /// The key that a rotation is moving to, if one has been prepared.
    func loadReplacement() throws(KeyError) -> MasterKey?

    /// Prepares the key that a rotation moves to; gives back the one that is prepared already.
    func makeReplacement() throws(KeyError) -> MasterKey

    /// Makes the prepared key the key. Called when the rotation is complete; harmless when nothing is prepared.
    func promoteReplacement() throws(KeyError)
}
