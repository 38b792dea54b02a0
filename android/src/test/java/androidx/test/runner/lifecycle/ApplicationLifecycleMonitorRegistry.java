package androidx.test.runner.lifecycle;

/** Stand-in for AndroidX. */
public final class ApplicationLifecycleMonitorRegistry {
    private static ApplicationLifecycleMonitor monitor;

    public static void registerInstance(ApplicationLifecycleMonitor newMonitor) {
        monitor = newMonitor;
    }

    public static ApplicationLifecycleMonitor getInstance() {
        return monitor;
    }
}
