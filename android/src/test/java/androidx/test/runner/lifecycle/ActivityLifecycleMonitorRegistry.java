package androidx.test.runner.lifecycle;

/** Stand-in for AndroidX. */
public final class ActivityLifecycleMonitorRegistry {
    private static ActivityLifecycleMonitor monitor;

    public static void registerInstance(ActivityLifecycleMonitor newMonitor) {
        monitor = newMonitor;
    }

    public static ActivityLifecycleMonitor getInstance() {
        return monitor;
    }
}
