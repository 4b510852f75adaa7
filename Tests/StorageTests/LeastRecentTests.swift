import Testing

@testable import Storage

@Suite("The bounded memory")
struct LeastRecentTests {
    @Test("what was not used for longest goes first")
    func order() {
        var memory = LeastRecent<Int, String>(capacity: 3)
        for key in 1...3 { memory.set(key, "\(key)") }
        #expect(memory.value(1) == "1")
        memory.set(4, "4")
        #expect(memory.value(2) == nil)
        #expect([1, 3, 4].allSatisfy { memory.value($0) == "\($0)" })
        memory.set(3, "three")
        #expect(memory.value(3) == "three" && memory.count == 3)
        memory.remove(1)
        #expect(memory.value(1) == nil && memory.count == 2)
        memory.removeAll { $0 == 4 }
        #expect(memory.count == 1)
    }

    @Test("it agrees with a slow and simple one over many random operations")
    func model() {
        var random = SystemRandomNumberGenerator()
        var memory = LeastRecent<Int, Int>(capacity: 16)
        var model: [(Int, Int)] = []
        for step in 0..<20_000 {
            let key = Int.random(in: 0..<40, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                memory.remove(key)
                model.removeAll { $0.0 == key }
            case 1:
                let expected = model.first { $0.0 == key }
                #expect(memory.value(key) == expected?.1)
                if let expected {
                    model.removeAll { $0.0 == key }
                    model.append(expected)
                }
            default:
                memory.set(key, step)
                model.removeAll { $0.0 == key }
                if model.count == 16 { model.removeFirst() }
                model.append((key, step))
            }
            #expect(memory.count == model.count)
        }
    }
}
