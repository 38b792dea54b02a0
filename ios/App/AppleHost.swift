import CryptoKit
import DeviceCheck
import Foundation
import LocalAuthentication
import Mingzheng
import Security

/// Wall clock, the clock that counts sleep, and the boot's own time as its name.
final class AppleClock: Mingzheng.Clock {
    func now() throws -> ClockReading {
        let now = Date()
        var time = timespec()
        guard clock_gettime(CLOCK_MONOTONIC, &time) == 0 else { throw HostError.Failed(detail: "clock") }
        let mono = UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
        var boot = timeval()
        var size = MemoryLayout<timeval>.size
        guard sysctlbyname("kern.boottime", &boot, &size, nil, 0) == 0 else { throw HostError.Failed(detail: "boot time") }
        let name = withUnsafeBytes(of: Int64(boot.tv_sec).bigEndian) { Data($0) }
        let zone = Int32(TimeZone.current.secondsFromGMT(for: now) / 60)
        return ClockReading(wallMs: Int64(now.timeIntervalSince1970 * 1000), zoneMin: zone, monoMs: mono, boot: name)
    }
}

final class AppleRandom: Mingzheng.Random {
    func bytes(count: UInt32) throws -> Data {
        var bytes = [UInt8](repeating: 0, count: Int(count))
        guard SecRandomCopyBytes(kSecRandomDefault, bytes.count, &bytes) == errSecSuccess else { throw HostError.Failed(detail: "random") }
        return Data(bytes)
    }
}

/// iOS gives apps no font file: the app carries one in its resources, taken from a package at build time.
final class BundledFont: Fonts {
    func files() throws -> [Data] {
        guard let url = Bundle.main.url(forResource: "NotoSansCJKsc-Regular", withExtension: "otf") else {
            throw HostError.Failed(detail: "no font in the app")
        }
        return [try Data(contentsOf: url)]
    }
}

/// Secure Enclave where there is one; the simulator has none and says so.
func appleKeys() throws -> DeviceKeys {
    if SecureEnclave.isAvailable { return EnclaveKeys() }
    return try softwareKeys(secret: try Keychain.keep("software") { try AppleRandom().bytes(count: 32) })
}

/// P-256 keys in the Secure Enclave. LOG and SHOW work after the first unlock; OFFICER asks the person at each use.
final class EnclaveKeys: DeviceKeys {
    func publicKey(key: DeviceKey, generation: UInt32) throws -> DevicePublicKey {
        let kept = try Keychain.keep(name(key, generation)) {
            try SecureEnclave.P256.Signing.PrivateKey(accessControl: access(person: key == .officer)).dataRepresentation
        }
        return .p256(bytes: try SecureEnclave.P256.Signing.PrivateKey(dataRepresentation: kept).publicKey.x963Representation)
    }

    func sign(key: DeviceKey, generation: UInt32, message: Data) throws -> DeviceSignature {
        guard let kept = try Keychain.read(name(key, generation)) else { throw HostError.Gone }
        do {
            let context = key == .officer ? LAContext() : nil
            let private_ = try SecureEnclave.P256.Signing.PrivateKey(dataRepresentation: kept, authenticationContext: context)
            let signature = try private_.signature(for: message)
            return .der(bytes: signature.derRepresentation)
        } catch let error as LAError {
            throw error.code == .userCancel || error.code == .appCancel ? HostError.Cancelled : HostError.Locked
        }
    }

    func forget(generation: UInt32) throws {
        for key in [DeviceKey.log, .show, .officer] { try Keychain.remove(name(key, generation)) }
    }

    /// App Attest asks Apple over the network; without an answer in time the keys are only claimed. The enclave's keys stay: the statement names them.
    func attest(generation: UInt32, challenge: Data) throws -> Attestation? {
        let service = DCAppAttestService.shared
        guard service.isSupported,
              let statement = attestedKeys(
                  challenge: challenge,
                  log: try publicKey(key: .log, generation: generation),
                  show: try publicKey(key: .show, generation: generation),
                  officer: try publicKey(key: .officer, generation: generation)
              )
        else { return nil }
        let answered = DispatchSemaphore(value: 0)
        let found = Found()
        service.generateKey { name, _ in
            guard let name else { return _ = answered.signal() }
            service.attestKey(name, clientDataHash: statement) { object, _ in
                if let object, let key = Data(base64Encoded: name) { found.set(.apple(key: key, object: object)) }
                answered.signal()
            }
        }
        _ = answered.wait(timeout: .now() + 15)
        return found.value
    }

    func wipe() throws { try Keychain.removeAll() }

    /// An ephemeral key of this wrapping and the one in the enclave agree on an AES-GCM key.
    func wrap(secret: Data) throws -> Data {
        let ephemeral = P256.KeyAgreement.PrivateKey()
        let key = derive(try ephemeral.sharedSecretFromKeyAgreement(with: try agreement().publicKey))
        guard let sealed = try AES.GCM.seal(secret, using: key).combined else { throw HostError.Failed(detail: "wrap") }
        return ephemeral.publicKey.x963Representation + sealed
    }

    func unwrap(wrapped: Data) throws -> Data {
        do {
            let ephemeral = try P256.KeyAgreement.PublicKey(x963Representation: wrapped.prefix(65))
            let key = derive(try agreement().sharedSecretFromKeyAgreement(with: ephemeral))
            return try AES.GCM.open(AES.GCM.SealedBox(combined: wrapped.dropFirst(65)), using: key)
        } catch is CryptoKitError {
            throw HostError.Gone
        }
    }

    func protection() throws -> KeyProtection { .secureEnclave }

    private func derive(_ shared: SharedSecret) -> SymmetricKey {
        shared.hkdfDerivedSymmetricKey(using: SHA256.self, salt: Data(), sharedInfo: Data("mz1/wrap".utf8), outputByteCount: 32)
    }

    private func name(_ key: DeviceKey, _ generation: UInt32) -> String { generation == 0 ? "key-\(key)" : "key-\(key)-\(generation)" }

    private func agreement() throws -> SecureEnclave.P256.KeyAgreement.PrivateKey {
        let kept = try Keychain.keep("key-wrap") {
            try SecureEnclave.P256.KeyAgreement.PrivateKey(accessControl: access(person: false)).dataRepresentation
        }
        return try SecureEnclave.P256.KeyAgreement.PrivateKey(dataRepresentation: kept)
    }

    private func access(person: Bool) throws -> SecAccessControl {
        let flags: SecAccessControlCreateFlags = person ? [.privateKeyUsage, .userPresence] : [.privateKeyUsage]
        guard let access = SecAccessControlCreateWithFlags(nil, kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly, flags, nil) else {
            throw HostError.Failed(detail: "access control")
        }
        return access
    }
}

/// What another thread found.
private final class Found: @unchecked Sendable {
    private let lock = NSLock()
    private var held: Attestation?
    var value: Attestation? { lock.withLock { held } }
    func set(_ new: Attestation) { lock.withLock { held = new } }
}

/// The log's high-water mark as a keychain item of this device: it outlives the app's folder and is in no backup.
final class KeychainMark: HighWater {
    func read() throws -> Data? { try Keychain.read("high-water") }
    func write(mark: Data) throws { try Keychain.write("high-water", mark) }
}

/// Small secrets and key handles, bound to this device.
enum Keychain {
    static func keep(_ name: String, make: () throws -> Data) throws -> Data {
        if let kept = try read(name) { return kept }
        let data = try make()
        try write(name, data)
        return data
    }

    static func read(_ name: String) throws -> Data? {
        var found: CFTypeRef?
        switch SecItemCopyMatching(query(name).merging([kSecReturnData: true]) { $1 } as CFDictionary, &found) {
        case errSecSuccess:
            guard let data = found as? Data else { throw HostError.Failed(detail: "keychain") }
            return data
        case errSecItemNotFound: return nil
        case errSecInteractionNotAllowed: throw HostError.Locked
        default: throw HostError.Failed(detail: "keychain")
        }
    }

    static func write(_ name: String, _ data: Data) throws {
        let changed = SecItemUpdate(query(name) as CFDictionary, [kSecValueData: data] as CFDictionary)
        if changed == errSecSuccess { return }
        let item = query(name).merging([kSecValueData: data, kSecAttrAccessible: kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly]) { $1 }
        guard changed == errSecItemNotFound, SecItemAdd(item as CFDictionary, nil) == errSecSuccess else {
            throw HostError.Failed(detail: "keychain")
        }
    }

    static func remove(_ name: String) throws {
        let removed = SecItemDelete(query(name) as CFDictionary)
        guard removed == errSecSuccess || removed == errSecItemNotFound else { throw HostError.Failed(detail: "keychain") }
    }

    static func removeAll() throws {
        let removed = SecItemDelete([kSecClass: kSecClassGenericPassword, kSecAttrService: "cn.mingzheng"] as CFDictionary)
        guard removed == errSecSuccess || removed == errSecItemNotFound else { throw HostError.Failed(detail: "keychain") }
    }

    private static func query(_ name: String) -> [CFString: Any] {
        [kSecClass: kSecClassGenericPassword, kSecAttrService: "cn.mingzheng", kSecAttrAccount: name]
    }
}
