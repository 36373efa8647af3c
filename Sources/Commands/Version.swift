/// The version of the program, as a report records it.
enum Version {
    static let current = "0.1.0"
}
