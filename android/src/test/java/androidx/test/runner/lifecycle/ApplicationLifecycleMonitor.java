package androidx.test.runner.lifecycle;

/** Stand-in for AndroidX. */
public interface ApplicationLifecycleMonitor {
}
