package cn.mingzheng.app.host

import android.security.keystore.KeyGenParameterSpec
import java.io.InputStream
import java.io.OutputStream
import java.security.Key
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.KeyPairGeneratorSpi
import java.security.KeyStoreSpi
import java.security.Provider
import java.security.PublicKey
import java.security.SecureRandom
import java.security.Security
import java.security.cert.Certificate
import java.security.spec.AlgorithmParameterSpec
import java.security.spec.ECGenParameterSpec
import java.util.Collections
import java.util.Date
import javax.crypto.KeyGenerator
import javax.crypto.KeyGeneratorSpi
import javax.crypto.SecretKey

/** Stands under the real name of Android's key store, so that the app's own key code runs unchanged on the JDK's keys. */
object FakeAndroidKeyStore {
    internal val pairs = HashMap<String, KeyPair>()
    internal val secrets = HashMap<String, SecretKey>()
    internal val specs = HashMap<String, KeyGenParameterSpec>()

    /** Whether the platform attests keys that are made with a challenge. */
    internal var attests = false

    fun install() {
        attests = false
        pairs.clear()
        secrets.clear()
        specs.clear()
        Security.removeProvider("AndroidKeyStore")
        Security.addProvider(Store())
    }

    class Store : Provider("AndroidKeyStore", "1.0", "keys in memory, for tests") {
        init {
            put("KeyStore.AndroidKeyStore", Keys::class.java.name)
            put("KeyPairGenerator.EC", Pairs::class.java.name)
            put("KeyGenerator.AES", Secrets::class.java.name)
        }
    }

    class Pairs : KeyPairGeneratorSpi() {
        private lateinit var spec: KeyGenParameterSpec

        override fun initialize(size: Int, random: SecureRandom?) = throw UnsupportedOperationException()

        override fun initialize(parameters: AlgorithmParameterSpec, random: SecureRandom?) {
            spec = parameters as KeyGenParameterSpec
        }

        override fun generateKeyPair(): KeyPair {
            specs[spec.keystoreAlias] = spec
            val pair = KeyPairGenerator.getInstance("EC").run { initialize(ECGenParameterSpec("secp256r1")); generateKeyPair() }
            return pair.also { pairs[spec.keystoreAlias] = it }
        }
    }

    class Secrets : KeyGeneratorSpi() {
        private lateinit var spec: KeyGenParameterSpec

        override fun engineInit(random: SecureRandom?) = throw UnsupportedOperationException()

        override fun engineInit(size: Int, random: SecureRandom?) = throw UnsupportedOperationException()

        override fun engineInit(parameters: AlgorithmParameterSpec, random: SecureRandom?) {
            spec = parameters as KeyGenParameterSpec
        }

        override fun engineGenerateKey(): SecretKey =
            KeyGenerator.getInstance("AES").run { init(spec.keySize); generateKey() }.also { secrets[spec.keystoreAlias] = it }
    }

    class Holder(private val key: PublicKey) : Certificate("X.509") {
        override fun getEncoded(): ByteArray = key.encoded
        override fun verify(key: PublicKey) = Unit
        override fun verify(key: PublicKey, provider: String) = Unit
        override fun toString() = "key of a test"
        override fun getPublicKey() = key
    }

    class Keys : KeyStoreSpi() {
        override fun engineGetKey(alias: String, password: CharArray?): Key? = pairs[alias]?.private ?: secrets[alias]
        override fun engineGetCertificate(alias: String): Certificate? = pairs[alias]?.let { Holder(it.public) }
        override fun engineGetCertificateChain(alias: String): Array<Certificate>? = engineGetCertificate(alias)?.let {
            if (attests && specs[alias]?.attestationChallenge != null) arrayOf(it, it) else arrayOf(it)
        }
        override fun engineGetCreationDate(alias: String) = Date(0)
        override fun engineSetKeyEntry(alias: String, key: Key, password: CharArray?, chain: Array<Certificate>?) = throw UnsupportedOperationException()
        override fun engineSetKeyEntry(alias: String, key: ByteArray, chain: Array<Certificate>?) = throw UnsupportedOperationException()
        override fun engineSetCertificateEntry(alias: String, certificate: Certificate) = throw UnsupportedOperationException()
        override fun engineDeleteEntry(alias: String) {
            pairs.remove(alias)
            secrets.remove(alias)
        }
        override fun engineAliases() = Collections.enumeration(pairs.keys + secrets.keys)
        override fun engineContainsAlias(alias: String) = alias in pairs || alias in secrets
        override fun engineSize() = pairs.size + secrets.size
        override fun engineIsKeyEntry(alias: String) = engineContainsAlias(alias)
        override fun engineIsCertificateEntry(alias: String) = false
        override fun engineGetCertificateAlias(certificate: Certificate): String? = null
        override fun engineStore(stream: OutputStream?, password: CharArray?) = Unit
        override fun engineLoad(stream: InputStream?, password: CharArray?) = Unit
    }
}
