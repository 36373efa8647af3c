public import ArgumentParser

public struct VitrineCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(commandName: "vitrine", abstract: "Shows what the neurons of an image network look for.")
    public init() {}
}
