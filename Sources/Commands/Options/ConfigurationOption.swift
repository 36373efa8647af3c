import ArgumentParser

/// For every verb. The file has become a part of the command line before that is parsed (`ConfigurationFile`), so nobody asks for it here.
struct ConfigurationOption: ParsableArguments {
    @Option(help: "A YAML file with these options. The command line takes precedence.") var config: String?
}
