package cn.mingzheng.app

import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.objectweb.asm.ClassReader
import org.objectweb.asm.ClassVisitor
import org.objectweb.asm.ClassWriter
import org.objectweb.asm.commons.ClassRemapper
import org.objectweb.asm.commons.Remapper
import java.io.File

/**
 * The framework jar also holds what apps must not touch, and the compiler does not mind. So every class that the app names lies in a package of
 * this list: public Android, Java, Kotlin, the core. No AndroidX, no Google services.
 */
class AllowedPackagesTest {
    private val allowed = listOf(
        "java.", "javax.crypto.", "kotlin.", "org.jetbrains.annotations.", "cn.mingzheng.",
        "android.annotation.", "android.app.", "android.content.", "android.graphics.", "android.location.", "android.media.", "android.net.", "android.os.", "android.provider.Settings", "android.security.keystore.",
        "android.text.", "android.util.", "android.view.", "android.widget.",
    )
    private val hidden = Regex("""android\.(app\.ActivityThread|app\.AppGlobals|os\.ServiceManager|os\.SystemProperties|security\.keystore2).*""")

    @Test
    fun theAppNamesNothingElse() {
        val classes = File(System.getProperty("app.classes"), "cn/mingzheng/app").walk().filter { it.extension == "class" }.toList()
        assertTrue(classes.size > 10)
        val named = sortedSetOf<String>()
        val collector = object : Remapper() {
            override fun map(internalName: String): String = internalName.also { named += it.replace('/', '.') }
        }
        classes.forEach { ClassReader(it.readBytes()).accept(ClassRemapper(ClassWriter(0) as ClassVisitor, collector), 0) }
        assertEquals(emptyList<String>(), named.filter { name -> allowed.none(name::startsWith) || hidden.matches(name) })
        assertTrue("the list is checked against something", "android.app.Activity" in named)
    }
}
