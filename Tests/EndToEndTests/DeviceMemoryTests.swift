import Matrix
import Testing

@testable import EndToEnd

@Suite("What memory knows of devices")
struct DeviceMemoryTests {
    private let phone = DeviceAddress(person: 1, device: "phone")
    private let one = KeySupply(counts: [.init(algorithm: "signed_curve25519", keys: 1)], unusedFallbacks: [])
    private let two = KeySupply(counts: [.init(algorithm: "signed_curve25519", keys: 2)], unusedFallbacks: [])

    @Test("an older supply never replaces a newer one")
    func order() {
        let supplies = KeySupplies()
        supplies.keep(two, of: phone, at: 20)
        supplies.keep(one, of: phone, at: 10)
        #expect(supplies[phone] == two)
        supplies.keep(one, of: phone, at: 20)
        #expect(supplies[phone] == one)
    }

    @Test("what was dropped to make room is not brought back by a late reader")
    func floor() {
        let supplies = KeySupplies(capacity: 1)
        supplies.keep(two, of: phone, at: 20)
        supplies.keep(one, of: DeviceAddress(person: 2, device: "phone"), at: 30)
        supplies.keep(one, of: phone, at: 10)
        #expect(supplies[phone] == nil)
        supplies.keep(two, of: phone, at: 30)
        #expect(supplies[phone] == two)
    }

    @Test("every answer has a count of signed one-time keys, be it zero")
    func zero() {
        var writer = JSONWriter()
        writer.object { KeySupply.none.append(to: &$0) }
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"{"device_one_time_keys_count":{"signed_curve25519":0},"device_unused_fallback_key_types":[]}"#)
    }

    @Test("an acknowledgement needs the database only where messages were handed out, or after a start")
    func handedOut() {
        let handedOut = HandedOut()
        #expect(handedOut.standing(of: phone, at: 5) == .unknown)
        handedOut.settle(phone, upTo: 5)
        #expect(handedOut.standing(of: phone, at: 5) == .settled)
        #expect(handedOut.standing(of: phone, at: 9) == .settled)
        handedOut.note(7, to: phone)
        #expect(handedOut.standing(of: phone, at: 5) == .settled)
        #expect(handedOut.standing(of: phone, at: 9) == .pending)
        handedOut.settle(phone, upTo: 9)
        #expect(handedOut.standing(of: phone, at: 20) == .settled)
    }

    @Test("a message handed out before the look-up does not hide those of before the start")
    func noteFirst() {
        let handedOut = HandedOut()
        handedOut.note(7, to: phone)
        #expect(handedOut.standing(of: phone, at: 7) == .pending)
        #expect(handedOut.standing(of: phone, at: -1) == .unknown)
        handedOut.settle(phone, upTo: 7)
        #expect(handedOut.standing(of: phone, at: 8) == .settled)
    }

    @Test("a full memory forgets, and then asks again")
    func bounded() {
        let handedOut = HandedOut(capacity: 1)
        handedOut.settle(phone, upTo: 5)
        handedOut.settle(DeviceAddress(person: 2, device: "phone"), upTo: 5)
        #expect(handedOut.standing(of: phone, at: 5) == .unknown)
    }
}
