import Diagnostics
import Foundation
import Testing

@testable import Run

struct RunFolderTests {
    private static func statistics(units: Int, strongest: Int, classes: Int) -> LayerStatistics {
        var state: UInt64 = 1
        func next() -> Float {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(bitPattern: UInt32(truncatingIfNeeded: state >> 33) & 0x3FFF_FFFF | 0x3000_0000)
                * (state & 1 == 0 ? 1 : -1)
        }
        return LayerStatistics(
            layer: "layer3.2", shape: [units, 8, 8], images: 10000,
            units: (0..<units).map { unit in
                LayerStatistics.Unit(
                    unit: unit, mean: next(), standardDeviation: next(), minimum: next(), maximum: next(), activePositions: next(),
                    activeImages: next(), histogram: Histogram(zero: 3, positive: [-2: 3, 10: 4], negative: [0: 1]),
                    classMeans: (0..<classes).map { _ in next() }, selectivity: nil,
                    strongest: (0..<strongest).map {
                        .init(image: $0 * 7, activation: next(), position: [1, 2], window: [0, 0, 31, 32])
                    })
            })
    }

    /// Run folders made when keys did not tell capitals are still read.
    @Test func whatStandsUnderAnEarlierKeyIsFound() throws {
        try withTemporaryFolder { place in
            let run = try RunFolder.create(at: place + "/run")
            let statistics = Self.statistics(units: 2, strongest: 1, classes: 1)
            try run.write(statistics, to: .statistics(layer: "Mixed_5b"))
            let layers = place + "/run/layers/"
            #expect(try FileManager.default.contentsOfDirectory(atPath: layers) == ["Mixed_5b~-1"])
            try FileManager.default.moveItem(atPath: layers + "Mixed_5b~-1", toPath: layers + "Mixed_5b")
            #expect(try run.read(LayerStatistics.self, from: .statistics(layer: "Mixed_5b"))?.units == statistics.units)
            #expect(run.exists(.statistics(layer: "Mixed_5b")) && !run.exists(.statistics(layer: "mixed_5b")))
        }
    }

    @Test func aDocumentComesBackAsItWas() throws {
        try withTemporaryFolder { place in
            let run = try RunFolder.create(at: place + "/a/b/run")
            var statistics = Self.statistics(units: 20, strongest: 5, classes: 300)
            statistics.units[0].mean = .infinity
            statistics.units[1].minimum = -.infinity
            statistics.units[2].maximum = -0.0
            statistics.units[3].maximum = .leastNonzeroMagnitude
            statistics.units[4].maximum = .greatestFiniteMagnitude
            try run.write(statistics, to: .statistics(layer: "layer3.2"))
            let back = try #require(try run.read(LayerStatistics.self, from: .statistics(layer: "layer3.2")))
            #expect(back.units == statistics.units)
            #expect(back.units[2].maximum.sign == .minus)
            statistics.units[0].mean = .nan
            try run.write(statistics, to: .statistics(layer: "nan"))
            #expect(try run.read(LayerStatistics.self, from: .statistics(layer: "nan"))?.units[0].mean.isNaN == true)
            // Equal documents, equal bytes.
            try run.write(back, to: .statistics(layer: "again"))
            #expect(try run.readBytes(.statistics(layer: "again")) == run.readBytes(.statistics(layer: "layer3.2")))
        }
    }

    @Test func aLargeLayerIsWrittenInSeconds() throws {
        try withTemporaryFolder { place in
            let run = try RunFolder.create(at: place)
            let statistics = Self.statistics(units: 2048, strongest: 50, classes: 1000)
            let clock = ContinuousClock()
            let writing = try clock.measure { try run.write(statistics, to: .statistics(layer: "l")) }
            let reading = try clock.measure { _ = try run.read(LayerStatistics.self, from: .statistics(layer: "l")) }
            let size = try #require(try run.readBytes(.statistics(layer: "l"))).count
            print("2048 units: written in \(writing), read in \(reading), \(size / 1_000_000) MB")
            #expect(writing < .seconds(60) && reading < .seconds(60))
        }
    }

    @Test func positionsWithoutAMatchComeBackAsSuch() throws {
        try withTemporaryFolder { place in
            let run = try RunFolder.create(at: place)
            let map = TemplateMaps.Map(image: 3, student: [nil, 7, 0, nil], strengths: [0, 1.5, 0.25, 0], teacher: [1, 7, 2, 3])
            let maps = TemplateMaps(layer: "layer3.1.letkd", grid: [2, 2], limit: 2, maps: [map])
            try run.write(maps, to: .templateMaps(layer: maps.layer))
            let back = try #require(try run.read(TemplateMaps.self, from: .templateMaps(layer: maps.layer)))
            #expect(back.maps == [map] && back.limit == 2 && back.grid == [2, 2])
        }
    }

    @Test func whatIsAbsentIsNil() throws {
        try withTemporaryFolder { place in
            let run = try RunFolder.create(at: place)
            #expect(try run.read(ClassTable.self, from: .classes) == nil)
            #expect(try run.readBytes(.imagePicture(3)) == nil)
            #expect(!run.exists(.classes))
        }
    }

    @Test func aDamagedDocumentIsNamed() throws {
        try withTemporaryFolder { place in
            let run = try RunFolder.create(at: place)
            try run.write(ClassTable(classes: [], top1: 0.5, top5: nil), to: .classes)
            let good = try #require(try run.readBytes(.classes))
            try run.writeBytes(Array(good.dropLast(10)), to: .classes)
            #expect { try run.read(ClassTable.self, from: .classes) } throws: { "\($0)".contains("classes.json") && $0 is Problem }
            let newer = String(decoding: good, as: UTF8.self).replacingOccurrences(
                of: "\"formatVersion\":1", with: "\"formatVersion\":2")
            try run.writeBytes(Array(newer.utf8), to: .classes)
            #expect { try run.read(ClassTable.self, from: .classes) } throws: { "\($0)".contains("version 2") }
            try run.writeBytes(good, to: .images)
            #expect { try run.read(ImageIndex.self, from: .images) } throws: { "\($0)".contains("ClassTable") }
        }
    }

    @Test func foreignFoldersAreLeftAlone() throws {
        try withTemporaryFolder { place in
            try Data("mine".utf8).write(to: URL(fileURLWithPath: place + "/thesis.txt"))
            #expect(throws: Problem.self) { try RunFolder.create(at: place) }
            #expect(throws: Problem.self) { try RunFolder.open(at: place) }
            #expect(throws: Problem.self) { try RunFolder.create(at: place + "/thesis.txt") }
            #expect(throws: Problem.self) { try RunFolder.create(at: place + "/thesis.txt/run") }
            #expect(throws: Problem.self) { try RunFolder.open(at: place + "/nowhere") }
            #expect(try FileManager.default.contentsOfDirectory(atPath: place) == ["thesis.txt"])
            let run = try RunFolder.create(at: place + "/run/")
            #expect(run.path == place + "/run")
            #expect(try RunFolder.create(at: place + "/run") == run)
            #expect(try RunFolder.open(at: place + "/run") == run)
        }
    }

    @Test func aFailedWriteLeavesNothingBehind() throws {
        // /dev/full takes no bytes, but has no folder to write into; a folder in place of the file serves as well.
        try withTemporaryFolder { place in
            let run = try RunFolder.create(at: place)
            try FileManager.default.createDirectory(atPath: place + "/classes.json/inside", withIntermediateDirectories: true)
            #expect(throws: Problem.self) { try run.write(ClassTable(classes: [], top1: nil, top5: nil), to: .classes) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: place).sorted() == [".vitrine-run", "classes.json"])
        }
    }

    @Test func oneProcessAtATime() throws {
        try withTemporaryFolder { place in
            let run = try RunFolder.create(at: place)
            do {
                let lock = try RunLock(run)
                withExtendedLifetime(lock) { _ = #expect(throws: Problem.self) { try RunLock(run) } }
            }
            _ = try RunLock(run)
        }
    }

    @Test func hashesAreThoseOfTheStandard() throws {
        try withTemporaryFolder { place in
            try AtomicFile.write(Array("abc".utf8), to: place + "/abc")
            let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
            #expect(try FileHash.sha256(path: place + "/abc") == expected)
            #expect(FileHash.sha256(Array("abc".utf8)) == expected)
            #expect(throws: Problem.self) { try FileHash.sha256(path: place + "/none") }
        }
    }
}
