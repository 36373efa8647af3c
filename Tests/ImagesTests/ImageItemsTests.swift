import Testing

@testable import Images

struct ImageItemsTests {
    /// Of every kind that a listing can hold.
    private static let all: [ImageFolder.Item] = [
        .init(relativePath: "cat/1.png", path: "root/cat/1.png", folder: 0, fileSize: 10),
        .init(relativePath: "cat/é/2.png", path: "root/cat/é/2.png", folder: 0, fileSize: 11),
        .init(relativePath: "3.png", path: "root/3.png", folder: nil, fileSize: 0),
        .init(relativePath: "/elsewhere/4.png", path: "/elsewhere/4.png", folder: 2, fileSize: 1 << 40),
        .init(relativePath: "name", path: "root/found/under/another.png", folder: 1, fileSize: 5),
        .init(relativePath: "s-0.tar/dog/5.png", path: "root/s-0.tar", folder: 1, fileSize: 6, offset: 1 << 41),
        .init(relativePath: "cat/6.png", path: "root/cat/6.png", folder: nil, fileSize: 7),
    ]

    @Test func whatGoesInComesOut() {
        let items = ImageItems(Self.all)
        #expect(Array(items) == Self.all)
        #expect(items.count == 7 && items[3...].map(\.fileSize) == [1 << 40, 5, 6, 7])
        #expect(items == ImageItems(Self.all) && items != ImageItems(Self.all.dropLast()))
        var twice = items
        for item in items { twice.append(item) }
        #expect(Array(twice) == Self.all + Self.all)
    }

    @Test func folderNamesAreKeptOnce() {
        let items = ImageItems((0..<1000).map {
            .init(relativePath: "c\($0 % 4)/\($0).jpg", path: "data/c\($0 % 4)/\($0).jpg", folder: $0 % 4, fileSize: $0)
        })
        #expect(items.directories.map(\.relative) == ["c0/", "c1/", "c2/", "c3/"])
        #expect(items[998].path == "data/c2/998.jpg")
    }

    @Test func sortingTakesEverythingAlong() {
        var items = ImageItems(Self.all)
        // Directories in the opposite order; the two images of the first one by name.
        items.sort(byDirectory: Array((0..<items.directories.count).reversed()))
        let places = [5, 4, 3, 2, 1, 0, 6]
        #expect(Array(items) == places.map { Self.all[$0] })
    }
}
