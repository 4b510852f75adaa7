import Audit
import Testing

@Suite("Audit codes")
struct AuditCodeTests {
    @Test("codes are equal by name and read area.object.act")
    func names() {
        #expect(AuditCode("room.join") == .roomJoin)
        #expect(AuditCode.accessDenied.stream == .security)
        #expect(AuditCode.Severity.alert < .warning)
        for code in [AuditCode.roomMessageSend, .sessionLoginFailed, .dataPushRuleSet, .keyRotateBegin, .serverStart] {
            let parts = code.rawValue.split(separator: ".", omittingEmptySubsequences: false)
            #expect((2...3).contains(parts.count))
            #expect(parts.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0.isLowercase || $0 == "-" } })
        }
    }
}
