// swift-tools-version:6.0
import PackageDescription

// Generated/ is written by cargo xtask from the built core and is not part of the repository. App/ holds the SwiftUI sources for Xcode: SwiftUI
// does not exist on Linux, where everything else of this package is tested.
let package = Package(
    name: "Mingzheng",
    defaultLocalization: "zh-Hans",
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [.library(name: "Inspector", targets: ["Inspector"])],
    targets: [
        .systemLibrary(name: "mingzhengFFI", path: "Generated/mingzhengFFI"),
        .target(name: "Mingzheng", dependencies: ["mingzhengFFI"], path: "Generated/Mingzheng", swiftSettings: [.swiftLanguageMode(.v5)]),
        .target(name: "Inspector", dependencies: ["Mingzheng"], resources: [.process("Resources")]),
        .testTarget(name: "InspectorTests", dependencies: ["Inspector"], swiftSettings: [.swiftLanguageMode(.v5)]),
    ]
)
