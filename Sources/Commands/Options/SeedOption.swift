import ArgumentParser

struct SeedOption: ParsableArguments {
    @Option(parsing: .unconditional, help: "The seed of everything random.") var seed: UInt64 = 0
}
