package androidx.test.runner.lifecycle;

import android.app.Activity;

/** Stand-in for AndroidX. */
public interface ActivityLifecycleCallback {
    void onActivityLifecycleChanged(Activity activity, Stage stage);
}
