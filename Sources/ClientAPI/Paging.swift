import HTTPSurface
import Matrix
import Rooms

extension Exchange {
    /// The query's `limit`, at most `largest`; `usual` if there is none.
    /// - Throws: `M_INVALID_PARAM` unless it is a number above zero.
    func pageLimit(usual: Int, largest: Int) throws(MatrixError) -> Int {
        guard let limit = try queryInt("limit") else { return usual }
        guard limit > 0 else { throw .invalidParam("limit must be above zero") }
        return Int(min(limit, Int64(largest)))
    }

    /// The query's `dir`; `nil` if there is none.
    /// - Throws: `M_INVALID_PARAM` unless it is `b` or `f`.
    func direction() throws(MatrixError) -> HistoryPage.Direction? {
        guard let word = query("dir") else { return nil }
        guard let direction = HistoryPage.Direction(rawValue: word) else { throw .invalidParam("dir must be b or f") }
        return direction
    }

    /// The query's `dir`, which must be there.
    /// - Throws: `M_MISSING_PARAM`, `M_INVALID_PARAM`.
    func requiredDirection() throws(MatrixError) -> HistoryPage.Direction {
        guard let direction = try direction() else { throw .missingParam("dir is missing") }
        return direction
    }
}
