import ArgumentParser

/// Values separated by commas; a list in a YAML file.
struct CommaList: ExpressibleByArgument, CustomStringConvertible {
    /// As given.
    let text: String

    init(argument: String) { text = argument }

    /// The values, without empty ones.
    var items: [String] { text.split(separator: ",").map(String.init) }

    var description: String { text }
}
