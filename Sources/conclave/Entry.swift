import ArgumentParser
import ConclaveServer
import Foundation

/// Where the process begins.
@main
enum Entry {
    static func main() async {
        // Whatever is written is the owner's alone.
        umask(0o077)
        let (settings, others) = SettingFlags.split(Array(CommandLine.arguments.dropFirst()))
        await Invocation.$settingFlags.withValue(settings) { await Conclave.main(others) }
    }
}
