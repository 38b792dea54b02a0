//! AWS Signature Version 4 for the few requests that an S3 store is asked (AWS General Reference, "Signing AWS API requests").

use chrono::DateTime;
use hmac::{Hmac, KeyInit as _, Mac as _};
use mingzheng_core::id::hex;
use sha2::{Digest as _, Sha256};

/// Who asks.
#[derive(Clone)]
pub(super) struct Credentials {
    pub(super) access_key: String,
    pub(super) secret_key: String,
    pub(super) session_token: Option<String>,
}

/// What is signed of a request.
pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    pub(super) host: &'a str,
    /// Already percent-encoded as it is sent.
    pub(super) path: &'a str,
    /// Names and values, not encoded.
    pub(super) query: &'a [(&'a str, &'a str)],
    /// Further headers, lower case.
    pub(super) headers: &'a [(&'a str, &'a str)],
    /// SHA-256 of the body, hexadecimal.
    pub(super) body: &'a str,
}

/// The headers to be sent besides `Asked::headers`.
pub(super) fn sign(asked: &Asked<'_>, region: &str, c: &Credentials, now_ms: i64) -> Vec<(&'static str, String)> {
    let time = DateTime::from_timestamp_millis(now_ms).unwrap_or_default();
    let (stamp, day) = (time.format("%Y%m%dT%H%M%SZ").to_string(), time.format("%Y%m%d").to_string());
    let mut added = vec![("x-amz-content-sha256", asked.body.to_owned()), ("x-amz-date", stamp.clone())];
    if let Some(token) = &c.session_token {
        added.push(("x-amz-security-token", token.clone()));
    }
    let mut headers: Vec<(&str, &str)> = asked.headers.to_vec();
    headers.push(("host", asked.host));
    headers.extend(added.iter().map(|(name, value)| (*name, value.as_str())));
    headers.sort_unstable();
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let canonical = [asked.method, asked.path, &query(asked.query), &lines, &names, asked.body].join("\n");
    let scope = format!("{day}/{region}/s3/aws4_request");
    let text = format!("AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
    let mut key = mac(format!("AWS4{}", c.secret_key).as_bytes(), &day);
    for part in [region, "s3", "aws4_request"] {
        key = mac(&key, part);
    }
    let signature = hex(&mac(&key, &text));
    let access = &c.access_key;
    let said = format!("AWS4-HMAC-SHA256 Credential={access}/{scope}, SignedHeaders={names}, Signature={signature}");
    added.push(("authorization", said));
    added
}

/// A query as it is sent and signed: sorted, percent-encoded.
pub(super) fn query(pairs: &[(&str, &str)]) -> String {
    let mut pairs: Vec<String> = pairs.iter().map(|(n, v)| format!("{}={}", encoded(n, ""), encoded(v, ""))).collect();
    pairs.sort_unstable();
    pairs.join("&")
}

/// Percent-encoding of everything but unreserved characters and `keep`.
pub(super) fn encoded(text: &str, keep: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for b in text.bytes() {
        if b.is_ascii_alphanumeric() || b"-._~".contains(&b) || keep.as_bytes().contains(&b) {
            out.push(char::from(b));
        } else {
            out.push_str(&format!("%{b:02X}"));
        }
    }
    out
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        // HMAC takes keys of any length.
        return Vec::new();
    };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The two requests of Amazon's documentation ("Authenticating Requests: Using the Authorization Header"), with the signatures printed there.
    #[test]
    fn requests_are_signed_as_in_the_published_examples() {
        let c = Credentials {
            access_key: "AKIAIOSFODNN7EXAMPLE".into(),
            secret_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
            session_token: None,
        };
        let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let now = 1_369_353_600_000; // 2013-05-24T00:00:00Z
        let host = "examplebucket.s3.amazonaws.com";
        let signature = |asked: &Asked<'_>| {
            let headers = sign(asked, "us-east-1", &c, now);
            headers.into_iter().find(|(n, _)| *n == "authorization").map(|(_, v)| v).unwrap_or_default()
        };
        let get = Asked { method: "GET", host, path: "/test.txt", query: &[], headers: &[("range", "bytes=0-9")], body: nothing };
        assert!(signature(&get).ends_with("=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"));
        let list = Asked { path: "/", query: &[("prefix", "J"), ("max-keys", "2")], headers: &[], ..get };
        assert!(signature(&list).ends_with("=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
    }
}
