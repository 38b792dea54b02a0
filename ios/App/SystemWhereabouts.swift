import CoreLocation
import Inspector
import Mingzheng
import Observation

/// The system's own fixes while a screen is in front. The app's `NSLocationWhenInUseUsageDescription` says what for.
@MainActor @Observable
final class SystemWhereabouts: NSObject, Whereabouts, CLLocationManagerDelegate {
    private(set) var allowed = false
    private var newest: CLLocation?
    @ObservationIgnored private let manager = CLLocationManager()

    func listen() {
        manager.delegate = self
        manager.desiredAccuracy = kCLLocationAccuracyBest
        if manager.authorizationStatus == .notDetermined { manager.requestWhenInUseAuthorization() }
        manager.startUpdatingLocation()
    }

    func stop() {
        manager.stopUpdatingLocation()
    }

    var place: Place? {
        guard allowed, let fix = newest, fix.horizontalAccuracy >= 0 else { return nil }
        return Place(
            latE7: Int32((fix.coordinate.latitude * 1e7).rounded()), lonE7: Int32((fix.coordinate.longitude * 1e7).rounded()),
            accuracyM: UInt32(fix.horizontalAccuracy.rounded(.up)), ageMs: UInt64(max(0, -fix.timestamp.timeIntervalSinceNow) * 1000),
            mock: fix.sourceInformation?.isSimulatedBySoftware ?? false)
    }

    nonisolated func locationManager(_ manager: CLLocationManager, didUpdateLocations fixes: [CLLocation]) {
        let fix = fixes.last
        MainActor.assumeIsolated { newest = fix }
    }

    nonisolated func locationManagerDidChangeAuthorization(_ manager: CLLocationManager) {
        let status = manager.authorizationStatus
        MainActor.assumeIsolated { allowed = status == .authorizedWhenInUse || status == .authorizedAlways }
    }

    /// No fix now; the entry says so, and the next one is waited for.
    nonisolated func locationManager(_ manager: CLLocationManager, didFailWithError error: Error) {}
}
