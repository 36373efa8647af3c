// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
    name: "vitrine",
    products: [
        .executable(name: "vitrine", targets: ["vitrine"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // C libraries, each behind one module.
        .systemLibrary(name: "COneDNN"),
        .systemLibrary(name: "COpenBLAS"),
        .systemLibrary(name: "CFFTW"),
        .systemLibrary(name: "CPNG"),
        .systemLibrary(name: "CTurboJPEG"),
        .systemLibrary(name: "CWebP"),
        .systemLibrary(name: "CTIFF"),
        .systemLibrary(name: "CGIF"),
        .systemLibrary(name: "CCmark"),
        .systemLibrary(name: "CCairo"),
        .systemLibrary(name: "CGumbo"),
        .systemLibrary(name: "CZip"),

        // The house, from the ground up. A target imports only what stands above it here.
        .target(name: "Diagnostics", swiftSettings: strict),
        .target(name: "Tensors", dependencies: ["COneDNN", "COpenBLAS", "Diagnostics"], swiftSettings: strict),
        .target(name: "Images", dependencies: ["CPNG", "CTurboJPEG", "CWebP", "CTIFF", "CGIF", "Diagnostics"], swiftSettings: strict),
        .target(name: "Run", dependencies: ["Diagnostics", .product(name: "Crypto", package: "swift-crypto")], swiftSettings: strict),
        .target(name: "Network", dependencies: ["Tensors", "Diagnostics"], swiftSettings: strict),
        .target(name: "Dataset", dependencies: ["Network", "Images", "Run", "Tensors", "Diagnostics"], swiftSettings: strict),
        .target(name: "Relevance", dependencies: ["Network", "Tensors", "Diagnostics"], swiftSettings: strict),
        .target(
            name: "Analysis", dependencies: ["Dataset", "Relevance", "Network", "Images", "Run", "Tensors", "CFFTW", "Diagnostics"],
            swiftSettings: strict),
        .target(name: "Training", dependencies: ["Dataset", "Network", "Images", "Run", "Tensors", "Diagnostics"], swiftSettings: strict),
        .target(
            name: "Site",
            dependencies: [
                "Run", "Images", "CCmark", "CCairo", "Diagnostics",
                .product(name: "Mustache", package: "swift-mustache"),
            ],
            resources: [.copy("../../templates"), .copy("../../assets")],
            swiftSettings: strict),
        .target(name: "Publication", dependencies: ["Run", "CGumbo", "CZip", "Diagnostics"], swiftSettings: strict),
        .target(
            name: "Commands",
            dependencies: [
                "Analysis", "Training", "Site", "Publication", "Dataset", "Relevance", "Network", "Images", "Run", "Tensors", "Diagnostics",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict),
        .executableTarget(name: "vitrine", dependencies: ["Commands"], swiftSettings: strict),

        // Tests mirror targets. Read TinyTests first. TestSupport is what several of them share.
        .target(name: "TestSupport", dependencies: ["Network", "Tensors"], path: "Tests/TestSupport", swiftSettings: strict),
        .testTarget(name: "TensorsTests", dependencies: ["Tensors", "COneDNN", "Diagnostics"], exclude: ["random_source.py"], swiftSettings: strict),
        .testTarget(name: "ImagesTests", dependencies: ["Images", "Diagnostics"], resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(name: "RunTests", dependencies: ["Run", "Diagnostics"], swiftSettings: strict),
        .testTarget(
            name: "NetworkTests", dependencies: ["TestSupport", "Network", "Tensors", "Diagnostics"], resources: [.copy("Fixtures")],
            swiftSettings: strict),
        .testTarget(
            name: "DatasetTests", dependencies: ["Dataset", "Network", "Images", "Tensors", "Diagnostics"], exclude: ["Fixtures"],
            swiftSettings: strict),
        .testTarget(
            name: "RelevanceTests", dependencies: ["TestSupport", "Relevance", "Network", "Tensors", "Diagnostics"], exclude: ["Fixtures"],
            swiftSettings: strict),
        .testTarget(
            name: "AnalysisTests",
            dependencies: ["TestSupport", "Analysis", "Dataset", "Relevance", "Network", "Images", "Run", "Tensors", "Diagnostics"],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(
            name: "TrainingTests", dependencies: ["Training", "Dataset", "Network", "Images", "Run", "Tensors", "Diagnostics", "TestSupport"],
            exclude: ["Fixtures"], swiftSettings: strict),
        .testTarget(
            name: "TinyTests", dependencies: ["Network", "Analysis", "Site", "Run", "Images", "Tensors", "Diagnostics"],
            swiftSettings: strict),
        .testTarget(
            name: "CommandsTests",
            dependencies: ["vitrine", "Commands", "Analysis", "Network", "Images", "Run", "Tensors", "Diagnostics"],
            swiftSettings: strict),
        .testTarget(name: "PublicationTests", dependencies: ["Publication", "CZip", "Diagnostics"], swiftSettings: strict),
        .testTarget(name: "SiteTests", dependencies: ["Site", "Run", "Images", "Diagnostics", .product(name: "Yams", package: "Yams")], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
