package androidx.test.runner.intent;

import android.app.Instrumentation.ActivityResult;
import android.content.Intent;

/** Stand-in for AndroidX. */
public interface IntentStubber {
    ActivityResult getActivityResultForIntent(Intent intent);
}
