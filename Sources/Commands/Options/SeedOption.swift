import ArgumentParser

struct SeedOption: ParsableArguments {
    @Option(parsing: .unconditional, help: "The random seed.") var seed: UInt64 = 0
}
