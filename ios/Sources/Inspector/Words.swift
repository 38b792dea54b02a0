import Foundation
import Mingzheng

/// The app's own words in one language; what the core says comes in both.
public struct Words: Sendable {
    public enum Language: String, Sendable {
        case chinese = "zh-Hans"
        case english = "en"
    }

    public let language: Language

    public init(_ language: Language) {
        self.language = language
    }

    /// English for a person who prefers it, otherwise Chinese.
    public static var preferred: Words {
        Words(Locale.preferredLanguages.first?.hasPrefix("en") == true ? .english : .chinese)
    }

    /// A text of `Localizable.strings`, its places `%1$@`, `%2$ld` … filled in.
    public func callAsFunction(_ key: String, _ values: String...) -> String {
        var text = bundle.localizedString(forKey: key, value: nil, table: nil)
        for (index, value) in values.enumerated() {
            for place in ["@", "ld"] { text = text.replacingOccurrences(of: "%\(index + 1)$\(place)", with: value) }
            if text.contains("%\(index + 1)$02ld") {
                let padded = value.count < 2 ? "0" + value : value
                text = text.replacingOccurrences(of: "%\(index + 1)$02ld", with: padded)
            }
        }
        return text.replacingOccurrences(of: "%%", with: "%")
    }

    /// A text of the core.
    public func either(_ chinese: String, _ english: String) -> String {
        language == .chinese ? chinese : english
    }

    /// A day `yyyymmdd`.
    public func day(_ day: UInt32) -> String {
        self("day", "\(day / 10000)", "\(day / 100 % 100)", "\(day % 100)")
    }

    /// A moment in the phone's zone.
    public func moment(_ ms: Int64) -> String {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.dateFormat = "yyyy-MM-dd HH:mm"
        return format.string(from: Date(timeIntervalSince1970: Double(ms) / 1000))
    }

    /// What is missing, and the lawful way on.
    public func of(_ gate: Gate) -> String {
        self("gate_line", either(gate.missing, gate.missingEn), either(gate.wayOn, gate.wayOnEn))
    }

    /// What the person can do now.
    public func of(_ error: Error) -> String {
        switch error as? PhoneError {
        case let .Blocked(gates): gates.map(of).joined(separator: "\n")
        case .NotAChallenge: self("error_not_a_challenge")
        case .Busy: self("error_busy")
        case .Locked: self("error_locked")
        case .KeyGone: self("error_key_gone")
        case .NotEnrolled: self("error_not_enrolled")
        case .Storage: self("error_storage")
        case .NewerStore: self("error_newer_store")
        case .Refused: self("error_refused")
        case .Wiped: self("error_wiped")
        case .Update: self("error_update")
        case let .Invalid(what): invalid(what) ?? self("error_other")
        default: self("error_other")
        }
    }

    /// What the core says of a value that cannot be: Chinese and English with a stroke between; some are for developers and have only one.
    private func invalid(_ what: String) -> String? {
        guard let between = what.range(of: " / ") else { return nil }
        return either(String(what[..<between.lowerBound]), String(what[between.upperBound...]))
    }

    /// SwiftPM writes folder names in lower case on some systems.
    private var bundle: Bundle {
        for name in [language.rawValue, language.rawValue.lowercased()] {
            if let path = Bundle.module.path(forResource: name, ofType: "lproj"), let bundle = Bundle(path: path) { return bundle }
        }
        return .module
    }
}
