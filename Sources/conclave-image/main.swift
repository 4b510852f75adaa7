import Glibc

// A program of its own, so that whatever a picture does to its decoder, it does to a process that has no key and no database, and
// that the kernel lets open nothing, map no file, start nothing and reach nobody. It reads one picture and writes one:
//
//     conclave-image WIDTH HEIGHT scale|crop still|moving MAXIMUM-PIXELS < picture > "TYPE\n" and the smaller picture
//
// Ends with 0, or as `Refusal` says.

guard let wish = Wish(CommandLine.arguments.dropFirst()) else { exit(Refusal.usage.rawValue) }
do throws(Refusal) {
    try Confinement.begin()
    let picture = try Input.read()
    try Output.write(try Reducer(picture, wish).reduced())
} catch {
    exit(error.rawValue)
}
