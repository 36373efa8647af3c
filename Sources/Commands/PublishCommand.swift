import ArgumentParser
import Diagnostics
import Publication

struct PublishCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish", abstract: "Copies a checked site into a folder or a zip file, verified.",
        discussion: """
            --to DIR is for a working copy of GitHub Pages, or a share. SHA256SUMS in it lists what was put there, so that the next time \
            files that the site no longer has are removed; whatever else is in the folder stays, and so does a file that someone changed. \
            Every copy is read back. After a kill the same command goes on.

            --zip FILE is the same for the same site: sorted names, one date.

            A site in which vitrine check finds errors is not published, unless --despite-errors is given.
            """)

    @Argument(help: "The folder of the site.") var site: String
    @Option(name: .customLong("to"), help: "The folder to publish into; created if missing.") var folder: String?
    @Option(name: .customLong("zip"), help: "The zip file to write instead.") var archive: String?
    @Flag(help: "Publish even if the site has errors.") var despiteErrors = false
    @OptionGroup var sizes: SizeOption
    @Flag(help: "JSON on standard output.") var json = false
    @OptionGroup var messages: MessageOptions
    @OptionGroup var configuration: ConfigurationOption

    func run() throws {
        let destination: SitePublication.Destination
        switch (folder, archive) {
        case (let folder?, nil):
            try Places.check([("SITE", site), ("--to", folder)], explanation: "A site cannot be copied into itself; nothing was changed.")
            destination = .folder(folder)
        case (nil, let archive?):
            try Places.check([("SITE", site), ("--zip", archive)], explanation: "The archive would be a part of the site; nothing was changed.")
            destination = .archive(archive)
        default: throw Problem("publish needs exactly one destination", remedy: "Give either --to DIR or --zip FILE.", kind: .usage)
        }
        let progress = messages.progress
        let result = try SitePublication(site, limits: sizes.limits()).publish(to: destination, ignoresErrors: despiteErrors, progress) { check in
            guard check.errors > 0 else { return }
            StandardError.write(CheckText.of(check) + "\n")
        }
        if json {
            try JSONOutput.print(result)
        } else {
            try StandardOutput.print(
                "\(result.place): \(CommandText.count(result.files, "file")), \(result.added) new, \(result.replaced) replaced, "
                    + "\(result.unchanged) as they were, \(result.removed) removed")
        }
        for path in result.kept { StandardError.write("Kept, since someone changed it: \(result.place)/\(path)\n") }
    }
}
