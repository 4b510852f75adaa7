import Foundation
import Testing

@Suite("The house")
struct HouseTests {
    @Test("there is something to read")
    func sourcesAreThere() {
        #expect(SourceTree.files.count > 50)
        let targets = Set(SourceTree.files.map(\.target)).subtracting(["CCodec", "CConfine", "CMalloc", "CSodium", "CVips"])
        #expect(targets == Set(Arrows.ours.keys))
    }

    @Test("imports point down only")
    func imports() {
        let own = Set(Arrows.ours.keys).union(["CCodec", "CConfine", "CMalloc", "CSodium", "CVips"])
        for file in SourceTree.files {
            for line in file.code {
                guard
                    let match = line.firstMatch(
                        of:
                            #/^\s*(?:(?:@\w+|public|package|internal|private)\s+)*import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)/#
                    )
                else { continue }
                let module = String(match.1)
                #expect(!line.contains("@_exported"), "\(file) exports \(module) again")
                if own.contains(module) {
                    #expect(Arrows.ours[file.target]?.contains(module) == true, "\(file) imports \(module)")
                } else if let allowed = Arrows.confined[module] {
                    #expect(allowed.contains(file.target), "\(file) imports \(module)")
                }
                if let pure = Arrows.pure[file.target] {
                    #expect(pure.contains(module), "\(file) imports \(module)")
                }
            }
        }
    }

    @Test("no file is longer than 500 lines")
    func length() {
        for file in SourceTree.files {
            #expect(file.lines.count <= 501, "\(file) has \(file.lines.count) lines")
        }
    }

    @Test("what crashes or lies is not written")
    func forbiddenCode() throws {
        let forbidden: [(what: String, pattern: Regex<Substring>)] = [
            ("try!", #/\btry!/#), ("as!", #/\bas!/#), ("@unchecked Sendable", #/@unchecked\s+Sendable/#),
            ("nonisolated(unsafe)", #/nonisolated\(unsafe\)/#), ("@testable", #/@testable/#),
            ("a forced unwrapping", #/[\w\])}]!(?=$|[\s.,;:)\]\[(])/#),
            ("an implicitly unwrapped type", #/:\s*[\w.<>]+!/#),
            ("Task.detached", #/Task\.detached/#),
            ("a name that says nothing", #/(?:struct|class|enum|actor|protocol)\s+\w*(?:Manager|Helper|Utils?|Impl)\b/#),
        ]
        for file in SourceTree.files {
            for (number, line) in file.code.enumerated() {
                for (what, pattern) in forbidden {
                    #expect(line.firstMatch(of: pattern) == nil, "\(file):\(number + 1) has \(what)")
                }
            }
        }
    }

    @Test("nothing is left for later")
    func forbiddenWords() {
        for file in SourceTree.files {
            for (number, line) in file.lines.enumerated() {
                for word in ["TODO", "FIXME", "XXX:", "HACK"] {
                    #expect(!line.contains(word), "\(file):\(number + 1) says \(word)")
                }
                #expect(
                    line.firstMatch(of: #/["\s](?:/home/|/root/|/work/|/Users/)\w/#) == nil,
                    "\(file):\(number + 1) names a place of one machine")
            }
        }
    }

    @Test("every declaration that others see says what it is for")
    func documentation() {
        let witnesses = Documentation.witnesses
        for file in SourceTree.files where !Documentation.tables.contains(file.path) {
            for (number, name) in Documentation.undocumented(in: file) where !witnesses.contains(name) {
                Issue.record("\(file):\(number) \(name) has no ///")
            }
        }
    }

    @Test("no type is called like its module")
    func typeNames() {
        let modules = Set(Arrows.ours.keys).subtracting(["conclave"])
        for file in SourceTree.files {
            for line in file.code {
                guard
                    let match = line.firstMatch(
                        of: #/^\s*(?:package|public|final|\s)*\b(?:struct|class|enum|actor|protocol)\s+(\w+)/#)
                else { continue }
                let isOwn = String(match.1) == file.target && modules.contains(file.target)
                // The class that a target is about may carry its name where callers read it as a noun.
                #expect(!isOwn || Self.excused.contains(file.target), "\(file) declares \(match.1)")
            }
        }
    }

    private static let excused: Set<String> = ["Identity"]
}
