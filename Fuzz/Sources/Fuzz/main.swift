import CFuzzer
import Foundation

var count = CommandLine.argc
var arguments = CommandLine.unsafeArgv
let status = withUnsafeMutablePointer(to: &arguments) { arguments in
    arguments.withMemoryRebound(to: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?.self, capacity: 1) { arguments in
        LLVMFuzzerRunDriver(&count, arguments) { data, size in
            Target.chosen.check(Array(UnsafeBufferPointer(start: data, count: size)))
            return 0
        }
    }
}
exit(status)
