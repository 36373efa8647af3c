import Foundation
import Network
import Tensors
import Testing

/// Trained networks, tensor by tensor against PyTorch (`real.json`). The files are beside the project, not in it: in
/// `../shared/data` or where `VITRINE_TEST_DATA` says.
@Suite struct RealCheckpointTests {
    static let folder: String = {
        if let folder = ProcessInfo.processInfo.environment["VITRINE_TEST_DATA"] { return folder }
        var package = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { package.deleteLastPathComponent() }
        return package.deletingLastPathComponent().appendingPathComponent("shared/data").path
    }()

    static let isPresent: Bool = {
        let isPresent = FileManager.default.fileExists(atPath: folder + "/resnet20-12fca82f.th")
        if !isPresent { print("Real checkpoints are not read: '\(folder)' does not hold them.") }
        return isPresent
    }()

    @Test(.enabled(if: isPresent), arguments: ["resnet20-12fca82f.th", "resnet56-4bfd9763.th"])
    func readsAsPyTorchDoes(name: String) throws {
        let data = try #require(FileManager.default.contents(atPath: CheckpointFixtures.path("real.json")))
        let all = try #require(try JSONSerialization.jsonObject(with: data) as? [String: [[Any]]])
        let expected = try #require(all[name])
        let checkpoint = try Checkpoint.read(path: Self.folder + "/" + name)
        #expect(checkpoint.format == "PyTorch (legacy)")
        #expect(checkpoint.nesting == ["state_dict"])
        #expect(checkpoint.prefix == "module.")
        #expect(checkpoint.names == expected.compactMap { $0[0] as? String })
        for item in expected {
            let name = try #require(item[0] as? String)
            let tensor = try checkpoint.tensor(name)
            #expect(tensor.shape.dimensions == item[1] as? [Int])
            #expect(fingerprint(tensor) == item[2] as? String, "\(name)")
        }
        #expect(try checkpoint.nonFiniteTensors().isEmpty)
    }

    /// FNV-1a, 64 bits, over the float32 bit patterns.
    private func fingerprint(_ tensor: Tensor) -> String {
        var state: UInt64 = 0xCBF2_9CE4_8422_2325
        for value in tensor.values { state = (state ^ UInt64(value.bitPattern)) &* 0x100_0000_01B3 }
        let digits = String(state, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
