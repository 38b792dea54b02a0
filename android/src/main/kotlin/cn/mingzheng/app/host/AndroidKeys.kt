package cn.mingzheng.app.host

import android.os.Build
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyInfo
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import android.security.keystore.UserNotAuthenticatedException
import cn.mingzheng.core.Attestation
import cn.mingzheng.core.DeviceKey
import cn.mingzheng.core.DeviceKeys
import cn.mingzheng.core.DevicePublicKey
import cn.mingzheng.core.DeviceSignature
import cn.mingzheng.core.HostException
import cn.mingzheng.core.KeyProtection
import java.math.BigInteger
import java.security.GeneralSecurityException
import java.security.InvalidKeyException
import java.security.Key
import java.security.KeyFactory
import java.security.KeyPairGenerator
import java.security.KeyStore
import java.security.PrivateKey
import java.security.ProviderException
import java.security.Signature
import java.security.UnrecoverableKeyException
import java.security.interfaces.ECPublicKey
import java.security.spec.ECGenParameterSpec
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec

/**
 * The device's keys in Android's key store. LOG and SHOW work once the phone was unlocked; OFFICER asks that the person confirmed with
 * screen lock or biometrics within [PRESENT_SECONDS] before. Nothing here needs Google services.
 */
class AndroidKeys : DeviceKeys {
    private val store: KeyStore by lazy { KeyStore.getInstance(STORE).apply { load(null) } }

    @Synchronized
    override fun publicKey(key: DeviceKey, generation: UInt): DevicePublicKey = told {
        val alias = alias(key, generation)
        if (!store.containsAlias(alias)) generate(key, alias)
        val point = (store.getCertificate(alias).publicKey as ECPublicKey).w
        DevicePublicKey.P256(byteArrayOf(4) + point.affineX.fixed() + point.affineY.fixed())
    }

    override fun sign(key: DeviceKey, generation: UInt, message: ByteArray): DeviceSignature = told {
        val private = existing(alias(key, generation)) as PrivateKey
        DeviceSignature.Der(Signature.getInstance("SHA256withECDSA").run { initSign(private); update(message); sign() })
    }

    override fun forget(generation: UInt) = told {
        DeviceKey.entries.map { alias(it, generation) }.filter(store::containsAlias).forEach(store::deleteEntry)
    }

    /** The keys are made anew, because Android attests a key only when it is made. A phone that cannot makes them without. */
    @Synchronized
    override fun attest(generation: UInt, challenge: ByteArray): Attestation? = told {
        val (log, show, officer) = DeviceKey.entries.map { key ->
            val alias = alias(key, generation)
            if (store.containsAlias(alias)) store.deleteEntry(alias)
            try {
                generate(key, alias, challenge)
            } catch (_: ProviderException) {
                generate(key, alias)
            }
            store.getCertificateChain(alias).map { it.encoded }
        }
        // A certificate alone was signed by its own key: nobody attests it.
        if (listOf(log, show, officer).all { it.size > 1 }) Attestation.Android(log, show, officer) else null
    }

    override fun wipe() = told {
        store.aliases().toList().filter { it.startsWith(PREFIX) }.forEach(store::deleteEntry)
    }

    override fun wrap(secret: ByteArray): ByteArray = told {
        if (!store.containsAlias(WRAP)) generateWrapping()
        Cipher.getInstance(AES).run { init(Cipher.ENCRYPT_MODE, existing(WRAP)); iv + doFinal(secret) }
    }

    override fun unwrap(wrapped: ByteArray): ByteArray = told {
        val nonce = GCMParameterSpec(128, wrapped, 0, NONCE)
        Cipher.getInstance(AES).run { init(Cipher.DECRYPT_MODE, existing(WRAP), nonce); doFinal(wrapped, NONCE, wrapped.size - NONCE) }
    }

    /** The weakest place among those that sign; what cannot be found out counts as software. */
    override fun protection(): KeyProtection = told {
        if (signing().isEmpty()) DeviceKey.entries.forEach { publicKey(it, 0u) }
        if (signing().all { inHardware(existing(it)) }) KeyProtection.TEE else KeyProtection.SOFTWARE
    }

    private fun signing() = store.aliases().toList().filter { it.startsWith(PREFIX) && it != WRAP }

    private fun existing(alias: String): Key = store.getKey(alias, null) ?: throw HostException.Gone()

    private fun generate(key: DeviceKey, alias: String, challenge: ByteArray? = null) {
        val spec = KeyGenParameterSpec.Builder(alias, KeyProperties.PURPOSE_SIGN)
            .setAlgorithmParameterSpec(ECGenParameterSpec("secp256r1"))
            .setDigests(KeyProperties.DIGEST_SHA256)
        if (challenge != null) spec.setAttestationChallenge(challenge)
        if (key == DeviceKey.OFFICER) spec.askForThePerson()
        KeyPairGenerator.getInstance(KeyProperties.KEY_ALGORITHM_EC, STORE).run { initialize(spec.build()); generateKeyPair() }
    }

    /** The screen lock may confirm too, so a new fingerprint does not destroy the key. */
    private fun KeyGenParameterSpec.Builder.askForThePerson() {
        setUserAuthenticationRequired(true)
        setInvalidatedByBiometricEnrollment(false)
        if (Build.VERSION.SDK_INT >= 30) {
            setUserAuthenticationParameters(PRESENT_SECONDS, KeyProperties.AUTH_DEVICE_CREDENTIAL or KeyProperties.AUTH_BIOMETRIC_STRONG)
        } else {
            @Suppress("DEPRECATION")
            setUserAuthenticationValidityDurationSeconds(PRESENT_SECONDS)
        }
    }

    private fun generateWrapping() {
        val spec = KeyGenParameterSpec.Builder(WRAP, KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT)
            .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
            .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
            .setKeySize(256)
        KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, STORE).run { init(spec.build()); generateKey() }
    }

    private fun inHardware(key: Key): Boolean = try {
        val info = when (key) {
            is SecretKey -> return false
            else -> KeyFactory.getInstance(key.algorithm, STORE).getKeySpec(key, KeyInfo::class.java)
        }
        if (Build.VERSION.SDK_INT >= 31) {
            info.securityLevel == KeyProperties.SECURITY_LEVEL_TRUSTED_ENVIRONMENT || info.securityLevel == KeyProperties.SECURITY_LEVEL_STRONGBOX
        } else {
            @Suppress("DEPRECATION")
            info.isInsideSecureHardware
        }
    } catch (_: GeneralSecurityException) {
        false
    }

    private fun <T> told(call: () -> T): T = try {
        call()
    } catch (_: UserNotAuthenticatedException) {
        throw HostException.Locked()
    } catch (_: KeyPermanentlyInvalidatedException) {
        throw HostException.Gone()
    } catch (_: UnrecoverableKeyException) {
        throw HostException.Gone()
    } catch (_: InvalidKeyException) {
        throw HostException.Locked()
    } catch (error: GeneralSecurityException) {
        throw HostException.Failed(error.javaClass.simpleName)
    } catch (error: ProviderException) {
        throw HostException.Failed(error.javaClass.simpleName)
    }

    private fun alias(key: DeviceKey, generation: UInt) =
        PREFIX + key.name.lowercase() + if (generation == 0u) "" else "-$generation"

    private companion object {
        const val STORE = "AndroidKeyStore"
        const val PREFIX = "mingzheng-"
        const val WRAP = "mingzheng-wrap"
        const val AES = "AES/GCM/NoPadding"
        const val NONCE = 12
        const val PRESENT_SECONDS = 30

        fun BigInteger.fixed(): ByteArray = toByteArray().let { bytes ->
            ByteArray(32).also { out ->
                val from = maxOf(0, bytes.size - 32)
                bytes.copyInto(out, 32 - (bytes.size - from), from)
            }
        }
    }
}
