// For Android Studio; the project's own tests build the same sources with Maven (pom.xml). Before the first build:
//   cargo xtask test --only kotlin                            writes target/bindings/kotlin
//   cargo ndk -t arm64-v8a -o android/jniLibs build -p mingzheng-bindings --profile release-mobile
plugins {
    id("com.android.application") version "8.13.0"
    id("org.jetbrains.kotlin.android") version "2.2.20"
}

android {
    namespace = "cn.mingzheng.app"
    compileSdk = 34
    defaultConfig {
        applicationId = "cn.mingzheng.app"
        minSdk = 26
        targetSdk = 34
        versionCode = 1
        versionName = "0.1.0"
    }
    sourceSets["main"].run {
        kotlin.srcDir("../target/bindings/kotlin")
        jniLibs.srcDir("jniLibs")
    }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
    kotlinOptions.jvmTarget = "17"
    // the tests are Maven's
    testOptions.unitTests.all { it.enabled = false }
}

dependencies {
    implementation("net.java.dev.jna:jna:5.19.1@aar")
}
