import HTTPSurface
import Testing

@Suite("Ranges of bytes")
struct ByteRangeTests {
    @Test(
        "are read as RFC 9110 has it",
        arguments: [
            ("bytes=0-9", 100, ByteRange.part(0..<10)), ("bytes=0-0", 100, .part(0..<1)), ("bytes=90-", 100, .part(90..<100)),
            ("bytes=-5", 100, .part(95..<100)), ("bytes=-500", 100, .part(0..<100)), ("bytes=50-500", 100, .part(50..<100)),
            ("BYTES= 1-2 ", 100, .part(1..<3)), ("bytes=0-99999999999999999999", 100, .part(0..<100)),
            ("bytes=100-", 100, .unsatisfiable), ("bytes=99999999999999999999-", 100, .unsatisfiable),
            ("bytes=-0", 100, .unsatisfiable), ("bytes=0-0", 0, .unsatisfiable), ("bytes=-1", 0, .unsatisfiable),
            ("bytes=9-0", 100, .whole), ("bytes=a-b", 100, .whole), ("bytes=-", 100, .whole), ("bytes=", 100, .whole),
            ("items=0-1", 100, .whole), ("bytes=0-1,3-4", 100, .whole), ("bytes=+1-2", 100, .whole), ("0-1", 100, .whole),
            ("bytes=1--2", 100, .whole),
        ])
    func parsing(header: String, length: Int64, expected: ByteRange) {
        #expect(ByteRange(header: header, of: length) == expected)
    }

    @Test("without a header it is the whole")
    func none() { #expect(ByteRange(header: nil, of: 5) == .whole) }
}
