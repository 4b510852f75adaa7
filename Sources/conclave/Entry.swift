import ArgumentParser
import ConclaveServer
import Foundation

/// Where the process begins.
@main
enum Entry {
    static func main() async {
        // A system that does not close it leaves the process as safe as any other of its user.
        OwnMemory.close()
        // Whatever is written is the owner's alone.
        umask(0o077)
        let (settings, others) = SettingFlags.split(Array(CommandLine.arguments.dropFirst()))
        await Invocation.$settingFlags.withValue(settings) { await Conclave.main(others) }
    }
}
