import Rooms
import Testing

@Suite("The sealed record of an event")
struct EventRecordTests {
    @Test("it reads back what was written, with and without a transaction")
    func roundTrip() {
        for transaction in [nil, EventRecord.SendingTransaction(device: "PHONE", id: "m1"), .init(device: "", id: "")] {
            let record = EventRecord(client: Array("client".utf8), federation: Array("federation".utf8), transaction: transaction)
            #expect(EventRecord(bytes: record.bytes) == record)
        }
    }

    @Test("cut or invented bytes are no record")
    func broken() {
        let bytes = EventRecord(client: [1, 2, 3], federation: [4], transaction: .init(device: "d", id: "t")).bytes
        for length in 0..<(bytes.count - 1) { #expect(EventRecord(bytes: Array(bytes.prefix(length))) == nil) }
        #expect(EventRecord(bytes: [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0]) == nil)
    }
}
