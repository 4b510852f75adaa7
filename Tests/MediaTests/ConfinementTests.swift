import CTrials
import Foundation
import Matrix
import Media
import TestHouse
import Testing

/// Of `conclave-image` it is assumed that a picture owns it: what can it do then?
@Suite("Confinement")
struct ConfinementTests {
    @Test("whoever owns the decoder can open, map, start and reach nothing", arguments: 0..<conclave_trial_count())
    func trial(_ trial: Int) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "trial-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: directory) }  // what stays is in the system's temporary directory
        let name = String(cString: conclave_trial_name(trial))
        if conclave_trial_is_common(trial) {
            #expect(conclave_trial(trial, false, directory.path) == 0, "\(name) cannot be tried here")
        }
        let answer = conclave_trial(trial, true, directory.path)
        if conclave_trial_is_deadly(trial) {
            #expect(answer == -SIGSYS, "\(name)")
        } else {
            // The C library takes the second for the answer of an older kernel, and goes another way.
            #expect(answer == EPERM || (name == "a process by clone3" && answer == ENOSYS), "\(name): \(answer)")
        }
    }

    @Test("every call that is not on the list is refused")
    func allCalls() { #expect(conclave_trial_of_all_calls() == -1) }

    @Test("a process that hides shows its memory to nobody and leaves none behind")
    func hiding() { #expect(conclave_trial_of_hiding() == 0) }

    @Test("the program is confined before it reads the first byte")
    func program() async throws {
        let program = Process()
        let (input, output) = (Pipe(), Pipe())
        program.executableURL = URL(filePath: try ThumbnailTests.path())
        program.arguments = ["32", "32", "crop", "still", "1000000"]
        program.environment = [:]
        program.standardInput = input
        program.standardOutput = output
        try program.run()
        defer { if program.isRunning { program.terminate() } }
        let status = "/proc/\(program.processIdentifier)/status"
        let end = ContinuousClock.now + .seconds(20)
        var isConfined = false
        while !isConfined, ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(10))
            let lines = try String(contentsOfFile: status, encoding: .utf8).split(separator: "\n")
            isConfined = lines.contains("Seccomp:\t2") && lines.contains("NoNewPrivs:\t1")
        }
        #expect(isConfined)
        try input.fileHandleForWriting.close()
        #expect(try output.fileHandleForReading.readToEnd() == nil)
        program.waitUntilExit()
        #expect(program.terminationReason == .exit && program.terminationStatus == 2)
    }

    @Test(
        "pictures of every format are reduced all the same",
        arguments: ["JPEG", "GIF", "WebP", "moving GIF", "moving WebP"], [false, true])
    func formats(_ name: String, moving: Bool) async throws {
        let picture = try #require(Self.pictures[name].flatMap { Data(base64Encoded: $0, options: .ignoreUnknownCharacters) })
        let program = try #require(ImageProgram(path: try ThumbnailTests.path(), maximumPixels: 1_000_000))
        let house = try MediaHouse(imageProgram: program)
        let id = try await house.upload(Array(picture), by: try await house.person("alice"))
        let wish = try ThumbnailWish(width: 32, height: 32, method: .crop, isMoving: moving)
        let made = try await house.media.thumbnail(of: id, on: "example.org", wish, waiting: .zero, at: house.now).0
        let bytes = try await made.reader.bytes(0..<made.reader.length)
        let moves = moving && name.hasPrefix("moving")
        #expect(
            made.type.rawValue == (moves ? "image/webp" : name == "JPEG" || name.hasSuffix("WebP") ? "image/jpeg" : "image/png"))
        #expect(Data(bytes) != picture && (Data(bytes).range(of: Data("ANIM".utf8)) != nil) == moves)
    }

    /// Pictures of 64 × 48 pixels of one colour, in Base64; the moving ones have two.
    private static let pictures: [String: String] = [
        "JPEG": """
        /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgy
        PC4zNDL/2wBDAQkJCQwLDBgNDRgyIRwhMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjL/wAARCAAwAEAD
        ASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAb/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFgEBAQEAAAAAAAAAAAAAAAAAAAYH/8QAFBEB
        AAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEQMRAD8AiwEy3EAAAAAAAAAAAAAAAAAAAAAB/9k=
        """,
        "GIF": """
        R0lGODdhQAAwAIEAAP8AAAAAAAAAAAAAACwAAAAAQAAwAEAIWgABCBxIsKDBgwgTKlzIsKHDhxAjSpxIsaLFixgzatzIsaPHjyBDihxJsqTJkyhT
        qlzJsqXLlzBjypxJs6bNmzhz6tzJs6fPn0CDCh1KtKjRo0iTKl3KtGnRgAA7
        """,
        "WebP": """
        UklGRlQAAABXRUJQVlA4IEgAAADwAwCdASpAADAAPm02mEkkIyKhIqgAgA2JZwDU9oB+AAAVGmMcPgzAAP7wm0P/8guWF1yNf/8gP+QH/ID/+PfF
        DYqwyAAAAAA=
        """,
        "moving GIF": """
        R0lGODlhQAAwAIEAAP8AAAAAAAAAAAAAACH/C05FVFNDQVBFMi4wAwEAAAAh+QQABQAAACwAAAAAQAAwAAAIWgABCBxIsKDBgwgTKlzIsKHDhxAj
        SpxIsaLFixgzatzIsaPHjyBDihxJsqTJkyhTqlzJsqXLlzBjypxJs6bNmzhz6tzJs6fPn0CDCh1KtKjRo0iTKl3KtGnRgAAh+QQBBQABACwAAAAA
        QAAwAIEAAP8AAAAAAAAAAAAIWgABCBxIsKDBgwgTKlzIsKHDhxAjSpxIsaLFixgzatzIsaPHjyBDihxJsqTJkyhTqlzJsqXLlzBjypxJs6bNmzhz
        6tzJs6fPn0CDCh1KtKjRo0iTKl3KtGnRgAA7
        """,
        "moving WebP": """
        UklGRv4AAABXRUJQVlA4WAoAAAACAAAAPwAALwAAQU5JTQYAAAAAAAAAAABBTk1GaAAAAAAAAAAAAD8AAC8AADIAAAJWUDggUAAAAHAEAJ0BKkAA
        MAA+bTaYSSQjIqEiqACADYlnBigAmQH4AAkxIbTtucyOZDQAAP7wm0P//kFywuuRr//8gP+QH/ID/+QH5U2ZzF5GiqoJ8IAAQU5NRmIAAAAAAAAA
        AAA/AAAvAAAyAAAAVlA4IEoAAADUAwCdASpAADAAPm0wkkkCKgAA2JZwYoAJkB+AAJMSGszTWqfVOsAA/vCwN//+QXLC65Gv//qDPlofLQ/YU2ad
        Xx1KYeQmQQIAAA==
        """,
    ]
}
