/// What can be wrong with a site. The next check: a case here, its words in `words`, and whoever finds it.
public enum FindingKind: String, CaseIterable, Sendable, Encodable {
    case noStartPage = "no-start-page"
    case brokenLink = "broken-link"
    case brokenFragment = "broken-fragment"
    case missingImage = "missing-image"
    case damagedImage = "damaged-image"
    case missingFile = "missing-file"
    case offSite = "off-site-request"
    case localFile = "local-file"
    case noAlternative = "no-alternative-text"
    case unnamedLink = "unnamed-link"
    case duplicateID = "duplicate-id"
    case unreadable = "unreadable"
    case largePage = "large-page"
    case largeScripts = "large-scripts"
    case largeStyles = "large-styles"
    case largeFirstView = "large-first-view"
    case reservedName = "reserved-name"
    case namesAlike = "names-alike"
    case longPath = "long-path"
    case notAFile = "not-a-file"
    case hiddenByHost = "hidden-by-host"
    case linkToFolder = "link-to-folder"
    case linkFromRoot = "link-from-root"
    case linkOut = "link-out"
    case inlineCode = "inline-code"

    /// True for what readers of the site need not notice, depending on where it is put.
    public var isWarning: Bool {
        switch self {
        case .linkToFolder, .linkFromRoot, .linkOut, .inlineCode: true
        default: false
        }
    }

    /// What is wrong, as a heading above those it is wrong with; and what to do.
    public var words: (heading: String, remedy: String) {
        switch self {
        case .noStartPage: ("There is no index.html to begin with", "Is this the folder of the site?")
        case .brokenLink: ("Links lead to what is not there", "Correct the link, or add the page.")
        case .brokenFragment: ("Links name a place that the page does not have", "Give the element that id, or link to the page.")
        case .missingImage: ("Images are missing", "Add the file, or correct its address.")
        case .damagedImage: ("Images are empty, cut off, or no images", "Make the file again.")
        case .missingFile: ("Styles, scripts or other parts of pages are missing", "Add the file, or correct its address.")
        case .offSite: ("Pages load something from elsewhere", "Put the file into the site: others' hosts go away, and see who reads.")
        case .localFile: ("Addresses name files of one computer", "Write them relative to the page.")
        case .noAlternative: ("Images have no alternative text", "Say in alt what they show; alt=\"\" for ornaments.")
        case .unnamedLink: ("Links have neither text nor a label", "Write what they lead to, in aria-label if it is not to be seen.")
        case .duplicateID: ("An id stands twice on a page", "Browsers find the first only; rename the others.")
        case .unreadable: ("Files could not be examined", "Look at them; browsers have limits too.")
        case .largePage: ("Pages are larger than they should be", "Divide them.")
        case .largeScripts: ("The scripts of a page are larger than they should be", "Load the less urgent ones on demand.")
        case .largeStyles: ("The style sheets of a page are larger than they should be", "Divide them.")
        case .largeFirstView:
            ("Page, styles, scripts and images that are not lazy are larger together than they should be", "Add loading=\"lazy\" to images further down.")
        case .reservedName: ("Names that Windows cannot hold", "Rename the file or folder.")
        case .namesAlike: ("Names that a disk without regard to case cannot tell apart", "Rename one of the two.")
        case .longPath: ("Paths that are too long to be unpacked on Windows", "Choose shorter names.")
        case .notAFile: ("Links of the file system, pipes or devices", "Put the file itself in their place.")
        case .hiddenByHost: ("GitHub Pages leaves out what begins with _", "Add an empty file .nojekyll.")
        case .linkToFolder: ("Links lead to a folder", "Spell out its index.html: opened from disk, a folder is a list of files.")
        case .linkFromRoot: ("Addresses begin at the host's root", "Write them relative to the page: they fail below a path, and from disk.")
        case .linkOut: ("Links lead to files outside of the folder", "Publish these in the same place: alone, the links are broken.")
        case .inlineCode: ("Code or styles stand within pages", "Put them into files: a strict Content-Security-Policy holds them back.")
        }
    }
}
