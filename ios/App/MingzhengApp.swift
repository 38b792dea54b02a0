import Inspector
import Mingzheng
import SwiftUI

@main
struct MingzhengApp: App {
    private let opened = Result { try openPhone() }

    var body: some Scene {
        WindowGroup {
            switch opened {
            case let .success(phone): TodayView(phone: phone)
            case let .failure(error): SwiftUI.Text(Words.preferred.of(error)).padding()
            }
        }
    }
}

/// The one phone of this process. Its folder is never part of a backup and readable only after the first unlock.
private func openPhone() throws -> Phone {
    let support = try FileManager.default.url(for: .applicationSupportDirectory, in: .userDomainMask, appropriateFor: nil, create: true)
    var folder = support.appending(path: "phone")
    let protection = FileProtectionType.completeUntilFirstUserAuthentication
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true, attributes: [.protectionKey: protection])
    var values = URLResourceValues()
    values.isExcludedFromBackup = true
    try folder.setResourceValues(values)
    let host = Mingzheng.Host(clock: AppleClock(), random: AppleRandom(), keys: try appleKeys(), highWater: KeychainMark(), fonts: BundledFont())
    return try Phone.open(folder: folder.path, host: host)
}
